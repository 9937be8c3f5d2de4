using System.Runtime.CompilerServices;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>One lane of a slot. Lanes are little-endian, so a narrow type is the low bytes of its lane.</summary>
internal static unsafe class Lane
{
    /// <summary>Reads a lane's low bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Read<T>(byte* registers, Slot slot, int lane)
        where T : unmanaged => Unsafe.ReadUnaligned<T>(registers + slot.Offset + (lane * slot.LaneBytes));

    /// <summary>Writes a lane whole. What is narrower is extended: int with its sign, all else with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<T>(byte* registers, Slot slot, int lane, T value)
        where T : unmanaged
    {
        byte* place = registers + slot.Offset + (lane * slot.LaneBytes);
        if (Unsafe.SizeOf<T>() == 8)
        {
            Unsafe.WriteUnaligned(place, value);
        }
        else if (slot.LaneBytes == 4)
        {
            if (Unsafe.SizeOf<T>() == 4)
                Unsafe.WriteUnaligned(place, value);
            else if (Unsafe.SizeOf<T>() == 2)
                *(uint*)place = Unsafe.BitCast<T, ushort>(value);
            else
                *(uint*)place = Unsafe.BitCast<T, byte>(value);
        }
        else if (typeof(T) == typeof(int))
            *(long*)place = Unsafe.BitCast<T, int>(value);
        else if (Unsafe.SizeOf<T>() == 4)
            *(ulong*)place = Unsafe.BitCast<T, uint>(value);
        else if (Unsafe.SizeOf<T>() == 2)
            *(ulong*)place = Unsafe.BitCast<T, ushort>(value);
        else
            *(ulong*)place = Unsafe.BitCast<T, byte>(value);
    }
}
