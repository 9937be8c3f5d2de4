using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class ConvTranspose2dTests(string backend) : OpTests(backend)
{
    /// <summary>A transposed convolution as a row of the sweep.</summary>
    public sealed record Case(
        int N, int Cin, int H, int W, int Cout, Pair Kernel, Pair Stride, Pair Padding, Pair OutputPadding, Pair Dilation, int Groups = 1, bool Bias = true)
    {
        internal Argument[] Arguments(int seed)
        {
            var x = Argument.Random("x", [N, Cin, H, W], seed);
            var w = Argument.Random("weight", [Cin, Cout / Groups, Kernel.H, Kernel.W], seed + 1);
            return Bias ? [x, w, Argument.Random("bias", [Cout], seed + 2)] : [x, w];
        }

        internal Tensor Run(Tensor[] t) => t[0].ConvTranspose2d(t[1], Bias ? t[2] : null, Stride, Padding, OutputPadding, Dilation, Groups);
    }

    private static readonly Case[] Sweep =
    [
        new(1, 1, 1, 1, 1, 1, 1, 0, 0, 1),
        new(2, 3, 4, 5, 2, 3, 1, 1, 0, 1),
        new(1, 4, 7, 5, 3, 5, 2, 0, 0, 1),
        new(1, 4, 9, 9, 3, 7, 2, 1, 1, 1),
        new(2, 2, 3, 4, 3, new Pair(2, 3), new Pair(3, 1), new Pair(0, 2), new Pair(2, 0), 1),
        new(1, 2, 3, 3, 2, 2, 4, 0, 3, 1, Bias: false),
        new(1, 2, 4, 4, 3, 3, 1, 1, 1, 2),
        new(1, 2, 4, 3, 3, 2, 1, 0, 2, 3),
        new(1, 2, 4, 5, 2, new Pair(3, 2), new Pair(2, 1), new Pair(1, 0), new Pair(2, 1), new Pair(3, 2)),
        new(2, 4, 5, 4, 6, 3, 2, 1, 1, 1, Groups: 2),
        new(1, 5, 3, 3, 5, 3, 1, 0, 0, 1, Groups: 5),
        new(1, 2, 5, 5, 2, 3, 1, 3, 0, 1),
        new(1, 33, 5, 5, 17, 3, 1, 1, 0, 1),
        new(3, 17, 6, 7, 3, 7, 2, 2, 1, 1),
        new(0, 2, 3, 3, 2, 3, 1, 0, 0, 1),
    ];

    private static readonly Case[] Small =
    [
        new(1, 1, 2, 2, 1, 2, 1, 0, 0, 1),
        new(2, 2, 2, 3, 2, 3, 2, 1, 1, 1),
        new(1, 4, 2, 2, 2, 2, 1, 0, 1, 2, Groups: 2),
        new(1, 1, 2, 2, 2, 2, 3, 0, 2, 1, Bias: false),
    ];

    [Test]
    public void By_hand()
    {
        var x = Floats([1, 2, 3, 4], 1, 1, 2, 2);
        var w = Floats([1, 10, 100, 1000], 1, 1, 2, 2);
        // Each pixel stamps the filter, unflipped; overlaps add.
        Compare.Equal(
            x.ConvTranspose2d(w), [1, 12, 20, 103, 1000 + 200 + 30 + 4, 2040, 300, 3400, 4000], [1, 1, 3, 3], "y");
        Compare.Equal(
            x.ConvTranspose2d(w, Floats([5], 1), stride: 2, outputPadding: 1),
            [6, 15, 7, 25, 5, 105, 1005, 205, 2005, 5, 8, 35, 9, 45, 5, 305, 3005, 405, 4005, 5, 5, 5, 5, 5, 5], [1, 1, 5, 5], "strided y");
        Compare.Equal(x.ConvTranspose2d(w, padding: 1), [1234], [1, 1, 1, 1], "cut y");
    }

    [TestCaseSource(nameof(Sweep))]
    public void Matches_the_reference(Case c) => MatchesReference("conv", c.Run, c.Arguments(15));

    [TestCaseSource(nameof(Small))]
    public void Gradients_match_differences(Case c) => GradientCheck.Run("conv", Device, c.Run, c.Arguments(16));

    [TestCaseSource(nameof(Sweep))]
    public void Threads_and_runs_give_the_same_bits(Case c) =>
        SameBits(c.Run, c.Arguments(17));

    [TestCaseSource(nameof(Sweep))]
    public void Equals_the_input_gradient_of_the_convolution(Case c)
    {
        var (x, w) = (c.Arguments(18)[0].Make(DType.Float64, Device, requiresGrad: false), c.Arguments(18)[1].Make(DType.Float64, Device, requiresGrad: false));
        var y = x.ConvTranspose2d(w, null, c.Stride, c.Padding, c.OutputPadding, c.Dilation, c.Groups);
        if (c.OutputPadding.H >= c.Stride.H || c.OutputPadding.W >= c.Stride.W)
        {
            // Then the convolution of an image of that size has more windows than x has pixels: nothing to compare with.
            Assert.That(c.OutputPadding.H < c.Dilation.H && c.OutputPadding.W < c.Dilation.W);
            return;
        }
        var image = new Argument("image", y.Shape, new double[y.Count]).Make(DType.Float64, Device);
        image.Conv2d(w, null, c.Stride, c.Padding, c.Dilation, c.Groups).Backward(x);
        Compare.Close(y, image.Grad, Tolerances.For("conv", DType.Float64, "reference"), "y");
    }

    [Test]
    public void Undoes_the_geometry_of_the_papers_layers()
    {
        // conv1 of the paper, 7x7 stride 2 pad 1: 224 -> 110 needs output_padding 1 on its way back, conv2 (5x5 stride 2) too or not.
        Assert.That(Back(110, 7, 2, 1, 1), Is.EqualTo(224));
        Assert.That(Conv2dGeometry.OutputSize(224, 7, 2, 1, 1), Is.EqualTo(110));
        Assert.That(Back(26, 5, 2, 0, 0), Is.EqualTo(55));
        Assert.That(Conv2dGeometry.OutputSize(55, 5, 2, 0, 1), Is.EqualTo(26));
        // zfnet512: conv1 7x7 stride 2 pad 0: 224 -> 109; conv2 5x5 stride 2: 54 -> 25; both need 1.
        Assert.That(Back(109, 7, 2, 0, 1), Is.EqualTo(224));
        Assert.That(Back(25, 5, 2, 0, 1), Is.EqualTo(54));
        // The wide network: conv1 7x7 stride 2 pad 2: 224 -> 111.
        Assert.That(Back(111, 7, 2, 2, 1), Is.EqualTo(224));

        using var y = Zeros(1, 2, 26, 26).ConvTranspose2d(Zeros(2, 1, 5, 5), stride: 2);
        Assert.That(y.Shape, Is.EqualTo(new Shape(1, 1, 55, 55)));
        static int Back(int input, int kernel, int stride, int padding, int extra) => ConvTranspose2dGeometry.OutputSize(input, kernel, stride, padding, extra, 1);
    }

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        var x = Zeros(1, 4, 3, 3);
        var w = Zeros(4, 2, 3, 3);
        Refuses(() => Zeros(3, 3).ConvTranspose2d(w), "conv_transpose2d: x is shape [3, 3]; expected 4 axes [N, Cin, H, W].");
        Refuses(() => x.ConvTranspose2d(Zeros(4)), "conv_transpose2d: weight is shape [4]; expected 4 axes [Cin, Cout/groups, KH, KW].");
        Refuses(
            () => x.ConvTranspose2d(Zeros(2, 4, 3, 3)),
            "conv_transpose2d: weight is [2, 4, 3, 3]; expected [4, Cout/groups, KH, KW] for x [1, 4, 3, 3] and 1 groups.");
        Refuses(
            () => x.ConvTranspose2d(w, groups: 3),
            "conv_transpose2d: weight is [4, 2, 3, 3]; expected [4, Cout/groups, KH, KW] for x [1, 4, 3, 3] and 3 groups.");
        Refuses(() => x.ConvTranspose2d(w, Zeros(3)), "conv_transpose2d: bias is shape [3]; expected shape [2].");
        Refuses(() => x.ConvTranspose2d(w, outputPadding: 1), "conv_transpose2d: output_padding is 1x1; expected smaller than stride 1x1 or dilation 1x1.");
        Refuses(
            () => x.ConvTranspose2d(w, stride: 2, outputPadding: 2), "conv_transpose2d: output_padding is 2x2; expected smaller than stride 2x2 or dilation 1x1.");
        Refuses(() => x.ConvTranspose2d(w, outputPadding: -1), "conv_transpose2d: output_padding is -1x-1; expected at least 0.");
        Refuses(() => x.ConvTranspose2d(w, padding: 3), "conv_transpose2d: padding is 3x3; expected small enough to leave an output of x [1, 4, 3, 3].");
        Refuses(() => x.ConvTranspose2d(w, stride: 0), "conv_transpose2d: stride is 0x0; expected at least 1.");
        Refuses(() => Zeros(1, 0, 8, 8).ConvTranspose2d(Zeros(0, 4, 3, 3)), "conv_transpose2d: x is shape [1, 0, 8, 8]; expected at least one channel.");
        Refuses(() => Zeros(1, 4, 0, 3).ConvTranspose2d(w), "conv_transpose2d: x is [1, 4, 0, 3]; expected a plane with elements.");
        Refuses(() => x.ConvTranspose2d(Zeros(4, 2, 0, 0)), "conv_transpose2d: weight is [4, 2, 0, 0]; expected filters of at least 1x1.");
    }
}
