using System.Runtime.Intrinsics;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>As <see cref="IExact2"/>, of one.</summary>
internal interface IExact1
{
    /// <summary>On a number of f32's range: rounded to odd, see <see cref="StickyDouble"/>.</summary>
    double Sticky(double a);

    /// <summary>On any double: rounded in a direction.</summary>
    double Directed(double a, Rounding rounding);
}

/// <summary>rcp: 1 / a.</summary>
internal readonly struct FloatReciprocal : IVectorFunction1<float>, IVectorFunction1<double>, IExact1
{
    public Vector256<float> Apply(Vector256<float> a) => Vector256<float>.One / a;

    public Vector256<double> Apply(Vector256<double> a) => Vector256<double>.One / a;

    public double Sticky(double a) => StickyDouble.Divide(1, a);

    public double Directed(double a, Rounding rounding) =>
        new Directed2<FloatDivide>(rounding, false, false).Apply(1, a);
}

/// <summary>sqrt.</summary>
internal readonly struct FloatSquareRoot : IVectorFunction1<float>, IVectorFunction1<double>, IExact1
{
    public Vector256<float> Apply(Vector256<float> a) => Vector256.Sqrt(a);

    public Vector256<double> Apply(Vector256<double> a) => Vector256.Sqrt(a);

    public double Sticky(double a) => StickyDouble.Sqrt(a);

    public double Directed(double a, Rounding rounding)
    {
        double root = Math.Sqrt(a);
        if (!double.IsFinite(root) || root == 0)
            return root;
        var square = Dyadic.Of(root) * Dyadic.Of(root);
        return Dyadic.Move(root, (Dyadic.Of(a) + -square).Mantissa.Sign, rounding);
    }
}

/// <summary>A function of one float rounded in any direction.</summary>
internal readonly struct Directed1<TCore>(Rounding rounding, bool flush)
    : IFunction<float, float>, IFunction<double, double>
    where TCore : struct, IExact1
{
    public float Apply(float a) => FloatScalars.Finish(
        StickyDouble.ToSingle(default(TCore).Sticky(FloatScalars.Flush(a, flush)), rounding), flush, saturate: false);

    public double Apply(double a) => double.IsNaN(a)
        ? FloatScalars.Quiet(a)
        : FloatScalars.Canonical(default(TCore).Directed(a, rounding));
}
