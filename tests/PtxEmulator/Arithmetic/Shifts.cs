using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>shl of 32 bits: counts past the width give 0.</summary>
internal readonly struct ShiftLeft32 : IVectorFunction2<uint>
{
    public Vector256<uint> Apply(Vector256<uint> a, Vector256<uint> b) =>
        Avx2.IsSupported
            ? Avx2.ShiftLeftLogicalVariable(a, b)
            : Portable.Shift(a, b, (x, n) => n > 31 ? 0 : x << (int)n);
}

/// <summary>shr.u32.</summary>
internal readonly struct ShiftRight32 : IVectorFunction2<uint>
{
    public Vector256<uint> Apply(Vector256<uint> a, Vector256<uint> b) =>
        Avx2.IsSupported
            ? Avx2.ShiftRightLogicalVariable(a, b)
            : Portable.Shift(a, b, (x, n) => n > 31 ? 0 : x >> (int)n);
}

/// <summary>shr.s32: counts past the width leave copies of the sign.</summary>
internal readonly struct ShiftRightSigned32 : IVectorFunction2<uint>
{
    public Vector256<uint> Apply(Vector256<uint> a, Vector256<uint> b) => Avx2.IsSupported
        ? Avx2.ShiftRightArithmeticVariable(a.AsInt32(), b).AsUInt32()
        : Portable.Shift(a, b, (x, n) => (uint)((int)x >> (int)Math.Min(n, 31)));
}

/// <summary>shl of 16 bits.</summary>
internal readonly struct ShiftLeft<T> : IFunction<T, uint, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, uint b) => b >= Unsafe.SizeOf<T>() * 8 ? T.Zero : a << (int)b;
}

/// <summary>shr of 16 bits.</summary>
internal readonly struct ShiftRight<T> : IFunction<T, uint, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, uint b)
    {
        if (b < Unsafe.SizeOf<T>() * 8)
            return a >> (int)b;
        return T.IsNegative(a) ? T.AllBitsSet : T.Zero;
    }
}

/// <summary>Plain loops for processors without the instruction.</summary>
internal static class Portable
{
    /// <summary>Shifts element by element.</summary>
    public static Vector256<T> Shift<T>(Vector256<T> a, Vector256<T> b, Func<T, T, T> shift)
        where T : unmanaged
    {
        for (int i = 0; i < Vector256<T>.Count; i++)
            a = a.WithElement(i, shift(a[i], b[i]));
        return a;
    }
}

/// <summary>Which way a shift goes.</summary>
internal enum ShiftKind
{
    /// <summary>shl.</summary>
    Left,

    /// <summary>shr of bits and unsigned numbers.</summary>
    Right,

    /// <summary>shr of signed numbers.</summary>
    RightSigned,
}

/// <summary>shl and shr of 64 bits; the counts have 32.</summary>
internal sealed unsafe class Shift64(Slot d, Slot a, Slot b, ShiftKind kind) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        var from = (ulong*)(warp.Registers + a.Offset);
        var counts = (uint*)(warp.Registers + b.Offset);
        var to = (ulong*)(warp.Registers + d.Offset);
        var direction = kind;
        for (int lane = 0; lane < 32; lane += 4)
        {
            var value = Vector256.Load(from + lane);
            var count = Vector256.WidenLower(Vector128.Load(counts + lane).ToVector256Unsafe());
            // A negative number is shifted as its complement, so that ones come in.
            var sign = direction == ShiftKind.RightSigned
                ? Vector256.LessThan(value.AsInt64(), Vector256<long>.Zero).AsUInt64()
                : Vector256<ulong>.Zero;
            value = direction == ShiftKind.Left ? Left(value, count) : Right(value ^ sign, count) ^ sign;
            Blend.Store(to + lane, mask, lane, value);
        }
    }

    private static Vector256<ulong> Left(Vector256<ulong> value, Vector256<ulong> count) => Avx2.IsSupported
        ? Avx2.ShiftLeftLogicalVariable(value, count)
        : Portable.Shift(value, count, (x, n) => n > 63 ? 0 : x << (int)n);

    private static Vector256<ulong> Right(Vector256<ulong> value, Vector256<ulong> count) => Avx2.IsSupported
        ? Avx2.ShiftRightLogicalVariable(value, count)
        : Portable.Shift(value, count, (x, n) => n > 63 ? 0 : x >> (int)n);
}
