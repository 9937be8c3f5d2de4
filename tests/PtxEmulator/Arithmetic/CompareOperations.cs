using System.Runtime.Intrinsics;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>setp.</summary>
internal sealed class SetPredicate(
    int p, int q, Comparison comparison, BitLogic? logic, (int Index, bool Negated) c) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        uint bits = comparison.Bits(warp);
        if (logic is not { } combine)
        {
            PredicateLogic.Write(warp, p, mask, bits);
            PredicateLogic.Write(warp, q, mask, ~bits);
            return;
        }
        uint third = PredicateLogic.Read(warp, c);
        PredicateLogic.Write(warp, p, mask, PredicateLogic.Combine(combine, bits, third));
        PredicateLogic.Write(warp, q, mask, PredicateLogic.Combine(combine, ~bits, third));
    }
}

/// <summary>setp of pairs: a predicate of the lower numbers and one of the upper ones.</summary>
internal sealed class SetPredicatePair(
    int p, int q, Comparison low, Comparison high, BitLogic? logic, (int Index, bool Negated) c) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        var (first, second) = (low.Bits(warp), high.Bits(warp));
        if (logic is { } combine)
        {
            uint third = PredicateLogic.Read(warp, c);
            first = PredicateLogic.Combine(combine, first, third);
            second = PredicateLogic.Combine(combine, second, third);
        }
        PredicateLogic.Write(warp, p, mask, first);
        PredicateLogic.Write(warp, q, mask, second);
    }
}

/// <summary>set: some bits where it holds; of pairs, others where it holds for the upper numbers.</summary>
internal sealed class SetRegister(
    Slot d, Comparison low, Comparison? high, BitLogic? logic, (int Index, bool Negated) c, uint one, uint upperOne)
    : Operation
{
    public override unsafe void Execute(Warp warp, uint mask)
    {
        uint first = Bits(warp, low);
        uint second = high == null ? 0 : Bits(warp, high);
        var to = (uint*)(warp.Registers + d.Offset);
        for (int lane = 0; lane < 32; lane += 8)
        {
            var value = LaneMask.Of8(first, lane).AsUInt32() & Vector256.Create(one);
            value |= LaneMask.Of8(second, lane).AsUInt32() & Vector256.Create(upperOne);
            Blend.Store(to + lane, mask, lane, value);
        }
    }

    private uint Bits(Warp warp, Comparison comparison)
    {
        uint bits = comparison.Bits(warp);
        return logic is { } combine ? PredicateLogic.Combine(combine, bits, PredicateLogic.Read(warp, c)) : bits;
    }
}
