using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes setp and set.</summary>
internal static class CompareDecoder
{
    /// <summary>setp: one predicate, or two: of the opposite, or of the upper numbers of pairs.</summary>
    public static Operation DecodeSetPredicate(InstructionReader reader)
    {
        var (relation, logic, flush) = TakeHead(reader);
        var type = reader.TakeType();
        reader.End(logic == null ? 3 : 4);
        var c = logic == null ? default : reader.SourcePredicate(3);
        var both = reader.Operand(0) as PtxPair;
        int p = reader.DestinationPredicate(both?.First ?? reader.Operand(0));
        int q = both == null ? -1 : reader.DestinationPredicate(both.Second);
        if (IsPair(type))
        {
            if (both == null)
                throw new UnsupportedInstructionException("a pair gives two predicates");
            var (low, high) = ComparePair(reader, relation, type, flush);
            return new SetPredicatePair(p, q, low, high, logic, c);
        }
        if (both != null && IsHalf(type))
            throw new UnsupportedInstructionException("16-bit floats give one predicate");
        return new SetPredicate(p, q, Compare(reader, relation, type, flush), logic, c);
    }

    /// <summary>set: all ones (1.0 in a float type) where it holds, else 0.</summary>
    public static Operation DecodeSet(InstructionReader reader)
    {
        var (relation, logic, flush) = TakeHead(reader);
        var to = reader.TakeType();
        var type = reader.TakeType();
        reader.End(logic == null ? 3 : 4);
        var c = logic == null ? default : reader.SourcePredicate(3);
        if (IsPair(type) && to == type)
        {
            var (low, high) = ComparePair(reader, relation, type, flush);
            uint half = type == PtxType.F16x2 ? 0x3C00u : 0x3F80u;
            return new SetRegister(reader.Destination(to), low, high, logic, c, half, half << 16);
        }
        uint one = to switch
        {
            PtxType.U32 or PtxType.S32 => uint.MaxValue,
            PtxType.U16 or PtxType.S16 when IsHalf(type) => ushort.MaxValue,
            PtxType.F32 when !IsHalf(type) => 0x3F800000,
            PtxType.F16 when type != PtxType.BF16 => 0x3C00,
            PtxType.BF16 => 0x3F80,
            _ => throw new UnsupportedInstructionException($"it does not give .{to.ToString().ToLowerInvariant()}"),
        };
        var comparison = Compare(reader, relation, type, flush);
        return new SetRegister(reader.Destination(to), comparison, null, logic, c, one, 0);
    }

    private static bool IsPair(PtxType type) => type is PtxType.F16x2 or PtxType.BF16x2;

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
            throw new UnsupportedInstructionException(".ftz goes with .f32 and .f16");
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        var comparison = type switch
        {
            PtxType.F32 => Floats<float>(a, b, relation, false, flush),
            PtxType.F64 => Floats<double>(a, b, relation, false, false),
            PtxType.BF16 => Floats<float>(a, b, relation, true, false),
            PtxType.F16 => Halves(a, b, relation, new(FloatFormat.Half, 0, flush)),
            PtxType.S16 => Signed<int>(a, b, relation, true),
            PtxType.S32 => Signed<int>(a, b, relation, false),
            PtxType.S64 => Signed<long>(a, b, relation, false),
            PtxType.U16 => Unsigned<uint>(a, b, relation, true),
            PtxType.U32 => Unsigned<uint>(a, b, relation, false),
            PtxType.U64 => Unsigned<ulong>(a, b, relation, false),
            PtxType.B16 => Equality<uint>(a, b, relation, true),
            PtxType.B32 => Equality<uint>(a, b, relation, false),
            PtxType.B64 => Equality<ulong>(a, b, relation, false),
            _ => throw new UnsupportedInstructionException($"it has no type .{type.ToString().ToLowerInvariant()}"),
        };
        return comparison
            ?? throw new UnsupportedInstructionException(
                $".{relation} is not a comparison of .{type.ToString().ToLowerInvariant()}");
    }

    private static (Comparison Low, Comparison High) ComparePair(
        InstructionReader reader, string relation, PtxType type, bool flush)
    {
        if (flush && type == PtxType.BF16x2)
            throw new UnsupportedInstructionException(".ftz does not go with .bf16x2");
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        var format = type == PtxType.F16x2 ? FloatFormat.Half : FloatFormat.BFloat;
        return Halves(a, b, relation, new(format, 0, flush)) is { } low
            && Halves(a, b, relation, new(format, 16, flush)) is { } high
            ? (low, high)
            : throw new UnsupportedInstructionException($".{relation} is not a comparison of floats");
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

    private static Comparison? Halves(Slot a, Slot b, string relation, HalfPlace place) => relation switch
    {
        "eq" => new HalfComparison<Equal<double>>(a, b, place, false),
        "neu" => new HalfComparison<Equal<double>>(a, b, place, true),
        "ne" => new HalfComparison<Different<double>>(a, b, place, false),
        "equ" => new HalfComparison<Different<double>>(a, b, place, true),
        "lt" => new HalfComparison<Less<double>>(a, b, place, false),
        "geu" => new HalfComparison<Less<double>>(a, b, place, true),
        "le" => new HalfComparison<LessOrEqual<double>>(a, b, place, false),
        "gtu" => new HalfComparison<LessOrEqual<double>>(a, b, place, true),
        "gt" => new HalfComparison<Greater<double>>(a, b, place, false),
        "leu" => new HalfComparison<Greater<double>>(a, b, place, true),
        "ge" => new HalfComparison<GreaterOrEqual<double>>(a, b, place, false),
        "ltu" => new HalfComparison<GreaterOrEqual<double>>(a, b, place, true),
        "num" => new HalfComparison<Numbers<double>>(a, b, place, false),
        "nan" => new HalfComparison<Numbers<double>>(a, b, place, true),
        _ => null,
    };
}
