using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests;

[TestFixture]
public sealed class CompareTests
{
    private static readonly Tolerance OnePercent = new(0.01, 0.001);

    [Test]
    public void Values_within_the_tolerance_pass()
    {
        var result = Measure([100.9, -0.0009, 5], [100, 0, 5]);
        Assert.That(result.Passed, result.Message);
        Assert.That(result.Count, Is.EqualTo(3));
    }

    [Test]
    public void The_worst_coordinate_is_named_with_both_values_and_the_tolerance()
    {
        var result = Measure([1, 2, 3.5, 4, 5, 6.1], [1, 2, 3, 4, 5, 6], [2, 3]);
        Assert.That(result, Has.Property("Failures").EqualTo(2).And.Property("Worst").EqualTo(2));
        Assert.That(result.Message, Does.Contain("worst [0, 2]: 3.5, expected 3, difference 0.5, allowed 0.031"));
        Assert.That(result.Message, Does.Contain("2 of 6 elements").And.Contain("0.01 relative + 0.001 absolute"));
    }

    [TestCase(double.NaN, 1)]
    [TestCase(1, double.NaN)]
    [TestCase(double.NaN, double.NaN)]
    [TestCase(double.PositiveInfinity, 1)]
    [TestCase(1, double.PositiveInfinity)]
    [TestCase(double.PositiveInfinity, double.NegativeInfinity)]
    public void What_is_no_number_fails(double actual, double expected)
    {
        var result = Measure([1, actual, 9], [1, expected, 1]);
        Assert.That(result.Passed, Is.False);
        Assert.That(result.NaNs, Is.EqualTo(double.IsNaN(actual) || double.IsNaN(expected) ? 1 : 0));
        Assert.That(result.Worst, Is.EqualTo(1), "a NaN or infinity is worse than any number");
    }

    [Test]
    public void Equal_infinities_pass() => Assert.That(Measure([double.NegativeInfinity], [double.NegativeInfinity], [1]).Passed);

    [Test]
    public void Lengths_must_match() => Assert.Throws<ArgumentException>(() => Measure([1, 2], [1, 2, 3]));

    [Test]
    public void Tensors_of_other_shapes_fail()
    {
        using var scope = new TensorScope();
        var tensor = Tensor.Zeros([2, 3], DType.Float64);
        Fails(() => Compare.Close(tensor, new double[6], [3, 2], OnePercent, "x"));
        Fails(() => Compare.Close(null, tensor, OnePercent, "x"));
    }

    [Test]
    public void Exact_equality_sees_a_bit_and_a_zeros_sign()
    {
        using var scope = new TensorScope();
        var tensor = Tensor.From(new[] { 1, 0, double.NaN }, [3]);
        Assert.That(() => Compare.Equal(tensor, [1, 0, double.NaN], [3], "x"), Throws.Nothing);
        Fails(() => Compare.Equal(tensor, [Math.BitIncrement(1.0), 0, double.NaN], [3], "x"));
        Fails(() => Compare.Equal(tensor, [1, -0.0, double.NaN], [3], "x"));
        Fails(() => Compare.Equal(tensor, [1, 0, 0], [3], "x"));
        Fails(() => Compare.Equal(tensor, Tensor.From(new[] { 1, 0, float.NaN }, [3]), "x"));
    }

    private static Agreement Measure(double[] actual, double[] expected, Shape? shape = null) =>
        Compare.Measure(actual, expected, shape ?? [expected.Length], OnePercent, "x");

    private static void Fails(Action check) => Assert.That(FailureOf(check), Is.Not.Null);

    /// <summary>The message of a failed assertion, without failing the test that asks; null when it passed.</summary>
    internal static string? FailureOf(Action check)
    {
        using var isolated = new NUnit.Framework.Internal.TestExecutionContext.IsolatedContext();
        try
        {
            check();
            return null;
        }
        catch (AssertionException failure)
        {
            return failure.Message;
        }
    }
}
