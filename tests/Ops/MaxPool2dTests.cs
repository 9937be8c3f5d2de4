using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class MaxPool2dTests(string backend) : OpTests(backend)
{
    /// <summary>A pooling as a row of the sweep.</summary>
    public sealed record Case(int N, int C, int H, int W, Pair Kernel, Pair Stride, Pair Padding, bool CeilMode = false)
    {
        internal Argument X(int seed) => Argument.Distinct("x", [N, C, H, W], seed);

        internal Tensor Run(Tensor[] t) => t[0].MaxPool2d(Kernel, Stride, Padding, CeilMode);
    }

    internal static readonly Case[] Sweep =
    [
        new(1, 1, 1, 1, 1, 1, 0),
        new(2, 3, 8, 8, 2, 2, 0),
        new(1, 2, 13, 11, 3, 2, 0),
        new(1, 2, 14, 12, 3, 2, 0, CeilMode: true),
        new(2, 1, 55, 33, 3, 2, 0, CeilMode: true),
        new(1, 3, 9, 31, 3, 2, 1),
        new(1, 3, 10, 31, 3, 2, 1, CeilMode: true),
        new(1, 2, 9, 9, 3, 1, 1),
        new(1, 2, 10, 9, 2, 3, 0),
        new(1, 2, 10, 9, 2, 3, 1, CeilMode: true),
        new(3, 2, 7, 8, new Pair(2, 3), new Pair(3, 1), new Pair(1, 0)),
        new(1, 1, 5, 5, 5, 1, 2),
        new(1, 1, 4, 257, new Pair(4, 2), new Pair(4, 2), new Pair(2, 1)),
        new(1, 2, 2, 2, 2, 5, 1, CeilMode: true),
        new(1, 1, 2, 3, 4, 3, 2),
        new(1, 1, 2, 2, 3, 3, 0, CeilMode: true),
        new(0, 2, 4, 4, 2, 2, 0),
    ];

    [Test]
    public void By_hand()
    {
        var x = Floats([1, 5, 2, 0, 7, 3, 4, 4, 9], 1, 1, 3, 3);
        var (y, switches) = x.MaxPool2dWithSwitches(2, 1);
        Compare.Equal(y, [7, 7, 7, 9], [1, 1, 2, 2], "y");
        Compare.Equal(switches, [4, 4, 4, 8], [1, 1, 2, 2], "switches");
        // Ceil mode: the windows at the right and bottom hang over.
        (y, switches) = x.MaxPool2dWithSwitches(2, 2, ceilMode: true);
        Compare.Equal(y, [7, 3, 4, 9], [1, 1, 2, 2], "ceil y");
        Compare.Equal(switches, [4, 5, 6, 8], [1, 1, 2, 2], "ceil switches");
    }

    [Test]
    public void Switches_count_from_each_planes_start()
    {
        var x = Floats([1, 2, 3, 4, 8, 7, 6, 5], 1, 2, 2, 2);
        Compare.Equal(x.MaxPool2dWithSwitches(2).Switches, [3, 0], [1, 2, 1, 1], "switches");
    }

    [Test]
    public void The_first_of_equal_maxima_wins()
    {
        var x = Floats([2, 2, 2, 2, 2, 2, 2, 2, 2], 1, 1, 3, 3);
        Compare.Equal(x.MaxPool2dWithSwitches(2, 1).Switches, [0, 1, 3, 4], [1, 1, 2, 2], "switches");
        var zeros = Floats([-0f, 0, 0, -0f], 1, 1, 2, 2);
        Compare.Equal(zeros.MaxPool2dWithSwitches(2).Switches, [0], [1, 1, 1, 1], "switches of zeros");
    }

    [Test]
    public void Padding_is_never_selected()
    {
        var x = Floats([-5, -6, -7, -8], 1, 1, 2, 2);
        var (y, switches) = x.MaxPool2dWithSwitches(2, 2, 1);
        Compare.Equal(y, [-5, -6, -7, -8], [1, 1, 2, 2], "y");
        Compare.Equal(switches, [0, 1, 2, 3], [1, 1, 2, 2], "switches");
        var low = Floats([float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity], 1, 1, 2, 2);
        (y, switches) = low.MaxPool2dWithSwitches(3, 1, 1);
        Compare.Equal(y, Enumerable.Repeat(double.NegativeInfinity, 4).ToArray(), [1, 1, 2, 2], "y of -infinity");
        Compare.Equal(switches, [0, 0, 0, 0], [1, 1, 2, 2], "switches of -infinity");
    }

    [Test]
    public void NaN_wins_and_of_several_the_last()
    {
        const float nan = float.NaN;
        var x = Floats([nan, 9, 1, 2, 3, nan, 5, 4, 6], 1, 1, 3, 3);
        var (y, switches) = x.MaxPool2dWithSwitches(2, 1);
        Compare.Equal(y, [nan, nan, 5, nan], [1, 1, 2, 2], "y");
        Compare.Equal(switches, [0, 5, 6, 5], [1, 1, 2, 2], "switches");
        Compare.Equal(Floats([nan, nan, 7, nan], 1, 1, 2, 2).MaxPool2dWithSwitches(2).Switches, [3], [1, 1, 1, 1], "last NaN");
        Compare.Equal(Floats([1, nan, 7, 9], 1, 1, 2, 2).MaxPool2dWithSwitches(2).Switches, [1], [1, 1, 1, 1], "NaN before numbers");
    }

    [Test]
    public void The_vectors_see_NaN_and_ties_in_every_lane()
    {
        // A long row, so that whole vectors and a tail run; checked against the plain loops, bit for bit.
        var x = Values.Random(21, 2 * 7 * 259, -2, 2);
        for (var i = 0; i < x.Length; i++)
            x[i] = i % 11 == 3 ? double.NaN : i % 7 == 5 ? double.NegativeInfinity : Math.Round(x[i]);
        var argument = new Argument("x", [1, 2, 7, 259], x);
        foreach (var (kernel, stride, padding) in new[] { (3, 2, 0), (2, 2, 0), (3, 2, 1), (3, 1, 1), (2, 1, 0) })
        {
            var (y, switches) = argument.Make(DType.Float32, Device).MaxPool2dWithSwitches(kernel, stride, padding, ceilMode: true);
            var (expectedY, expectedSwitches) = argument.Make(DType.Float32, Backends.Reference).MaxPool2dWithSwitches(kernel, stride, padding, ceilMode: true);
            Compare.Equal(switches, expectedSwitches, $"switches {kernel}/{stride}");
            Compare.Equal(y, expectedY, $"y {kernel}/{stride}");
        }
    }

    [TestCaseSource(nameof(Sweep))]
    public void Switches_among_equal_values_are_the_same_on_every_backend(Case c)
    {
        // Five values and now and then NaN or -infinity, so that most windows hold equal maxima.
        var x = Values.Random(25, (long)c.N * c.C * c.H * c.W, -2, 2);
        for (var i = 0; i < x.Length; i++)
            x[i] = i % 23 == 7 ? double.NaN : i % 5 == 2 ? double.NegativeInfinity : Math.Round(x[i]);
        var argument = new Argument("x", [c.N, c.C, c.H, c.W], x);
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            var (y, switches) = Pool(Device);
            var (expectedY, expected) = Pool(Backends.Reference);
            Compare.Equal(switches, expected, $"{dtype} switches");
            Compare.Equal(y, expectedY, $"{dtype} y");
            foreach (var mode in Enum.GetValues<UnpoolMode>())
                Compare.Equal(Unpool(y, switches, mode), Unpool(expectedY, expected, mode), $"{dtype} {mode}");

            (Tensor, Tensor) Pool(Device device) => argument.Make(dtype, device, requiresGrad: false)
                .MaxPool2dWithSwitches(c.Kernel, c.Stride, c.Padding, c.CeilMode);

            Tensor Unpool(Tensor values, Tensor at, UnpoolMode mode) =>
                values.MaxUnpool2d(at, new Pair(c.H, c.W), mode);
        }
    }

    [TestCaseSource(nameof(Sweep))]
    public void Matches_the_reference(Case c)
    {
        MatchesReference("pool", c.Run, c.X(22));
        var (y, switches) = c.X(22).Make(DType.Float32, Device).MaxPool2dWithSwitches(c.Kernel, c.Stride, c.Padding, c.CeilMode);
        var (expectedY, expected) = c.X(22).Make(DType.Float32, Backends.Reference).MaxPool2dWithSwitches(c.Kernel, c.Stride, c.Padding, c.CeilMode);
        Compare.Equal(switches, expected, "switches");
        Compare.Equal(y, expectedY, "y");
    }

    [TestCaseSource(nameof(Sweep))]
    public void Threads_and_runs_give_the_same_bits(Case c) =>
        SameBits(c.Run, c.X(23));

    [Test]
    public void Gradients_match_differences([Values] bool ceilMode)
    {
        foreach (var c in new Case[] { new(1, 2, 4, 5, 2, 2, 0, ceilMode), new(2, 1, 5, 6, 3, 2, 1, ceilMode), new(1, 1, 4, 4, 2, 1, 0, ceilMode) })
            GradientCheck.Run("pool", Device, c.Run, [c.X(24)]);
    }

    [Test]
    public void The_gradient_adds_where_windows_overlap()
    {
        var x = Doubles([0, 0, 0, 0, 9, 0, 0, 0, 0], 1, 1, 3, 3);
        x.RequiresGrad = true;
        x.MaxPool2d(2, 1).Backward(Doubles([1, 2, 4, 8], 1, 1, 2, 2));
        Compare.Equal(x.Grad!, [0, 0, 0, 0, 15, 0, 0, 0, 0], [1, 1, 3, 3], "dx");
    }

    [TestCase(224, 2, 2, 0, false, 112)]
    [TestCase(110, 3, 2, 0, true, 55)]
    [TestCase(110, 3, 2, 0, false, 54)]
    [TestCase(26, 3, 2, 0, true, 13)]
    [TestCase(13, 3, 2, 0, false, 6)]
    [TestCase(13, 3, 2, 0, true, 6)]
    [TestCase(5, 2, 2, 1, true, 3)]
    [TestCase(2, 2, 5, 1, true, 1)]
    [TestCase(1, 3, 2, 0, true, 0)]
    [TestCase(1, 3, 3, 0, true, 1)]
    [TestCase(2, 3, 1, 0, true, 0)]
    [TestCase(2, 3, 1, 0, false, 0)]
    public void Output_sizes_are_PyTorchs(int input, int kernel, int stride, int padding, bool ceilMode, int expected) =>
        Assert.That(Pool2dGeometry.OutputSize(input, kernel, stride, padding, ceilMode), Is.EqualTo(expected));

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        var x = Zeros(1, 2, 4, 4);
        Refuses(() => Zeros(4, 4).MaxPool2d(2), "max_pool2d: x is shape [4, 4]; expected 4 axes [N, C, H, W].");
        Refuses(() => x.MaxPool2d(0), "max_pool2d: kernel is 0x0; expected at least 1.");
        Refuses(() => x.MaxPool2d(2, 0), "max_pool2d: stride is 0x0; expected at least 1.");
        Refuses(() => x.MaxPool2d(3, 1, 2), "max_pool2d: padding is 2x2; expected at most half of the window 3x3.");
        Refuses(() => x.MaxPool2d(3, 1, -1), "max_pool2d: padding is -1x-1; expected at least 0.");
        Refuses(() => x.MaxPool2d(5), "max_pool2d: x is shape [1, 2, 4, 4]; expected large enough for a 5x5 window with padding 0x0.");
        Refuses(() => Zeros(1, 2, 0, 4).MaxPool2d(1), "max_pool2d: x is shape [1, 2, 0, 4]; expected large enough for a 1x1 window with padding 0x0.");
        Refuses(() => Ints(new int[4], 1, 1, 2, 2).MaxPool2d(2), $"max_pool2d: x is int32 [1, 1, 2, 2] on {Device}; expected a floating-point tensor.");
    }
}
