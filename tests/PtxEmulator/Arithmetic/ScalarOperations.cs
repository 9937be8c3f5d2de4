using System.Numerics;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>A function of one operand, lane by lane.</summary>
internal sealed unsafe class Scalar1<TA, TD, TFunction>(Slot d, Slot a, TFunction function) : Operation
    where TA : unmanaged
    where TD : unmanaged
    where TFunction : struct, IFunction<TA, TD>
{
    public override void Execute(Warp warp, uint mask)
    {
        byte* registers = warp.Registers;
        var local = function;
        var (to, first) = (d, a);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            Lane.Write(registers, to, lane, local.Apply(Lane.Read<TA>(registers, first, lane)));
        }
    }
}

/// <summary>A function of two operands, lane by lane.</summary>
internal sealed unsafe class Scalar2<TA, TB, TD, TFunction>(Slot d, Slot a, Slot b, TFunction function) : Operation
    where TA : unmanaged
    where TB : unmanaged
    where TD : unmanaged
    where TFunction : struct, IFunction<TA, TB, TD>
{
    public override void Execute(Warp warp, uint mask)
    {
        byte* registers = warp.Registers;
        var local = function;
        var (to, first, second) = (d, a, b);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            var result = local.Apply(Lane.Read<TA>(registers, first, lane), Lane.Read<TB>(registers, second, lane));
            Lane.Write(registers, to, lane, result);
        }
    }
}

/// <summary>A function of three operands, lane by lane.</summary>
internal sealed unsafe class Scalar3<TA, TB, TC, TD, TFunction>(Slot d, Slot a, Slot b, Slot c, TFunction function)
    : Operation
    where TA : unmanaged
    where TB : unmanaged
    where TC : unmanaged
    where TD : unmanaged
    where TFunction : struct, IFunction<TA, TB, TC, TD>
{
    public override void Execute(Warp warp, uint mask)
    {
        byte* registers = warp.Registers;
        var local = function;
        var (to, first, second, third) = (d, a, b, c);
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            var result = local.Apply(
                Lane.Read<TA>(registers, first, lane), Lane.Read<TB>(registers, second, lane),
                Lane.Read<TC>(registers, third, lane));
            Lane.Write(registers, to, lane, result);
        }
    }
}
