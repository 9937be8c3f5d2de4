using System.Numerics;
using System.Runtime.Intrinsics;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>mov.</summary>
internal sealed unsafe class Move<T>(Slot d, Slot a) : Operation
    where T : unmanaged
{
    public override void Execute(Warp warp, uint mask)
    {
        var from = (T*)(warp.Registers + a.Offset);
        var to = (T*)(warp.Registers + d.Offset);
        for (int lane = 0; lane < 32; lane += Vector256<T>.Count)
            Blend.Store(to + lane, mask, lane, Vector256.Load(from + lane));
    }
}

/// <summary>selp.</summary>
internal sealed unsafe class Select<T>(Slot d, Slot a, Slot b, (int Index, bool Negated) c) : Operation
    where T : unmanaged
{
    public override void Execute(Warp warp, uint mask)
    {
        uint choice = PredicateLogic.Read(warp, c);
        var first = (T*)(warp.Registers + a.Offset);
        var second = (T*)(warp.Registers + b.Offset);
        var to = (T*)(warp.Registers + d.Offset);
        for (int lane = 0; lane < 32; lane += Vector256<T>.Count)
        {
            var value = Vector256.ConditionalSelect(
                LaneMask.Of<T>(choice, lane), Vector256.Load(first + lane), Vector256.Load(second + lane));
            Blend.Store(to + lane, mask, lane, value);
        }
    }
}

/// <summary>slct. -0 counts as 0.</summary>
internal sealed unsafe class SignSelect<T>(Slot d, Slot a, Slot b, Slot c, bool isFloat, bool flush) : Operation
    where T : unmanaged
{
    public override void Execute(Warp warp, uint mask)
    {
        byte* registers = warp.Registers;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            bool first = isFloat
                ? FloatScalars.Flush(Lane.Read<float>(registers, c, lane), flush) >= 0
                : Lane.Read<int>(registers, c, lane) >= 0;
            Lane.Write(registers, d, lane, Lane.Read<T>(registers, first ? a : b, lane));
        }
    }
}

/// <summary>mov of a vector of registers into one, the first lowest.</summary>
internal sealed unsafe class Pack(Slot d, Slot[] elements) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        byte* registers = warp.Registers;
        int bits = d.LaneBytes * 8 / elements.Length;
        ulong ones = (1UL << bits) - 1;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong whole = 0;
            for (int i = 0; i < elements.Length; i++)
                whole |= (Lane.Read<uint>(registers, elements[i], lane) & ones) << (i * bits);
            if (d.LaneBytes == 8)
                Lane.Write(registers, d, lane, whole);
            else
                Lane.Write(registers, d, lane, (uint)whole);
        }
    }
}

/// <summary>mov of one register into a vector of registers, the lowest bits first.</summary>
internal sealed unsafe class Unpack(Slot[] elements, Slot a) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        byte* registers = warp.Registers;
        int bits = a.LaneBytes * 8 / elements.Length;
        ulong ones = (1UL << bits) - 1;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            ulong whole = a.LaneBytes == 8 ? Lane.Read<ulong>(registers, a, lane) : Lane.Read<uint>(registers, a, lane);
            for (int i = 0; i < elements.Length; i++)
                Lane.Write(registers, elements[i], lane, (uint)((whole >> (i * bits)) & ones));
        }
    }
}
