using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>How two bits of predicates combine.</summary>
internal enum BitLogic
{
    /// <summary>Both.</summary>
    And,

    /// <summary>Either.</summary>
    Or,

    /// <summary>One of them.</summary>
    Xor,

    /// <summary>Not the first.</summary>
    Not,

    /// <summary>The first.</summary>
    First,
}

/// <summary>lop3.and and lop3.or: a predicate of whether the result is not 0, combined with another.</summary>
internal sealed unsafe class TestResult(
    Operation operation, Slot d, int destination, BitLogic logic, (int Index, bool Negated) q) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        operation.Execute(warp, mask);
        uint bits = 0;
        for (int lane = 0; lane < 32; lane++)
            bits |= Lane.Read<uint>(warp.Registers, d, lane) != 0 ? 1u << lane : 0;
        uint other = PredicateLogic.Read(warp, q);
        PredicateLogic.Write(warp, destination, mask, PredicateLogic.Combine(logic, bits, other));
    }
}

/// <summary>and.pred, or.pred, xor.pred, not.pred and mov.pred.</summary>
internal sealed unsafe class PredicateLogic(
    int destination, (int Index, bool Negated) a, (int Index, bool Negated) b, BitLogic logic) : Operation
{
    /// <summary>What an opcode, or a modifier of setp, names.</summary>
    public static BitLogic? FromName(string name) => name switch
    {
        "and" => BitLogic.And,
        "or" => BitLogic.Or,
        "xor" => BitLogic.Xor,
        "not" => BitLogic.Not,
        "mov" => BitLogic.First,
        _ => null,
    };

    /// <summary>A predicate's bits.</summary>
    public static uint Read(Warp warp, (int Index, bool Negated) predicate) =>
        warp.Predicates[predicate.Index] ^ (predicate.Negated ? uint.MaxValue : 0);

    /// <summary>Writes a predicate's bits in the mask; -1 is the sink.</summary>
    public static void Write(Warp warp, int destination, uint mask, uint bits)
    {
        if (destination >= 0)
            warp.Predicates[destination] = (warp.Predicates[destination] & ~mask) | (bits & mask);
    }

    /// <summary>Two predicates' bits combined.</summary>
    public static uint Combine(BitLogic logic, uint a, uint b) => logic switch
    {
        BitLogic.And => a & b,
        BitLogic.Or => a | b,
        BitLogic.Xor => a ^ b,
        BitLogic.Not => ~a,
        _ => a,
    };

    public override void Execute(Warp warp, uint mask) =>
        Write(warp, destination, mask, Combine(logic, Read(warp, a), Read(warp, b)));
}
