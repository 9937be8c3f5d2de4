using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>What PTX does to floats before and after the arithmetic: flushing, saturation, NaN results.</summary>
internal static class FloatVectors
{
    /// <summary>The NaN that every f32 instruction gives.</summary>
    public const uint SingleNaN = 0x7FFFFFFF;

    /// <summary>The NaN that f64 arithmetic makes where no operand was one.</summary>
    public const ulong DoubleNaN = 0xFFF8000000000000;

    private const ulong Quiet = 0x0008000000000000;

    /// <summary>.ftz: subnormal numbers become zero and keep their sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Flush(Vector256<float> value)
    {
        var subnormal = Vector256.LessThan(Vector256.Abs(value), Vector256.Create(1.17549435E-38f));
        return Vector256.ConditionalSelect(subnormal, value & Vector256.Create(-0f), value);
    }

    /// <summary>.sat: into [0, 1]; NaN and -0 become +0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Saturate(Vector256<float> value)
    {
        value &= Vector256.GreaterThan(value, Vector256<float>.Zero);
        return Vector256.ConditionalSelect(
            Vector256.LessThan(value, Vector256<float>.One), value, Vector256<float>.One);
    }

    /// <summary>Every NaN becomes the one of f32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Canonical(Vector256<float> value) => Vector256.ConditionalSelect(
        Vector256.Equals(value, value), value, Vector256.Create(SingleNaN).AsSingle());

    /// <summary>What f32 arithmetic ends with: one NaN, .ftz, .sat.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Finish(Vector256<float> value, bool flush, bool saturate)
    {
        value = Canonical(value);
        if (flush)
            value = Flush(value);
        return saturate ? Saturate(value) : value;
    }

    /// <summary>
    /// The NaNs of f64: the first operand that is one, made quiet; else the default. Processors differ here, so that
    /// the result is not left to this one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Canonical(
        Vector256<double> value, Vector256<double> a, Vector256<double> b, Vector256<double> c) =>
        Vector256.EqualsAll(value, value) ? value : WithNaNs(value, a, b, c);

    private static Vector256<double> WithNaNs(
        Vector256<double> value, Vector256<double> a, Vector256<double> b, Vector256<double> c)
    {
        var quiet = Vector256.Create(Quiet).AsDouble();
        var result = Vector256.Create(DoubleNaN).AsDouble();
        result = Vector256.ConditionalSelect(Vector256.Equals(c, c), result, c | quiet);
        result = Vector256.ConditionalSelect(Vector256.Equals(b, b), result, b | quiet);
        result = Vector256.ConditionalSelect(Vector256.Equals(a, a), result, a | quiet);
        return Vector256.ConditionalSelect(Vector256.Equals(value, value), value, result);
    }
}

/// <summary>A function of one float rounded to nearest.</summary>
internal readonly struct Nearest1<TCore>(bool flush) : IVectorFunction1<float>, IVectorFunction1<double>
    where TCore : struct, IVectorFunction1<float>, IVectorFunction1<double>
{
    public Vector256<float> Apply(Vector256<float> a)
    {
        if (flush)
            a = FloatVectors.Flush(a);
        return FloatVectors.Finish(default(TCore).Apply(a), flush, saturate: false);
    }

    public Vector256<double> Apply(Vector256<double> a) =>
        FloatVectors.Canonical(default(TCore).Apply(a), a, a, a);
}

/// <summary>A function of two floats rounded to nearest, without modifiers: what kernels are full of.</summary>
internal readonly struct Plain2<TCore> : IVectorFunction2<float>, IVectorFunction2<double>
    where TCore : struct, IVectorFunction2<float>, IVectorFunction2<double>
{
    public Vector256<float> Apply(Vector256<float> a, Vector256<float> b) =>
        FloatVectors.Canonical(default(TCore).Apply(a, b));

    public Vector256<double> Apply(Vector256<double> a, Vector256<double> b) =>
        FloatVectors.Canonical(default(TCore).Apply(a, b), a, b, b);
}

/// <summary>As <see cref="Plain2{TCore}"/>, of three.</summary>
internal readonly struct Plain3<TCore> : IVectorFunction3<float>, IVectorFunction3<double>
    where TCore : struct, IVectorFunction3<float>, IVectorFunction3<double>
{
    public Vector256<float> Apply(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        FloatVectors.Canonical(default(TCore).Apply(a, b, c));

    public Vector256<double> Apply(Vector256<double> a, Vector256<double> b, Vector256<double> c) =>
        FloatVectors.Canonical(default(TCore).Apply(a, b, c), a, b, c);
}

/// <summary>As <see cref="Plain2{TCore}"/> with .ftz and .sat.</summary>
internal readonly struct Modified2<TCore>(bool flush, bool saturate) : IVectorFunction2<float>
    where TCore : struct, IVectorFunction2<float>
{
    public Vector256<float> Apply(Vector256<float> a, Vector256<float> b)
    {
        if (flush)
            (a, b) = (FloatVectors.Flush(a), FloatVectors.Flush(b));
        return FloatVectors.Finish(default(TCore).Apply(a, b), flush, saturate);
    }
}

/// <summary>As <see cref="Plain3{TCore}"/> with .ftz and .sat.</summary>
internal readonly struct Modified3<TCore>(bool flush, bool saturate) : IVectorFunction3<float>
    where TCore : struct, IVectorFunction3<float>
{
    public Vector256<float> Apply(Vector256<float> a, Vector256<float> b, Vector256<float> c)
    {
        if (flush)
            (a, b, c) = (FloatVectors.Flush(a), FloatVectors.Flush(b), FloatVectors.Flush(c));
        return FloatVectors.Finish(default(TCore).Apply(a, b, c), flush, saturate);
    }
}
