using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class AvgUnpool2dTests(string backend) : OpTests(backend)
{
    private static IEnumerable<MaxPool2dTests.Case> Poolings => MaxPool2dTests.Sweep;

    [Test]
    public void By_hand()
    {
        var x = Floats([1, 2, 3, 4], 1, 1, 2, 2);
        Compare.Equal(x.AvgUnpool2d(4, 2), [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4], [1, 1, 4, 4], "y");
        Compare.Equal(x.AvgUnpool2d(3, 2, 1), [1, 2, 2, 3, 4, 4, 3, 4, 4], [1, 1, 3, 3], "the last window wins");
        Compare.Equal(x.AvgUnpool2d(3, 2, 1, mode: UnpoolMode.Accumulate), [1, 3, 2, 4, 10, 6, 3, 7, 4], [1, 1, 3, 3], "windows add");
        Compare.Equal(x.AvgUnpool2d(4, 1, 3), [1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 4], [1, 1, 4, 4], "what no window covers is 0");
    }

    [Test]
    public void Matches_the_reference([ValueSource(nameof(Poolings))] MaxPool2dTests.Case c, [Values] UnpoolMode mode) =>
        MatchesReference("pool", t => t[0].AvgUnpool2d(new Pair(c.H, c.W), c.Kernel, c.Stride, c.Padding, c.CeilMode, mode), Pooled(c));

    [Test]
    public void Gradients_match_differences([Values] UnpoolMode mode)
    {
        foreach (var c in new MaxPool2dTests.Case[] { new(1, 2, 4, 4, 2, 2, 0), new(1, 1, 5, 6, 3, 2, 1, CeilMode: true), new(1, 1, 5, 5, 2, 3, 0), new(1, 1, 4, 4, 3, 2, 0, CeilMode: true) })
            GradientCheck.Run("pool", Device, t => t[0].AvgUnpool2d(new Pair(c.H, c.W), c.Kernel, c.Stride, c.Padding, c.CeilMode, mode), [Pooled(c)]);
    }

    [Test]
    public void The_gradient_goes_to_the_last_window()
    {
        var x = Doubles([1, 2, 3, 4], 1, 1, 2, 2);
        x.RequiresGrad = true;
        x.AvgUnpool2d(3, 2, 1).Backward(Doubles([1, 2, 4, 8, 16, 32, 64, 128, 256], 1, 1, 3, 3));
        Compare.Equal(x.Grad!, [1, 6, 8 + 64, 16 + 32 + 128 + 256], [1, 1, 2, 2], "dx");
    }

    [Test]
    public void Threads_and_runs_give_the_same_bits([Values] UnpoolMode mode) =>
        SameBits(t => t[0].AvgUnpool2d(new Pair(17, 31), 3, 2, 1, mode: mode), Argument.Random("x", [2, 3, 9, 16], 46));

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        var x = Zeros(1, 1, 2, 2);
        Refuses(() => Zeros(2, 2).AvgUnpool2d(4, 2), "avg_unpool2d: x is shape [2, 2]; expected 4 axes [N, C, OH, OW].");
        Refuses(() => x.AvgUnpool2d(6, 2), "avg_unpool2d: x is shape [1, 1, 2, 2]; expected shape [1, 1, 3, 3].");
        Refuses(() => x.AvgUnpool2d(0, 2), "avg_unpool2d: output_size is 0x0; expected at least 1.");
        Refuses(() => x.AvgUnpool2d(4, 2, 0), "avg_unpool2d: stride is 0x0; expected at least 1.");
        Refuses(() => x.AvgUnpool2d(4, 2, 2, 2), "avg_unpool2d: padding is 2x2; expected at most half of the window 2x2.");
    }

    private static Argument Pooled(MaxPool2dTests.Case c)
    {
        var g = new Pool2dGeometry((long)c.N * c.C, c.H, c.W, c.Kernel, c.Stride, c.Padding, c.CeilMode);
        return Argument.Random("x", [c.N, c.C, g.OH, g.OW], 47);
    }
}
