using NUnit.Framework;
using ZfNet.Engine;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class ElementwiseTests(string backend) : OpTests(backend)
{
    private static IEnumerable<int> Sizes => ReLUTests.Sizes;

    [Test]
    public void By_hand()
    {
        var (a, b) = (Floats([1, -2, 3], 3), Floats([10, 20, -30], 3));
        Compare.Equal(a.Add(b), [11, 18, -27], [3], "a + b");
        Compare.Equal(a.Multiply(b), [10, -40, -90], [3], "a * b");
        Compare.Equal(a.Scale(-0.5), [-0.5, 1, -1.5], [3], "-a/2");
    }

    [Test]
    public void Every_size_matches_the_reference([ValueSource(nameof(Sizes))] int size)
    {
        Argument a = Argument.Random("a", [size], 121), b = Argument.Random("b", [size], 122);
        MatchesReference("elementwise", t => t[0].Add(t[1]), a, b);
        MatchesReference("elementwise", t => t[0].Multiply(t[1]), a, b);
        MatchesReference("elementwise", t => t[0].Scale(1.7), a);
    }

    [Test]
    public void Gradients_match_differences()
    {
        Argument a = Argument.Random("a", [2, 3], 123), b = Argument.Random("b", [2, 3], 124);
        GradientCheck.Run("elementwise", Device, t => t[0].Add(t[1]), [a, b]);
        GradientCheck.Run("elementwise", Device, t => t[0].Multiply(t[1]), [a, b]);
        GradientCheck.Run("elementwise", Device, t => t[0].Scale(-2.5), [a]);
        GradientCheck.Run("elementwise", Device, t => t[0].Multiply(t[0]), [a]);
        GradientCheck.Run("elementwise", Device, t => t[0].Add(t[0]), [a]);
    }

    [Test]
    public void NaN_and_infinity_follow_IEEE()
    {
        var (a, b) = (Floats([float.NaN, float.PositiveInfinity, float.PositiveInfinity, 0], 4), Floats([1, float.NegativeInfinity, 2, float.PositiveInfinity], 4));
        Compare.Equal(a.Add(b), [double.NaN, double.NaN, double.PositiveInfinity, double.PositiveInfinity], [4], "a + b");
        Compare.Equal(a.Multiply(b), [double.NaN, double.NegativeInfinity, double.PositiveInfinity, double.NaN], [4], "a * b");
        Compare.Equal(a.Scale(0), [double.NaN, double.NaN, double.NaN, 0], [4], "0 a");
    }

    [Test]
    public void Threads_and_runs_give_the_same_bits() => SameBits(
        t => t[0].Multiply(t[1]).Add(t[0]).Scale(0.3), Argument.Random("a", [70_001], 125), Argument.Random("b", [70_001], 126));

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        Refuses(() => Zeros(2, 3).Add(Zeros(3)), "add: b is shape [3]; expected shape [2, 3].");
        Refuses(() => Zeros(2, 3).Multiply(Zeros(3, 2)), "multiply: b is shape [3, 2]; expected shape [2, 3].");
        Refuses(() => Zeros(1).Add(Doubles([1], 1)), $"add: b is float64 [1] on {Device}; expected Float32 on {Device}, as the other arguments.");
        Refuses(() => Ints([1], 1).Scale(2), $"scale: x is int32 [1] on {Device}; expected a floating-point tensor.");
        Assert.Throws<ArgumentNullException>(() => Zeros(1).Add(null!));
    }
}
