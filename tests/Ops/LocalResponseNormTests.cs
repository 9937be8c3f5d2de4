using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class LocalResponseNormTests(string backend) : OpTests(backend)
{
    private readonly string backend = backend;

    /// <summary>A normalisation as a row of the sweep.</summary>
    public sealed record Case(int N, int C, int H, int W, int Size, double Alpha, double Beta, double K, bool Across)
    {
        internal Argument X(int seed) => Argument.Random("x", [N, C, H, W], seed, -3, 3);

        internal Tensor Run(Tensor[] t) => t[0].LocalResponseNorm(Size, Alpha, Beta, K, Across);
    }

    private static readonly Case[] Sweep =
    [
        new(1, 1, 1, 1, 1, 0.1, 0.75, 1, true),
        new(2, 7, 3, 5, 5, 5e-4, 0.75, 2, true),
        new(1, 9, 5, 31, 5, 0.3, 0.75, 2, true),
        new(2, 3, 4, 4, 5, 0.3, 0.75, 1, true),
        new(1, 6, 3, 33, 4, 0.2, 0.5, 1, true),
        new(1, 4, 2, 3, 11, 0.2, 1, 1, true),
        new(1, 33, 2, 17, 3, 1, 0.6, 2, true),
        new(1, 2, 5, 7, 3, 0.3, 0.75, 1, false),
        new(2, 1, 6, 33, 5, 0.4, 0.75, 2, false),
        new(1, 2, 4, 5, 2, 0.4, 0.5, 1, false),
        new(1, 1, 2, 3, 9, 0.4, 1.2, 1, false),
        new(0, 3, 2, 2, 5, 0.4, 0.75, 1, true),
    ];

    [Test]
    public void By_hand_across_channels()
    {
        // size 3: one map before, one after; the divisor is size even at the border.
        var y = Floats([1, 2, 3], 1, 3, 1, 1).LocalResponseNorm(3, alpha: 3, beta: 1, k: 1);
        Compare.Close(y, [1.0 / 6, 2.0 / 15, 3.0 / 14], [1, 3, 1, 1], Tolerances.For("any", DType.Float32, "hand"), "y");
        // size 2: one map before, none after.
        y = Floats([1, 2, 3], 1, 3, 1, 1).LocalResponseNorm(2, alpha: 2, beta: 1, k: 1);
        Compare.Close(y, [1.0 / 2, 2.0 / 6, 3.0 / 14], [1, 3, 1, 1], Tolerances.For("any", DType.Float32, "hand"), "even y");
    }

    [Test]
    public void By_hand_within_a_channel()
    {
        var y = Floats([1, 2, 3, 4], 1, 1, 2, 2).LocalResponseNorm(2, alpha: 4, beta: 1, k: 1, acrossChannels: false);
        Compare.Close(y, [1.0 / 2, 2.0 / 6, 3.0 / 11, 4.0 / 31], [1, 1, 2, 2], Tolerances.For("any", DType.Float32, "hand"), "y");
    }

    [Test]
    public void Krizhevskys_alpha_times_size_is_this_alpha()
    {
        // His formula: x / (k + alpha * sum)^beta with alpha 1e-4, n 5, k 2.
        var x = Values.Random(90, 5, 0, 100);
        var y = new Argument("x", [1, 5, 1, 1], x).Make(DType.Float64, Device, requiresGrad: false).LocalResponseNorm(5, 5e-4, 0.75, 2);
        var expected = x[2] / Math.Pow(2 + 1e-4 * x.Sum(value => value * value), 0.75);
        Assert.That(y.ToArray<double>()[2], Is.EqualTo(expected).Within(Tolerances.For("any", DType.Float64, "hand").At(expected)));
    }

    [TestCaseSource(nameof(Sweep))]
    public void Matches_the_reference(Case c) => MatchesReference("lrn", c.Run, c.X(91));

    [TestCaseSource(nameof(Sweep))]
    public void Threads_and_runs_give_the_same_bits(Case c) =>
        SameBits(c.Run, c.X(92));

    [Test]
    public void Gradients_match_differences([Values] bool across, [Values(2, 3, 5)] int size) =>
        GradientCheck.Run(
            "lrn", Device, t => t[0].LocalResponseNorm(size, 0.5, 0.75, 1, across),
            [Argument.Random("x", [2, 4, 3, 2], 93, -2, 2)]);

    [Test]
    public void The_way_back_is_an_op_too()
    {
        var x = Argument.Random("x", [2, 7, 3, 5], 94).Make(DType.Float32, Device);
        var dy = Argument.Random("dy", [2, 7, 3, 5], 95).Make(DType.Float32, Device, requiresGrad: false);
        x.LocalResponseNorm(5, 0.1).Backward(dy);
        Compare.Equal(dy.LocalResponseNormBackward(x.Detach(), 5, 0.1), x.Grad, "dx");
    }

    [Test]
    public void A_NaN_reaches_exactly_its_window()
    {
        var y = Floats([1, 1, float.NaN, 1, 1, 1], 1, 6, 1, 1).LocalResponseNorm(3).ToArray<float>();
        Assert.That(Enumerable.Range(0, 6).Where(i => float.IsNaN(y[i])), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        Refuses(() => Zeros(4).LocalResponseNorm(), "local_response_norm: x is shape [4]; expected 4 axes [N, C, H, W].");
        Refuses(() => Zeros(1, 4, 2, 2).LocalResponseNorm(0), "local_response_norm: size is 0; expected at least 1.");
        Refuses(() => Zeros(1, 4, 2, 2).LocalResponseNormBackward(Zeros(1, 4, 2, 3)), "local_response_norm_backward: gradient is shape [1, 4, 2, 2]; expected shape [1, 4, 2, 3].");
    }
}
