using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>Between a mask of 32 lanes and vectors whose elements are all ones for a lane that is in it.</summary>
internal static class LaneMask
{
    /// <summary>Every lane.</summary>
    public const uint All = uint.MaxValue;

    /// <summary>The 8 lanes from <paramref name="lane"/> on, 32 bits each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Of8(uint mask, int lane)
    {
        var bits = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        return Vector256.Equals(Vector256.Create((int)(mask >> lane)) & bits, bits);
    }

    /// <summary>The 4 lanes from <paramref name="lane"/> on, 64 bits each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<long> Of4(uint mask, int lane)
    {
        var bits = Vector256.Create(1L, 2, 4, 8);
        return Vector256.Equals(Vector256.Create((long)(mask >> lane)) & bits, bits);
    }

    /// <summary>As many lanes from <paramref name="lane"/> on as a vector of 4-byte or 8-byte elements has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Of<T>(uint mask, int lane)
        where T : unmanaged =>
        Unsafe.SizeOf<T>() == 8 ? Of4(mask, lane).As<long, T>() : Of8(mask, lane).As<int, T>();
}
