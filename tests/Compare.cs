using System.Globalization;
using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests;

/// <summary>What a comparison found.</summary>
/// <param name="Count">Elements compared.</param>
/// <param name="Failures">Elements outside the tolerance.</param>
/// <param name="NaNs">Elements that are NaN on either side.</param>
/// <param name="Worst">Flat index of the element that passes its tolerance most, or comes closest; -1 when there is none.</param>
/// <param name="Actual">Its value.</param>
/// <param name="Expected">What it should be.</param>
/// <param name="Message">All of that in one sentence.</param>
internal sealed record Agreement(int Count, int Failures, int NaNs, int Worst, double Actual, double Expected, string Message)
{
    public bool Passed => Failures == 0;
}

/// <summary>The one comparer.</summary>
internal static class Compare
{
    /// <summary>Fails unless both tensors have one shape and every element agrees.</summary>
    public static void Close(Tensor? actual, Tensor? expected, Tolerance tolerance, string what)
    {
        Assert.That(actual, Is.Not.Null, $"{what} is missing");
        Close(actual!, Doubles(expected!), expected!.Shape, tolerance, what);
    }

    /// <summary>Fails unless the tensor has the shape and every element agrees.</summary>
    public static void Close(Tensor actual, double[] expected, Shape shape, Tolerance tolerance, string what)
    {
        Assert.That(actual.Shape, Is.EqualTo(shape), $"{what}: shape");
        var comparison = Measure(Doubles(actual), expected, shape, tolerance, what);
        if (!comparison.Passed)
            Assert.Fail(comparison.Message);
    }

    /// <summary>Fails unless shapes, element types and every bit are equal (but for a NaN's payload).</summary>
    public static void Equal(Tensor? actual, Tensor? expected, string what)
    {
        Assert.That(actual, Is.Not.Null, $"{what} is missing");
        Assert.That(actual!.DType, Is.EqualTo(expected!.DType), $"{what}: element type");
        Equal(actual, Doubles(expected), expected.Shape, what);
    }

    /// <summary>Fails unless the tensor has the shape and exactly these elements; NaN equals NaN, 0 does not equal -0.</summary>
    public static void Equal(Tensor actual, double[] expected, Shape shape, string what)
    {
        Assert.That(actual.Shape, Is.EqualTo(shape), $"{what}: shape");
        var values = Doubles(actual);
        for (var i = 0; i < values.Length; i++)
            if (!values[i].Equals(expected[i]) || double.IsNegative(values[i]) != double.IsNegative(expected[i]) && !double.IsNaN(values[i]))
                Assert.Fail($"{what}: element {Coordinate(i, shape)} is {Text(values[i])}; expected exactly {Text(expected[i])}.");
    }

    /// <summary>Compares without failing.</summary>
    public static Agreement Measure(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected, Shape shape, Tolerance tolerance, string what)
    {
        if (actual.Length != expected.Length || actual.Length != shape.Count)
            throw new ArgumentException($"{what}: {actual.Length} elements and {expected.Length} expected ones for shape {shape}.");
        int failures = 0, nans = 0, worst = -1;
        var worstExcess = double.NegativeInfinity;
        for (var i = 0; i < actual.Length; i++)
        {
            var difference = actual[i] == expected[i] ? 0 : Math.Abs(actual[i] - expected[i]);
            var allowed = tolerance.At(expected[i]);
            if (double.IsNaN(actual[i]) || double.IsNaN(expected[i]))
                nans++;
            // Said so that NaN fails; a finite value is no match for an infinite one, whose tolerance is infinite.
            if (!(difference <= allowed) || double.IsInfinity(difference))
                failures++;
            var excess = !double.IsFinite(difference) ? double.PositiveInfinity : difference - (double.IsFinite(allowed) ? allowed : 0);
            if (worst < 0 || excess > worstExcess)
                (worst, worstExcess) = (i, excess);
        }
        if (worst < 0)
            return new Agreement(0, 0, 0, -1, double.NaN, double.NaN, $"{what}: nothing to compare.");
        var message = $"{what}: {failures} of {actual.Length} elements differ, {nans} NaN; worst {Coordinate(worst, shape)}: "
            + $"{Text(actual[worst])}, expected {Text(expected[worst])}, difference {Text(Math.Abs(actual[worst] - expected[worst]))}, "
            + $"allowed {Text(tolerance.At(expected[worst]))} ({tolerance}).";
        return new Agreement(actual.Length, failures, nans, worst, actual[worst], expected[worst], message);
    }

    /// <summary>The elements of any tensor as doubles; exact for float32 and int32.</summary>
    public static double[] Doubles(Tensor tensor) => tensor.DType switch
    {
        DType.Float64 => tensor.ToArray<double>(),
        DType.Float32 => Array.ConvertAll(tensor.ToArray<float>(), value => (double)value),
        _ => Array.ConvertAll(tensor.ToArray<int>(), value => (double)value),
    };

    private static string Coordinate(long index, Shape shape)
    {
        var axes = new long[shape.Rank];
        for (var axis = axes.Length - 1; axis >= 0; axis--)
            (index, axes[axis]) = Math.DivRem(index, shape[axis]);
        return $"[{string.Join(", ", axes)}]";
    }

    private static string Text(double value) => value.ToString("G9", CultureInfo.InvariantCulture);
}
