using System.Runtime.Intrinsics;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>An operation on two numbers in the two ways that directed rounding needs it.</summary>
internal interface IExact2
{
    /// <summary>On numbers of f32's range: rounded to odd, see <see cref="StickyDouble"/>.</summary>
    double Sticky(double a, double b, Rounding rounding);

    /// <summary>On finite doubles: rounded in a direction.</summary>
    double Directed(double a, double b, Rounding rounding);
}

/// <summary>As <see cref="IExact2"/>, of three.</summary>
internal interface IExact3
{
    /// <summary>On numbers of f32's range: rounded to odd, see <see cref="StickyDouble"/>.</summary>
    double Sticky(double a, double b, double c, Rounding rounding);

    /// <summary>On finite doubles: rounded in a direction.</summary>
    double Directed(double a, double b, double c, Rounding rounding);
}

/// <summary>a + b.</summary>
internal readonly struct FloatAdd : IVectorFunction2<float>, IVectorFunction2<double>, IExact2
{
    public Vector256<float> Apply(Vector256<float> a, Vector256<float> b) => a + b;

    public Vector256<double> Apply(Vector256<double> a, Vector256<double> b) => a + b;

    public double Sticky(double a, double b, Rounding rounding) => StickyDouble.Add(a, b, rounding);

    public double Directed(double a, double b, Rounding rounding)
    {
        double sum = a + b;
        if (sum == 0)
            return StickyDouble.Add(a, b, rounding);
        return Dyadic.Move(sum, (Dyadic.Of(a) + Dyadic.Of(b)).CompareTo(sum), rounding);
    }
}

/// <summary>a - b.</summary>
internal readonly struct FloatSubtract : IVectorFunction2<float>, IVectorFunction2<double>, IExact2
{
    public Vector256<float> Apply(Vector256<float> a, Vector256<float> b) => a - b;

    public Vector256<double> Apply(Vector256<double> a, Vector256<double> b) => a - b;

    public double Sticky(double a, double b, Rounding rounding) => StickyDouble.Add(a, -b, rounding);

    public double Directed(double a, double b, Rounding rounding) => default(FloatAdd).Directed(a, -b, rounding);
}

/// <summary>a * b.</summary>
internal readonly struct FloatMultiply : IVectorFunction2<float>, IVectorFunction2<double>, IExact2
{
    public Vector256<float> Apply(Vector256<float> a, Vector256<float> b) => a * b;

    public Vector256<double> Apply(Vector256<double> a, Vector256<double> b) => a * b;

    public double Sticky(double a, double b, Rounding rounding) => a * b;

    public double Directed(double a, double b, Rounding rounding) =>
        Dyadic.Move(a * b, (Dyadic.Of(a) * Dyadic.Of(b)).CompareTo(a * b), rounding);
}

/// <summary>a / b.</summary>
internal readonly struct FloatDivide : IVectorFunction2<float>, IVectorFunction2<double>, IExact2
{
    public Vector256<float> Apply(Vector256<float> a, Vector256<float> b) => a / b;

    public Vector256<double> Apply(Vector256<double> a, Vector256<double> b) => a / b;

    public double Sticky(double a, double b, Rounding rounding) => StickyDouble.Divide(a, b);

    public double Directed(double a, double b, Rounding rounding)
    {
        double quotient = a / b;
        if (b == 0)
            return quotient;
        // The quotient is over the exact one where quotient * b is over a, or under it if b is negative.
        int side = double.IsInfinity(quotient)
            ? -Math.Sign(quotient)
            : (Dyadic.Of(a) + -(Dyadic.Of(quotient) * Dyadic.Of(b))).Mantissa.Sign * Math.Sign(b);
        return Dyadic.Move(quotient, side, rounding);
    }
}

/// <summary>a * b + c, rounded once.</summary>
internal readonly struct FloatMultiplyAdd : IVectorFunction3<float>, IVectorFunction3<double>, IExact3
{
    public Vector256<float> Apply(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.FusedMultiplyAdd(a, b, c);

    public Vector256<double> Apply(Vector256<double> a, Vector256<double> b, Vector256<double> c) =>
        Vector256.FusedMultiplyAdd(a, b, c);

    public double Sticky(double a, double b, double c, Rounding rounding) =>
        StickyDouble.MultiplyAdd(a, b, c, rounding);

    public double Directed(double a, double b, double c, Rounding rounding)
    {
        double result = Math.FusedMultiplyAdd(a, b, c);
        var exact = (Dyadic.Of(a) * Dyadic.Of(b)) + Dyadic.Of(c);
        // The product as a zero, or anything with its sign: it decides the sign of a zero.
        return exact.Mantissa.IsZero
            ? StickyDouble.Add(a == 0 || b == 0 ? a * b : -c, c, rounding)
            : Dyadic.Move(result, exact.CompareTo(result), rounding);
    }
}

/// <summary>Two floats rounded in a direction, with the modifiers of f32.</summary>
internal readonly struct Directed2<TCore>(Rounding rounding, bool flush, bool saturate)
    : IFunction<float, float, float>, IFunction<double, double, double>
    where TCore : struct, IExact2, IVectorFunction2<float>, IVectorFunction2<double>
{
    public float Apply(float a, float b)
    {
        double result = default(TCore).Sticky(FloatScalars.Flush(a, flush), FloatScalars.Flush(b, flush), rounding);
        return FloatScalars.Finish(StickyDouble.ToSingle(result, rounding), flush, saturate);
    }

    public double Apply(double a, double b) => double.IsFinite(a) && double.IsFinite(b)
        ? FloatScalars.Canonical(default(TCore).Directed(a, b, rounding))
        : default(Plain2<TCore>).Apply(Vector256.Create(a), Vector256.Create(b))[0];
}

/// <summary>As <see cref="Directed2{TCore}"/>, of three.</summary>
internal readonly struct Directed3<TCore>(Rounding rounding, bool flush, bool saturate)
    : IFunction<float, float, float, float>, IFunction<double, double, double, double>
    where TCore : struct, IExact3, IVectorFunction3<float>, IVectorFunction3<double>
{
    public float Apply(float a, float b, float c)
    {
        double result = default(TCore).Sticky(
            FloatScalars.Flush(a, flush), FloatScalars.Flush(b, flush), FloatScalars.Flush(c, flush), rounding);
        return FloatScalars.Finish(StickyDouble.ToSingle(result, rounding), flush, saturate);
    }

    public double Apply(double a, double b, double c) => double.IsFinite(a) && double.IsFinite(b) && double.IsFinite(c)
        ? default(TCore).Directed(a, b, c, rounding)
        : default(Plain3<TCore>).Apply(Vector256.Create(a), Vector256.Create(b), Vector256.Create(c))[0];
}
