using System.Runtime.Intrinsics;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>
/// Decodes the approximate functions of f32 and f64. They are computed in double and rounded once, so f32 results err
/// by little more than half a unit in the last place, which is under the errors that PTX allows each; special values
/// are those of its tables.
/// </summary>
internal static class ApproximationDecoder
{
    /// <summary>The instruction's operation.</summary>
    public static Operation Decode(InstructionReader reader, PtxType type)
    {
        string opcode = reader.Opcode;
        bool full = opcode == "div" && reader.Take("full");
        if (!full && !reader.Take("approx"))
            throw new UnsupportedInstructionException("it needs .approx");
        bool flush = reader.Take("ftz");
        if (reader.TakeType() != type)
            throw new UnsupportedInstructionException("it has more than one type");
        reader.End(opcode == "div" ? 3 : 2);
        if (opcode == "div" && type == PtxType.F32)
        {
            return new Scalar2<float, float, float, ApproximateDivide>(
                reader.Destination(type), reader.Source(1, type), reader.Source(2, type), new(flush, full));
        }
        Func<double, double>? function = (opcode, type) switch
        {
            ("rcp", PtxType.F32) => Reciprocal,
            ("sqrt", PtxType.F32) => Math.Sqrt,
            ("rsqrt", PtxType.F32) => ReciprocalSqrt,
            ("ex2", PtxType.F32) => TwoToThe,
            ("lg2", PtxType.F32) => Math.Log2,
            ("sin", PtxType.F32) => Math.Sin,
            ("cos", PtxType.F32) => Math.Cos,
            ("tanh", PtxType.F32) when !flush => Math.Tanh,
            ("rcp", PtxType.F64) when flush => Reciprocal,
            ("rsqrt", PtxType.F64) => ReciprocalSqrt,
            _ => null,
        };
        if (function == null)
            throw new UnsupportedInstructionException(
                $"it has no such form with .{type.ToString().ToLowerInvariant()}");
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        if (opcode == "ex2")
            return new Vector1<float, PowerOfTwo>(d, a, new(flush));
        if (type == PtxType.F32)
            return new Scalar1<float, float, Approximate>(d, a, new(function, flush));
        return flush
            ? new Scalar1<double, double, ApproximateUpperHalf>(d, a, new(function))
            : new Scalar1<double, double, ApproximateDouble>(d, a, new(function));
    }

    /// <summary>2 to a power.</summary>
    public static double TwoToThe(double a) => Math.Pow(2, a);

    private static double Reciprocal(double a) => 1 / a;

    private static double ReciprocalSqrt(double a) => 1 / Math.Sqrt(a);
}

/// <summary>A function of f32, computed in double.</summary>
internal readonly struct Approximate(Func<double, double> function, bool flush) : IFunction<float, float>
{
    public float Apply(float a) =>
        FloatScalars.Finish((float)function(FloatScalars.Flush(a, flush)), flush, saturate: false);
}

/// <summary>ex2 of f32, the one function that kernels call for every element (exp).</summary>
internal readonly struct PowerOfTwo(bool flush) : IVectorFunction1<float>
{
    public Vector256<float> Apply(Vector256<float> a)
    {
        if (flush)
            a = FloatVectors.Flush(a);
        var (low, high) = Vector256.Widen(a);
        var result = Vector256.Narrow(Power(low), Power(high));
        return FloatVectors.Finish(result, flush, saturate: false);
    }

    private static Vector256<double> Power(Vector256<double> a) => Vector256.Exp(a * 0.69314718055994530942);
}

/// <summary>A function of f64.</summary>
internal readonly struct ApproximateDouble(Func<double, double> function) : IFunction<double, double>
{
    public double Apply(double a) => double.IsNaN(a) ? FloatScalars.Quiet(a) : FloatScalars.Canonical(function(a));
}

/// <summary>
/// rcp.approx.ftz.f64 and rsqrt.approx.ftz.f64: they look at the upper 32 bits alone, give as many, and flush
/// subnormal numbers on both sides.
/// </summary>
internal readonly struct ApproximateUpperHalf(Func<double, double> function) : IFunction<double, double>
{
    public double Apply(double a)
    {
        if (double.IsNaN(a))
            return Cut(FloatScalars.Canonical(a));
        a = Flush(Cut(Flush(a)));
        return Cut(Flush(FloatScalars.Canonical(function(a))));
    }

    private static double Cut(double value) => BitConverter.UInt64BitsToDouble(
        BitConverter.DoubleToUInt64Bits(value) & 0xFFFFFFFF00000000);

    private static double Flush(double value) => double.IsSubnormal(value) ? Math.CopySign(0, value) : value;
}

/// <summary>
/// div.approx and div.full. div.approx multiplies by the reciprocal, which is 0 where the divisor is over 2^126: such
/// quotients are 0, or NaN of an infinity.
/// </summary>
internal readonly struct ApproximateDivide(bool flush, bool full) : IFunction<float, float, float>
{
    public float Apply(float a, float b)
    {
        a = FloatScalars.Flush(a, flush);
        b = FloatScalars.Flush(b, flush);
        bool vanishes = !full && float.IsFinite(b) && Math.Abs(b) > 8.507059E37f;
        float quotient = vanishes ? a * MathF.CopySign(0, b) : (float)((double)a / b);
        return FloatScalars.Finish(quotient, flush, saturate: false);
    }
}
