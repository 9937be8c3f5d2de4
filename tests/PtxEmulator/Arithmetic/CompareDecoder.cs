using System.Runtime.Intrinsics;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes setp and set.</summary>
internal static class CompareDecoder
{
    /// <summary>setp: one predicate, or two of which the second is of the opposite.</summary>
    public static Operation DecodeSetPredicate(InstructionReader reader)
    {
        var (relation, logic, flush) = TakeHead(reader);
        var type = reader.TakeType();
        reader.End(logic == null ? 3 : 4);
        var comparison = Compare(reader, relation, type, flush);
        var (p, q) = reader.Operand(0) is PtxPair pair
            ? (reader.DestinationPredicate(pair.First), reader.DestinationPredicate(pair.Second))
            : (reader.DestinationPredicate(reader.Operand(0)), -1);
        return new SetPredicate(p, q, comparison, logic, logic == null ? default : reader.SourcePredicate(3));
    }

    /// <summary>set: all ones (1.0 in a float type) where it holds, else 0.</summary>
    public static Operation DecodeSet(InstructionReader reader)
    {
        var (relation, logic, flush) = TakeHead(reader);
        var to = reader.TakeType();
        var type = reader.TakeType();
        reader.End(logic == null ? 3 : 4);
        uint one = to switch
        {
            PtxType.U32 or PtxType.S32 => uint.MaxValue,
            PtxType.U16 or PtxType.S16 when IsHalf(type) => ushort.MaxValue,
            PtxType.F32 => 0x3F800000,
            PtxType.F16 when IsHalf(type) => 0x3C00,
            PtxType.BF16 when IsHalf(type) => 0x3F80,
            _ => throw reader.Unsupported($"it does not give .{to.ToString().ToLowerInvariant()}"),
        };
        var comparison = Compare(reader, relation, type, flush);
        return new SetRegister(
            reader.Destination(to), comparison, logic, logic == null ? default : reader.SourcePredicate(3), one);
    }

    private static bool IsHalf(PtxType type) => type is PtxType.F16 or PtxType.BF16;

    private static (string Relation, BitLogic? Logic, bool Flush) TakeHead(InstructionReader reader)
    {
        string relation = reader.TakeWord();
        BitLogic? logic = reader.Take("and") ? BitLogic.And : reader.Take("or") ? BitLogic.Or
            : reader.Take("xor") ? BitLogic.Xor : null;
        return (relation, logic, reader.Take("ftz"));
    }

    private static Comparison Compare(InstructionReader reader, string relation, PtxType type, bool flush)
    {
        if (flush && type is not (PtxType.F32 or PtxType.F16))
            throw reader.Unsupported(".ftz goes with .f32 and .f16");
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        var comparison = type switch
        {
            PtxType.F32 => Floats<float>(a, b, relation, false, flush),
            PtxType.F64 => Floats<double>(a, b, relation, false, false),
            PtxType.BF16 => Floats<float>(a, b, relation, true, false),
            PtxType.F16 => Halves(a, b, relation, flush),
            PtxType.S16 => Signed<int>(a, b, relation, true),
            PtxType.S32 => Signed<int>(a, b, relation, false),
            PtxType.S64 => Signed<long>(a, b, relation, false),
            PtxType.U16 => Unsigned<uint>(a, b, relation, true),
            PtxType.U32 => Unsigned<uint>(a, b, relation, false),
            PtxType.U64 => Unsigned<ulong>(a, b, relation, false),
            PtxType.B16 => Equality<uint>(a, b, relation, true),
            PtxType.B32 => Equality<uint>(a, b, relation, false),
            PtxType.B64 => Equality<ulong>(a, b, relation, false),
            _ => throw reader.Unsupported($"it has no type .{type.ToString().ToLowerInvariant()}"),
        };
        return comparison
            ?? throw reader.Unsupported($".{relation} is not a comparison of .{type.ToString().ToLowerInvariant()}");
    }

    private static VectorComparison<T, Equal<T>>? Equality<T>(Slot a, Slot b, string relation, bool shift)
        where T : unmanaged => relation switch
        {
            "eq" => new VectorComparison<T, Equal<T>>(a, b, shift, false, false),
            "ne" => new VectorComparison<T, Equal<T>>(a, b, shift, false, true),
            _ => null,
        };

    private static Comparison? Signed<T>(Slot a, Slot b, string relation, bool shift)
        where T : unmanaged => relation switch
        {
            "lt" => new VectorComparison<T, Less<T>>(a, b, shift, false, false),
            "ge" => new VectorComparison<T, Less<T>>(a, b, shift, false, true),
            "gt" => new VectorComparison<T, Greater<T>>(a, b, shift, false, false),
            "le" => new VectorComparison<T, Greater<T>>(a, b, shift, false, true),
            _ => Equality<T>(a, b, relation, shift),
        };

    private static Comparison? Unsigned<T>(Slot a, Slot b, string relation, bool shift)
        where T : unmanaged => Signed<T>(a, b, relation switch
        {
            "lo" => "lt",
            "ls" => "le",
            "hi" => "gt",
            "hs" => "ge",
            _ => relation,
        }, shift);

    /// <summary>The comparisons that are true for NaN are opposites of those that are false.</summary>
    private static Comparison? Floats<T>(Slot a, Slot b, string relation, bool shift, bool flush)
        where T : unmanaged => relation switch
        {
            "eq" => new VectorComparison<T, Equal<T>>(a, b, shift, flush, false),
            "neu" => new VectorComparison<T, Equal<T>>(a, b, shift, flush, true),
            "ne" => new VectorComparison<T, Different<T>>(a, b, shift, flush, false),
            "equ" => new VectorComparison<T, Different<T>>(a, b, shift, flush, true),
            "lt" => new VectorComparison<T, Less<T>>(a, b, shift, flush, false),
            "geu" => new VectorComparison<T, Less<T>>(a, b, shift, flush, true),
            "le" => new VectorComparison<T, LessOrEqual<T>>(a, b, shift, flush, false),
            "gtu" => new VectorComparison<T, LessOrEqual<T>>(a, b, shift, flush, true),
            "gt" => new VectorComparison<T, Greater<T>>(a, b, shift, flush, false),
            "leu" => new VectorComparison<T, Greater<T>>(a, b, shift, flush, true),
            "ge" => new VectorComparison<T, GreaterOrEqual<T>>(a, b, shift, flush, false),
            "ltu" => new VectorComparison<T, GreaterOrEqual<T>>(a, b, shift, flush, true),
            "num" => new VectorComparison<T, Numbers<T>>(a, b, shift, flush, false),
            "nan" => new VectorComparison<T, Numbers<T>>(a, b, shift, flush, true),
            _ => null,
        };

    private static Comparison? Halves(Slot a, Slot b, string relation, bool flush) => relation switch
    {
        "eq" => new HalfComparison<Equal<double>>(a, b, flush, false),
        "neu" => new HalfComparison<Equal<double>>(a, b, flush, true),
        "ne" => new HalfComparison<Different<double>>(a, b, flush, false),
        "equ" => new HalfComparison<Different<double>>(a, b, flush, true),
        "lt" => new HalfComparison<Less<double>>(a, b, flush, false),
        "geu" => new HalfComparison<Less<double>>(a, b, flush, true),
        "le" => new HalfComparison<LessOrEqual<double>>(a, b, flush, false),
        "gtu" => new HalfComparison<LessOrEqual<double>>(a, b, flush, true),
        "gt" => new HalfComparison<Greater<double>>(a, b, flush, false),
        "leu" => new HalfComparison<Greater<double>>(a, b, flush, true),
        "ge" => new HalfComparison<GreaterOrEqual<double>>(a, b, flush, false),
        "ltu" => new HalfComparison<GreaterOrEqual<double>>(a, b, flush, true),
        "num" => new HalfComparison<Numbers<double>>(a, b, flush, false),
        "nan" => new HalfComparison<Numbers<double>>(a, b, flush, true),
        _ => null,
    };
}

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

/// <summary>set.</summary>
internal sealed class SetRegister(
    Slot d, Comparison comparison, BitLogic? logic, (int Index, bool Negated) c, uint one) : Operation
{
    public override unsafe void Execute(Warp warp, uint mask)
    {
        uint bits = comparison.Bits(warp);
        if (logic is { } combine)
            bits = PredicateLogic.Combine(combine, bits, PredicateLogic.Read(warp, c));
        var to = (uint*)(warp.Registers + d.Offset);
        for (int lane = 0; lane < 32; lane += 8)
        {
            var value = LaneMask.Of8(bits, lane).AsUInt32() & Vector256.Create(one);
            Blend.Store(to + lane, mask, lane, value);
        }
    }
}
