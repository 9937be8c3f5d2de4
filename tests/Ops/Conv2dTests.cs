using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class Conv2dTests(string backend) : OpTests(backend)
{
    /// <summary>A convolution as a row of the sweep.</summary>
    public sealed record Case(
        int N, int Cin, int H, int W, int Cout, Pair Kernel, Pair Stride, Pair Padding, Pair Dilation, int Groups = 1, bool Bias = true)
    {
        internal Argument[] Arguments(int seed)
        {
            var x = Argument.Random("x", [N, Cin, H, W], seed);
            var w = Argument.Random("weight", [Cout, Cin / Groups, Kernel.H, Kernel.W], seed + 1);
            return Bias ? [x, w, Argument.Random("bias", [Cout], seed + 2)] : [x, w];
        }

        internal Tensor Run(Tensor[] t) => t[0].Conv2d(t[1], Bias ? t[2] : null, Stride, Padding, Dilation, Groups);
    }

    private static readonly Case[] Sweep =
    [
        new(1, 1, 1, 1, 1, 1, 1, 0, 1),
        new(2, 3, 5, 7, 4, 1, 1, 0, 1),
        new(1, 3, 17, 13, 5, 3, 1, 1, 1),
        new(3, 2, 9, 31, 7, 5, 1, 2, 1, Bias: false),
        new(1, 3, 33, 31, 6, 7, 2, 1, 1),
        new(2, 3, 23, 23, 8, 7, 2, 2, 1),
        new(1, 4, 15, 15, 6, 5, 2, 0, 1),
        new(2, 3, 11, 9, 4, new Pair(3, 2), new Pair(1, 3), new Pair(0, 1), 1),
        new(1, 2, 10, 11, 3, 2, 3, 0, 1),
        new(1, 2, 9, 10, 3, 3, 5, 2, 1),
        new(1, 2, 3, 2, 3, 5, 1, 2, 1),
        new(1, 2, 4, 4, 3, 3, 2, 5, 1),
        new(2, 1, 3, 3, 2, 7, 1, 6, 1),
        new(1, 2, 13, 17, 4, 3, 1, 2, 2),
        new(1, 2, 13, 12, 3, new Pair(3, 2), new Pair(2, 1), new Pair(3, 0), new Pair(3, 2)),
        new(2, 4, 8, 9, 6, 3, 1, 1, 1, Groups: 2),
        new(1, 5, 7, 7, 5, 3, 2, 1, 1, Groups: 5),
        new(1, 6, 9, 8, 4, 3, 1, 2, 2, Groups: 2, Bias: false),
        new(1, 5, 4, 4, 3, 4, 1, 0, 1),
        new(1, 33, 7, 9, 17, 3, 1, 1, 1),
        new(5, 3, 8, 8, 49, 3, 2, 1, 1),
        new(1, 3, 1, 40, 4, new Pair(1, 3), 1, new Pair(0, 1), 1),
        new(0, 3, 5, 5, 4, 3, 1, 1, 1),
        new(0, 64, 9, 8, 64, 3, 1, 1, 1),
    ];

    private static readonly Case[] Small =
    [
        new(1, 1, 3, 3, 1, 2, 1, 0, 1),
        new(2, 2, 4, 5, 3, 3, 2, 1, 1),
        new(1, 4, 4, 4, 2, 2, 1, 1, 2, Groups: 2),
        new(1, 2, 5, 4, 2, 2, 3, 0, 1, Bias: false),
        new(1, 1, 2, 2, 2, 3, 1, 2, 1),
    ];

    [Test]
    public void By_hand()
    {
        var x = Floats([1, 2, 3, 4, 5, 6, 7, 8, 9], 1, 1, 3, 3);
        var w = Floats([1, 0, -1, 2], 1, 1, 2, 2);
        var bias = Floats([10], 1);
        // Top left: 1*1 + 2*0 - 4 + 2*5 = 7, plus the bias; no filter is flipped.
        Compare.Equal(x.Conv2d(w, bias), [17, 19, 23, 25], [1, 1, 2, 2], "y");
        // Padding 1, stride 2: the first window sees one pixel, the last four.
        Compare.Equal(x.Conv2d(w, stride: 2, padding: 1), [2, 6 - 2, 14, 5 - 8 + 18], [1, 1, 2, 2], "padded y");
    }

    [Test]
    public void Gradients_by_hand()
    {
        var x = Doubles([1, 2, 3, 4, 5, 6, 7, 8, 9], 1, 1, 3, 3);
        var w = Doubles([1, 0, -1, 2], 1, 1, 2, 2);
        var bias = Doubles([0], 1);
        foreach (var tensor in new[] { x, w, bias })
            tensor.RequiresGrad = true;
        x.Conv2d(w, bias).Backward(Doubles([1, 10, 100, 1000], 1, 1, 2, 2));
        Compare.Equal(x.Grad!, [1, 10, 0, 99, 1002 - 10, 20, -100, 200 - 1000, 2000], [1, 1, 3, 3], "dx");
        Compare.Equal(w.Grad!, [1 + 20 + 400 + 5000, 2 + 30 + 500 + 6000, 4 + 50 + 700 + 8000, 5 + 60 + 800 + 9000], [1, 1, 2, 2], "dw");
        Compare.Equal(bias.Grad!, [1111], [1], "db");
    }

    [TestCaseSource(nameof(Sweep))]
    public void Matches_the_reference(Case c) => MatchesReference("conv", c.Run, c.Arguments(5));

    [TestCaseSource(nameof(Small))]
    public void Gradients_match_differences(Case c) => GradientCheck.Run("conv", Device, c.Run, c.Arguments(6));

    [TestCaseSource(nameof(Sweep))]
    public void Threads_and_runs_give_the_same_bits(Case c) =>
        SameBits(c.Run, c.Arguments(7));

    [Test]
    public void A_NaN_reaches_exactly_its_windows()
    {
        var x = new float[25];
        x[12] = float.NaN;
        var y = Floats(x, 1, 1, 5, 5).Conv2d(Floats([1, 1, 1, 1], 1, 1, 2, 2)).ToArray<float>();
        Assert.That(Enumerable.Range(0, 16).Where(i => float.IsNaN(y[i])), Is.EqualTo(new[] { 5, 6, 9, 10 }));
    }

    [Test]
    public void What_lies_in_the_padding_meets_infinite_weights_as_docs_numerics_says()
    {
        float[] weights = [float.PositiveInfinity, 1, 1, 1, 1, 1, 1, 1, 1];
        var y = Floats([1, 1, 1, 1, 1, 1, 1, 1, 1], 1, 1, 3, 3).Conv2d(Floats(weights, 1, 1, 3, 3), padding: 1);
        // The first tap lies in the padding for the first row and column of windows.
        const double Inf = double.PositiveInfinity, NaN = double.NaN;
        double[] skipped = [4, 6, 4, 6, Inf, Inf, 4, Inf, Inf], multiplied = [NaN, NaN, NaN, NaN, Inf, Inf, NaN, Inf, Inf];
        Compare.Equal(y, Device.Backend.Name == "reference" ? skipped : multiplied, [1, 1, 3, 3], "y");
    }

    [Test]
    public void A_rectified_convolution_is_the_two_ops_bit_for_bit(
        [Values] ReLURule rule, [Values] bool bias, [Values(3, 16)] int maps, [ValueSource(nameof(Floats32And64))] DType dtype)
    {
        Argument[] arguments =
        [
            Argument.Random("x", [2, 3, 9, 10], 1), Argument.Random("w", [maps, 3, 3, 3], 2), Argument.Random("b", [maps], 3),
        ];
        Tensor Run(Tensor[] t, ReLURule? relu) => t[0].Conv2d(t[1], bias ? t[2] : null, padding: 1, relu: relu);
        var (y, gradients) = Pass(t => Run(t, rule), arguments, dtype, Device);
        var (expected, others) = Pass(t => Run(t, null).ReLU(rule), arguments, dtype, Device);
        Assert.That(Compare.Doubles(y), Has.Some.Zero.And.Some.Positive);
        Compare.Equal(y, expected, "y");
        Compare.Equal(gradients[0], others[0], "dx");
        Compare.Equal(gradients[1], others[1], "dw");
        if (bias)
            Compare.Equal(gradients[2], others[2], "db");
    }

    [Test]
    public void A_rectified_convolution_lets_NaN_through()
    {
        var y = Floats([1, float.NaN, 3, -4], 1, 1, 2, 2).Conv2d(Floats([2], 1, 1, 1, 1), relu: ReLURule.Gradient);
        Compare.Equal(y, [2, double.NaN, 6, 0], [1, 1, 2, 2], "y");
    }

    private static DType[] Floats32And64 => [DType.Float32, DType.Float64];

    [Test]
    public void Views_are_made_contiguous()
    {
        var x = Argument.Random("x", [2, 3, 5, 6], 8);
        var w = Argument.Random("w", [4, 3, 3, 3], 9);
        using var plain = x.Make(DType.Float32, Device, requiresGrad: false).Conv2d(w.Make(DType.Float32, Device, requiresGrad: false));
        var turned = x.Make(DType.Float32, Device, requiresGrad: false).Permute(0, 1, 3, 2).Contiguous().Permute(0, 1, 3, 2);
        Assert.That(turned.IsContiguous, Is.False);
        Compare.Equal(turned.Conv2d(w.Make(DType.Float32, Device, requiresGrad: false)), plain, "y");
    }

    [Test]
    public void Only_what_is_wanted_is_computed()
    {
        var x = Zeros(1, 1, 3, 3);
        var w = Zeros(1, 1, 2, 2);
        w.RequiresGrad = true;
        x.Conv2d(w).Sum().Backward();
        Assert.That(x.Grad, Is.Null);
        Assert.That(w.Grad, Is.Not.Null);
    }

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        var x = Zeros(1, 4, 8, 8);
        var w = Zeros(6, 4, 3, 3);
        Refuses(() => Zeros(4, 8, 8).Conv2d(w), "conv2d: x is shape [4, 8, 8]; expected 4 axes [N, Cin, H, W].");
        Refuses(() => x.Conv2d(Zeros(6, 4, 3)), "conv2d: weight is shape [6, 4, 3]; expected 4 axes [Cout, Cin/groups, KH, KW].");
        Refuses(() => x.Conv2d(Zeros(6, 3, 3, 3)), "conv2d: weight is [6, 3, 3, 3]; expected [Cout, 4/1, KH, KW] for x [1, 4, 8, 8].");
        Refuses(() => x.Conv2d(w, groups: 2), "conv2d: weight is [6, 4, 3, 3]; expected [Cout, 4/2, KH, KW] for x [1, 4, 8, 8].");
        Refuses(() => x.Conv2d(Zeros(5, 2, 3, 3), groups: 2), "conv2d: weight is [5, 2, 3, 3]; expected Cout divisible by 2 groups.");
        Refuses(() => x.Conv2d(w, groups: 0), "conv2d: groups is 0; expected at least 1.");
        Refuses(() => x.Conv2d(w, stride: new Pair(1, 0)), "conv2d: stride is 1x0; expected at least 1.");
        Refuses(() => x.Conv2d(w, padding: -1), "conv2d: padding is -1x-1; expected at least 0.");
        Refuses(() => x.Conv2d(w, dilation: 0), "conv2d: dilation is 0x0; expected at least 1.");
        Refuses(() => x.Conv2d(w, Zeros(5)), "conv2d: bias is shape [5]; expected shape [6].");
        Refuses(() => x.Conv2d(Zeros(6, 4, 0, 3)), "conv2d: weight is [6, 4, 0, 3]; expected filters of at least 1x1.");
        Refuses(() => Zeros(1, 0, 8, 8).Conv2d(Zeros(6, 0, 3, 3)), "conv2d: x is shape [1, 0, 8, 8]; expected at least one channel.");
        Refuses(
            () => x.Conv2d(w, dilation: 4), "conv2d: x is shape [1, 4, 8, 8]; expected large enough for a 3x3 window, padding 0x0, dilation 4x4.");
        var wide = Tensor.Zeros([6, 4, 3, 3], DType.Float64, Device);
        Refuses(
            () => x.Conv2d(wide), $"conv2d: weight is float64 [6, 4, 3, 3] on {Device}; expected Float32 on {Device}, as the other arguments.");
        Refuses(() => Ints(new int[4], 1, 1, 2, 2).Conv2d(w), $"conv2d: x is int32 [1, 1, 2, 2] on {Device}; expected a floating-point tensor.");
        using var elsewhere = new Device(new ReferenceBackend());
        Assert.Throws<ShapeException>(() => x.Conv2d(Tensor.Zeros([6, 4, 3, 3], DType.Float32, elsewhere)));
        w.Dispose();
        Assert.Throws<ObjectDisposedException>(() => x.Conv2d(w));
    }
}
