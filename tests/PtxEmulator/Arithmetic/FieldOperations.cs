using System.Numerics;
using System.Runtime.CompilerServices;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>bfi: b with a field taken from the low bits of a; of a field past the top what fits.</summary>
internal sealed unsafe class InsertField<T>(Slot d, Slot a, Slot b, Slot position, Slot length) : Operation
    where T : unmanaged, IBinaryInteger<T>
{
    public override void Execute(Warp warp, uint mask)
    {
        byte* registers = warp.Registers;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            var result = Insert(
                Lane.Read<T>(registers, a, lane), Lane.Read<T>(registers, b, lane),
                Lane.Read<byte>(registers, position, lane), Lane.Read<byte>(registers, length, lane));
            Lane.Write(registers, d, lane, result);
        }
    }

    private static T Insert(T a, T b, int position, int length)
    {
        int width = Unsafe.SizeOf<T>() * 8;
        if (position >= width || length == 0)
            return b;
        T ones = length >= width ? T.AllBitsSet : (T.One << length) - T.One;
        T field = ones << position;
        return (b & ~field) | ((a << position) & field);
    }
}

/// <summary>add.cc, addc, sub.cc and subc: the carry or borrow goes through the warp's flags.</summary>
internal sealed unsafe class CarryAdd<T>(Slot d, Slot a, Slot b, bool subtract, bool carryIn, bool carryOut) : Operation
    where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
{
    public override void Execute(Warp warp, uint mask)
    {
        byte* registers = warp.Registers;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            var x = Lane.Read<T>(registers, a, lane);
            var y = Lane.Read<T>(registers, b, lane);
            T carry = carryIn && (warp.CarryFlags >> lane & 1) != 0 ? T.One : T.Zero;
            T result = unchecked(subtract ? x - y - carry : x + y + carry);
            bool carries = subtract
                ? x < y || (x == y && carry != T.Zero)
                : result < x || (result == x && carry != T.Zero);
            Lane.Write(registers, d, lane, result);
            if (carryOut)
                warp.CarryFlags = (warp.CarryFlags & ~(1u << lane)) | (carries ? 1u << lane : 0);
        }
    }
}

/// <summary>mad.cc and madc: half of a product plus c, with the carry of that sum.</summary>
internal sealed unsafe class CarryMultiplyAdd<T, TUnsigned, THalf>(
    Slot d, Slot a, Slot b, Slot c, bool carryIn, bool carryOut) : Operation
    where T : unmanaged
    where TUnsigned : unmanaged, IBinaryInteger<TUnsigned>, IUnsignedNumber<TUnsigned>
    where THalf : struct, IFunction<T, T, T>
{
    public override void Execute(Warp warp, uint mask)
    {
        byte* registers = warp.Registers;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            var product = Unsafe.BitCast<T, TUnsigned>(
                default(THalf).Apply(Lane.Read<T>(registers, a, lane), Lane.Read<T>(registers, b, lane)));
            TUnsigned carry = carryIn && (warp.CarryFlags >> lane & 1) != 0 ? TUnsigned.One : TUnsigned.Zero;
            TUnsigned result = unchecked(product + Lane.Read<TUnsigned>(registers, c, lane) + carry);
            bool carries = result < product || (result == product && carry != TUnsigned.Zero);
            Lane.Write(registers, d, lane, result);
            if (carryOut)
                warp.CarryFlags = (warp.CarryFlags & ~(1u << lane)) | (carries ? 1u << lane : 0);
        }
    }
}
