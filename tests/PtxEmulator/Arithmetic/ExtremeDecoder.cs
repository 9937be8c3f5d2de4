using System.Runtime.Intrinsics;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes min and max of f32 and f64: -0 is under +0, and NaN loses unless .NaN is given.</summary>
internal static class ExtremeDecoder
{
    /// <summary>The instruction's operation.</summary>
    public static Operation Decode(InstructionReader reader, PtxType type)
    {
        bool single = type == PtxType.F32;
        bool flush = single && reader.Take("ftz");
        bool nan = single && reader.Take("NaN");
        bool xorSign = single && reader.Take("xorsign");
        if (xorSign && !reader.Take("abs"))
            throw new UnsupportedInstructionException(".xorsign needs .abs");
        if (reader.TakeType() != type || type is not (PtxType.F32 or PtxType.F64))
            throw new UnsupportedInstructionException("it goes with .f32 and .f64");
        reader.End(3);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        var function = new Extreme(reader.Opcode == "max", flush, nan, xorSign);
        return single
            ? new Vector2<float, Extreme>(d, a, b, function)
            : new Vector2<double, Extreme>(d, a, b, function);
    }
}

/// <summary>min and max of floats.</summary>
internal readonly struct Extreme(bool maximum, bool flush, bool nan, bool xorSign)
    : IVectorFunction2<float>, IVectorFunction2<double>
{
    public Vector256<float> Apply(Vector256<float> a, Vector256<float> b)
    {
        if (flush)
            (a, b) = (FloatVectors.Flush(a), FloatVectors.Flush(b));
        var sign = (a ^ b) & Vector256.Create(-0f);
        if (xorSign)
            (a, b) = (Vector256.Abs(a), Vector256.Abs(b));
        var result = (maximum, nan) switch
        {
            (false, false) => Vector256.MinNumber(a, b),
            (false, true) => Vector256.Min(a, b),
            (true, false) => Vector256.MaxNumber(a, b),
            (true, true) => Vector256.Max(a, b),
        };
        // NaN has no sign to set.
        if (xorSign)
            result |= sign & Vector256.Equals(result, result);
        return FloatVectors.Canonical(result);
    }

    public Vector256<double> Apply(Vector256<double> a, Vector256<double> b) => FloatVectors.Canonical(
        maximum ? Vector256.MaxNumber(a, b) : Vector256.MinNumber(a, b), a, b, b);
}
