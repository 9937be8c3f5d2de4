using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes arithmetic on f16, bf16 and pairs of them.</summary>
internal static class HalfDecoder
{
    /// <summary>Whether a type is f16, bf16 or a pair of them.</summary>
    public static bool IsHalf(PtxType? type) =>
        type is PtxType.F16 or PtxType.F16x2 or PtxType.BF16 or PtxType.BF16x2;

    /// <summary>The instruction's operation.</summary>
    public static Operation Decode(InstructionReader reader, PtxType type)
    {
        bool brain = type is PtxType.BF16 or PtxType.BF16x2;
        string opcode = reader.Opcode;
        switch (opcode)
        {
            case "neg" or "abs":
                bool flush = !brain && reader.Take("ftz");
                End(reader, type, 2);
                return Unary(reader, type, new HalfSign(Format(brain), flush, opcode == "neg"));
            case "add" or "sub" or "mul":
                reader.Take("rn");
                var rules = new HalfRules(
                    Format(brain), !brain && reader.Take("ftz"), !brain && reader.Take("sat"), false);
                End(reader, type, 3);
                Func<double, double, double> function = opcode switch
                {
                    "add" => static (a, b) => StickyDouble.Add(a, b, Rounding.Nearest),
                    "sub" => static (a, b) => StickyDouble.Add(a, -b, Rounding.Nearest),
                    _ => static (a, b) => a * b,
                };
                return Binary(reader, type, new(rules, function));
            case "fma":
                if (!reader.Take("rn"))
                    throw new UnsupportedInstructionException("it needs .rn");
                rules = new(Format(brain), !brain && reader.Take("ftz"), !brain && reader.Take("sat"), false);
                rules = rules with { Relu = !rules.Saturate && reader.Take("relu") };
                End(reader, type, 4);
                return MultiplyAdd(reader, type, new(rules));
            case "min" or "max":
                return Binary(reader, type, Extreme(reader, type, brain));
            case "ex2" or "tanh":
                if (!reader.Take("approx"))
                    throw new UnsupportedInstructionException("it needs .approx");
                rules = new(Format(brain), opcode == "ex2" && brain && Needs(reader, "ftz"), false, false);
                End(reader, type, 2);
                return Unary(
                    reader, type, new Half1(rules, opcode == "ex2" ? ApproximationDecoder.TwoToThe : Math.Tanh));
            default:
                throw new UnsupportedInstructionException($"it has no type .{type.ToString().ToLowerInvariant()}");
        }
    }

    private static FloatFormat Format(bool brain) => brain ? FloatFormat.BFloat : FloatFormat.Half;

    private static bool IsPair(PtxType type) => type is PtxType.F16x2 or PtxType.BF16x2;

    private static bool Needs(InstructionReader reader, string modifier) =>
        reader.Take(modifier) ? true : throw new UnsupportedInstructionException($"it needs .{modifier}");

    private static void End(InstructionReader reader, PtxType type, int operandCount)
    {
        if (reader.TakeType() != type)
            throw new UnsupportedInstructionException("it has more than one type");
        reader.End(operandCount);
    }

    private static Half2 Extreme(InstructionReader reader, PtxType type, bool brain)
    {
        var rules = new HalfRules(Format(brain), !brain && reader.Take("ftz"), false, false);
        bool nan = reader.Take("NaN");
        bool xorSign = reader.Take("xorsign");
        if (xorSign && !reader.Take("abs"))
            throw new UnsupportedInstructionException(".xorsign needs .abs");
        End(reader, type, 3);
        Func<double, double, double> choose = (reader.Opcode, nan) switch
        {
            ("min", false) => double.MinNumber,
            ("min", true) => Math.Min,
            (_, false) => double.MaxNumber,
            _ => Math.Max,
        };
        if (!xorSign)
            return new(rules, choose);
        return new(rules, (a, b) =>
        {
            double size = choose(Math.Abs(a), Math.Abs(b));
            return double.IsNegative(a) != double.IsNegative(b) ? -size : size;
        });
    }

    private static Operation Unary<TFunction>(InstructionReader reader, PtxType type, TFunction function)
        where TFunction : struct, IFunction<ushort, ushort>, IFunction<uint, uint>
    {
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        return IsPair(type)
            ? new Scalar1<uint, uint, TFunction>(d, a, function)
            : new Scalar1<ushort, ushort, TFunction>(d, a, function);
    }

    private static Operation Binary(InstructionReader reader, PtxType type, Half2 function)
    {
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        return IsPair(type)
            ? new Scalar2<uint, uint, uint, Half2>(d, a, b, function)
            : new Scalar2<ushort, ushort, ushort, Half2>(d, a, b, function);
    }

    private static Operation MultiplyAdd(InstructionReader reader, PtxType type, HalfMultiplyAdd function)
    {
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        var c = reader.Source(3, type);
        return IsPair(type)
            ? new Scalar3<uint, uint, uint, uint, HalfMultiplyAdd>(d, a, b, c, function)
            : new Scalar3<ushort, ushort, ushort, ushort, HalfMultiplyAdd>(d, a, b, c, function);
    }
}
