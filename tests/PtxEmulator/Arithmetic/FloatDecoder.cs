using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes f32 and f64 arithmetic that is exactly rounded: add, sub, mul, fma, mad, div, rcp, sqrt.</summary>
internal static class FloatDecoder
{
    /// <summary>The instruction's operation.</summary>
    public static Operation Decode(InstructionReader reader, PtxType type) => reader.Opcode switch
    {
        "add" => Binary<FloatAdd>(reader, type, saturates: true),
        "sub" => Binary<FloatSubtract>(reader, type, saturates: true),
        "mul" => Binary<FloatMultiply>(reader, type, saturates: true),
        "fma" or "mad" => Ternary<FloatMultiplyAdd>(reader, type),
        "div" when !reader.Sees("approx") && !reader.Sees("full") =>
            Binary<FloatDivide>(reader, type, saturates: false),
        "rcp" when !reader.Sees("approx") => Unary<FloatReciprocal>(reader, type),
        "sqrt" when !reader.Sees("approx") => Unary<FloatSquareRoot>(reader, type),
        "neg" or "abs" => SignDecoder.Decode(reader, type),
        "min" or "max" => ExtremeDecoder.Decode(reader, type),
        _ => ApproximationDecoder.Decode(reader, type),
    };

    private static Operation Binary<TCore>(InstructionReader reader, PtxType type, bool saturates)
        where TCore : struct, IExact2, IVectorFunction2<float>, IVectorFunction2<double>
    {
        var rounding = reader.TakeRounding();
        if (rounding == null && !saturates)
            throw new UnsupportedInstructionException("it needs a rounding");
        var (flush, saturate) = End(reader, type, 3, saturates);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        var direction = rounding ?? Rounding.Nearest;
        bool nearest = direction == Rounding.Nearest;
        return type switch
        {
            PtxType.F32 when nearest && !flush && !saturate => new Vector2<float, Plain2<TCore>>(d, a, b, default),
            PtxType.F32 when nearest => new Vector2<float, Modified2<TCore>>(d, a, b, new(flush, saturate)),
            PtxType.F32 => new Scalar2<float, float, float, Directed2<TCore>>(d, a, b, new(direction, flush, saturate)),
            _ when nearest => new Vector2<double, Plain2<TCore>>(d, a, b, default),
            _ => new Scalar2<double, double, double, Directed2<TCore>>(d, a, b, new(direction, false, false)),
        };
    }

    private static Operation Ternary<TCore>(InstructionReader reader, PtxType type)
        where TCore : struct, IExact3, IVectorFunction3<float>, IVectorFunction3<double>
    {
        var direction = reader.TakeRounding()
            ?? throw new UnsupportedInstructionException("it needs a rounding");
        var (flush, saturate) = End(reader, type, 4, saturates: true);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        var c = reader.Source(3, type);
        bool nearest = direction == Rounding.Nearest;
        return type switch
        {
            PtxType.F32 when nearest && !flush && !saturate => new Vector3<float, Plain3<TCore>>(d, a, b, c, default),
            PtxType.F32 when nearest => new Vector3<float, Modified3<TCore>>(d, a, b, c, new(flush, saturate)),
            PtxType.F32 => new Scalar3<float, float, float, float, Directed3<TCore>>(
                d, a, b, c, new(direction, flush, saturate)),
            _ when nearest => new Vector3<double, Plain3<TCore>>(d, a, b, c, default),
            _ => new Scalar3<double, double, double, double, Directed3<TCore>>(
                d, a, b, c, new(direction, false, false)),
        };
    }

    private static Operation Unary<TCore>(InstructionReader reader, PtxType type)
        where TCore : struct, IExact1, IVectorFunction1<float>, IVectorFunction1<double>
    {
        var direction = reader.TakeRounding()
            ?? throw new UnsupportedInstructionException("it needs a rounding or .approx");
        var (flush, _) = End(reader, type, 2, saturates: false);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        return (type, direction) switch
        {
            (PtxType.F32, Rounding.Nearest) => new Vector1<float, Nearest1<TCore>>(d, a, new(flush)),
            (PtxType.F32, _) => new Scalar1<float, float, Directed1<TCore>>(d, a, new(direction, flush)),
            (_, Rounding.Nearest) => new Vector1<double, Nearest1<TCore>>(d, a, default),
            _ => new Scalar1<double, double, Directed1<TCore>>(d, a, new(direction, false)),
        };
    }

    private static (bool Flush, bool Saturate) End(
        InstructionReader reader, PtxType type, int operandCount, bool saturates)
    {
        bool flush = type == PtxType.F32 && reader.Take("ftz");
        bool saturate = saturates && type == PtxType.F32 && reader.Take("sat");
        if (reader.TakeType() != type || type is not (PtxType.F32 or PtxType.F64))
            throw new UnsupportedInstructionException("it goes with .f32 and .f64");
        reader.End(operandCount);
        return (flush, saturate);
    }
}
