using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class AvgPool2dTests(string backend) : OpTests(backend)
{
    private static IEnumerable<MaxPool2dTests.Case> Poolings => MaxPool2dTests.Sweep;

    [Test]
    public void By_hand()
    {
        var x = Floats([1, 2, 3, 4, 5, 6, 7, 8, 9], 1, 1, 3, 3);
        Compare.Equal(x.AvgPool2d(2, 1), [3, 4, 6, 7], [1, 1, 2, 2], "y");
        // Padding counts as zeros, or not at all.
        Compare.Equal(x.AvgPool2d(2, 2, 1), [0.25, 1.25, 2.75, 7], [1, 1, 2, 2], "padded y");
        Compare.Equal(x.AvgPool2d(2, 2, 1, countIncludePad: false), [1, 2.5, 5.5, 7], [1, 1, 2, 2], "y without padding");
        // What hangs over the padding in ceil mode never counts.
        Compare.Equal(x.AvgPool2d(2, 2, ceilMode: true), [3, 4.5, 7.5, 9], [1, 1, 2, 2], "ceil y");
    }

    [Test]
    public void Matches_the_reference([ValueSource(nameof(Poolings))] MaxPool2dTests.Case c, [Values] bool countIncludePad) =>
        MatchesReference("pool", t => t[0].AvgPool2d(c.Kernel, c.Stride, c.Padding, c.CeilMode, countIncludePad), Argument.Random("x", [c.N, c.C, c.H, c.W], 41));

    [Test]
    public void Gradients_match_differences([Values] bool countIncludePad, [Values] bool ceilMode)
    {
        GradientCheck.Run("pool", Device, t => t[0].AvgPool2d(2, 2, 1, ceilMode, countIncludePad), [Argument.Random("x", [1, 2, 4, 5], 42)]);
        GradientCheck.Run("pool", Device, t => t[0].AvgPool2d(3, 2, 1, ceilMode, countIncludePad), [Argument.Random("x", [2, 1, 6, 5], 43)]);
    }

    [Test]
    public void The_way_back_is_an_op_too([ValueSource(nameof(Poolings))] MaxPool2dTests.Case c)
    {
        var x = Argument.Random("x", [c.N, c.C, c.H, c.W], 44).Make(DType.Float32, Device);
        var y = x.AvgPool2d(c.Kernel, c.Stride, c.Padding, c.CeilMode);
        var dy = Argument.Random("dy", y.Shape, 45).Make(DType.Float32, Device, requiresGrad: false);
        y.Backward(dy);
        Compare.Equal(dy.AvgPool2dBackward(new Pair(c.H, c.W), c.Kernel, c.Stride, c.Padding, c.CeilMode), x.Grad, "dx");
    }

    [Test]
    public void NaN_reaches_exactly_its_windows()
    {
        var y = Floats([1, 1, 1, float.NaN], 1, 1, 1, 4).AvgPool2d(new Pair(1, 2), 1);
        Compare.Equal(y, [1, 1, double.NaN], [1, 1, 1, 3], "y");
    }

    [Test]
    public void Threads_and_runs_give_the_same_bits() => SameBits(t => t[0].AvgPool2d(3, 2, 1), Argument.Random("x", [2, 3, 17, 31], 46));

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        var x = Zeros(1, 2, 4, 4);
        Refuses(() => Zeros(4).AvgPool2d(2), "avg_pool2d: x is shape [4]; expected 4 axes [N, C, H, W].");
        Refuses(() => x.AvgPool2d(-1), "avg_pool2d: kernel is -1x-1; expected at least 1.");
        Refuses(() => x.AvgPool2d(2, 2, 2), "avg_pool2d: padding is 2x2; expected at most half of the window 2x2.");
        Refuses(() => x.AvgPool2d(6), "avg_pool2d: x is shape [1, 2, 4, 4]; expected large enough for a 6x6 window with padding 0x0.");
    }
}
