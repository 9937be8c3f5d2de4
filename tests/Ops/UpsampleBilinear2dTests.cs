using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class UpsampleBilinear2dTests(string backend) : OpTests(backend)
{
    /// <summary>A resizing as a row of the sweep.</summary>
    public sealed record Case(int N, int C, int H, int W, Pair Size);

    private static readonly Case[] Sweep =
    [
        new(1, 1, 1, 1, 1), new(1, 1, 1, 1, 5), new(2, 3, 4, 5, new Pair(4, 5)), new(1, 2, 3, 4, new Pair(6, 8)),
        new(1, 2, 7, 5, new Pair(13, 31)), new(2, 1, 9, 8, new Pair(4, 3)), new(1, 1, 33, 31, new Pair(1, 1)),
        new(1, 3, 1, 6, new Pair(4, 17)), new(3, 1, 5, 1, new Pair(2, 3)), new(0, 1, 2, 2, 4),
    ];

    [Test]
    public void By_hand()
    {
        var x = Floats([0, 4, 8, 12], 1, 1, 2, 2);
        Compare.Equal(
            x.UpsampleBilinear2d(4), [0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12], [1, 1, 4, 4], "edges matched");
        Compare.Equal(x.UpsampleBilinear2d(3, alignCorners: true), [0, 2, 4, 4, 6, 8, 8, 10, 12], [1, 1, 3, 3], "corners matched");
        Compare.Equal(x.UpsampleBilinear2d(1), [6], [1, 1, 1, 1], "down to the mean");
        Compare.Equal(x.UpsampleBilinear2d(1, alignCorners: true), [0], [1, 1, 1, 1], "down to the corner");
    }

    [Test]
    public void Matches_the_reference([ValueSource(nameof(Sweep))] Case c, [Values] bool alignCorners) =>
        MatchesReference("upsample", t => t[0].UpsampleBilinear2d(c.Size, alignCorners), Argument.Random("x", [c.N, c.C, c.H, c.W], 51));

    [Test]
    public void Gradients_match_differences([Values] bool alignCorners)
    {
        foreach (var size in new Pair[] { new(5, 7), new(2, 3), new(3, 4) })
            GradientCheck.Run("upsample", Device, t => t[0].UpsampleBilinear2d(size, alignCorners), [Argument.Random("x", [2, 1, 3, 4], 52)],
                skipped: 0);
    }

    [Test]
    public void A_constant_stays_what_it_is([Values] bool alignCorners)
    {
        var y = Tensor.Full([1, 1, 3, 5], 2.5, DType.Float32, Device).UpsampleBilinear2d(new Pair(17, 4), alignCorners);
        Compare.Close(y, Enumerable.Repeat(2.5, 17 * 4).ToArray(), [1, 1, 17, 4], Tolerances.For("upsample", DType.Float32, "reference"), "y");
    }

    [Test]
    public void The_same_size_is_the_identity()
    {
        var x = Argument.Random("x", [2, 2, 5, 7], 53).Make(DType.Float32, Device, requiresGrad: false);
        Compare.Equal(x.UpsampleBilinear2d(new Pair(5, 7)), x, "y");
    }

    [Test]
    public void Threads_and_runs_give_the_same_bits() => SameBits(t => t[0].UpsampleBilinear2d(new Pair(17, 31)), Argument.Random("x", [2, 3, 9, 16], 54));

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        Refuses(() => Zeros(4, 4).UpsampleBilinear2d(2), "upsample_bilinear2d: x is shape [4, 4]; expected 4 axes [N, C, H, W].");
        Refuses(() => Zeros(1, 1, 4, 4).UpsampleBilinear2d(new Pair(2, 0)), "upsample_bilinear2d: output_size is 2x0; expected at least 1.");
        Refuses(() => Zeros(1, 1, 0, 4).UpsampleBilinear2d(2), "upsample_bilinear2d: x is shape [1, 1, 0, 4]; expected a plane with elements.");
    }
}
