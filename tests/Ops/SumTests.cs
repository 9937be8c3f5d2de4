using NUnit.Framework;
using ZfNet.Engine;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class SumTests(string backend) : OpTests(backend)
{
    private static IEnumerable<int> Sizes => ReLUTests.Sizes;

    [Test]
    public void By_hand()
    {
        var x = Floats([1, 2, 3, 4.5f], 2, 2);
        Compare.Equal(x.Sum(), [10.5], [], "sum");
        Compare.Equal(x.Mean(), [2.625], [], "mean");
        Assert.That(Zeros(0).Sum().Item(), Is.Zero);
        Assert.That(Zeros(0).Mean().Item(), Is.NaN);
    }

    [Test]
    public void Every_size_matches_the_reference([ValueSource(nameof(Sizes))] int size)
    {
        MatchesReference("sum", t => t[0].Sum(), Argument.Random("x", [size], 131));
        if (size > 0)
            MatchesReference("sum", t => t[0].Mean(), Argument.Random("x", [size], 132));
    }

    [Test]
    public void Float32_is_carried_in_float64()
    {
        // 2^24 + 1 has no float32, and 1 would be lost 200 times over.
        var x = Enumerable.Repeat(1f, 201).Prepend(16_777_216f).Append(-16_777_216f).ToArray();
        Assert.That(Floats(x, x.Length).Sum().Item(), Is.EqualTo(201));
    }

    [Test]
    public void Gradients_match_differences()
    {
        GradientCheck.Run("sum", Device, t => t[0].Sum(), [Argument.Random("x", [2, 3], 133)]);
        GradientCheck.Run("sum", Device, t => t[0].Mean(), [Argument.Random("x", [2, 3], 134)]);
    }

    [Test]
    public void NaN_comes_through() => Assert.That(Floats([1, float.NaN, 2], 3).Sum().Item(), Is.NaN);

    [Test]
    public void Channel_sums_match_the_reference()
    {
        foreach (var (outer, channels, inner) in new[] { (1, 1, 1), (3, 7, 1), (2, 5, 257), (1, 33, 31), (65, 3, 2), (0, 3, 4) })
            MatchesReference(
                "conv", t => t[0].Conv2d(Tensor.Zeros([channels, 1, 1, 1], t[0].DType, t[0].Device), t[1]),
                Argument.Random("x", [outer, 1, 1, inner], 135), Argument.Random("bias", [channels], 136));
    }

    [Test]
    public void Threads_and_runs_give_the_same_bits() => SameBits(t => t[0].Sum(), Argument.Random("x", [400_003], 137));

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence() =>
        Refuses(() => Ints([1], 1).Sum(), $"sum: x is int32 [1] on {Device}; expected a floating-point tensor.");
}
