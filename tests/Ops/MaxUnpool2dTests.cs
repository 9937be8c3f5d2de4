using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class MaxUnpool2dTests(string backend) : OpTests(backend)
{
    [Test]
    public void By_hand()
    {
        var x = Floats([5, 6, 7, 8], 1, 1, 2, 2);
        var switches = Ints([0, 3, 9, 14], 1, 1, 2, 2);
        Compare.Equal(
            x.MaxUnpool2d(switches, 4), [5, 0, 0, 6, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 8, 0], [1, 1, 4, 4], "y");
    }

    [Test]
    public void Overlapping_windows_overwrite_or_add_by_name()
    {
        var x = Floats([1, 2, 4, 8], 1, 1, 2, 2);
        var switches = Ints([4, 4, 4, 8], 1, 1, 2, 2);
        Compare.Equal(x.MaxUnpool2d(switches, 3), [0, 0, 0, 0, 4, 0, 0, 0, 8], [1, 1, 3, 3], "the last window wins by default");
        Compare.Equal(x.MaxUnpool2d(switches, 3, UnpoolMode.Accumulate), [0, 0, 0, 0, 7, 0, 0, 0, 8], [1, 1, 3, 3], "accumulate");
    }

    [Test]
    public void An_overwritten_value_has_no_gradient()
    {
        var switches = Ints([4, 4, 4, 8], 1, 1, 2, 2);
        var dy = Doubles([1, 2, 3, 4, 50, 6, 7, 8, 9], 1, 1, 3, 3);
        foreach (var (mode, expected) in new[] { (UnpoolMode.Overwrite, new double[] { 0, 0, 50, 9 }), (UnpoolMode.Accumulate, [50, 50, 50, 9]) })
        {
            var x = Doubles([1, 2, 4, 8], 1, 1, 2, 2);
            x.RequiresGrad = true;
            x.MaxUnpool2d(switches, 3, mode).Backward(dy);
            Compare.Equal(x.Grad!, expected, [1, 1, 2, 2], $"{mode} dx");
        }
    }

    [Test]
    public void Matches_the_reference([ValueSource(nameof(Poolings))] MaxPool2dTests.Case c, [Values] UnpoolMode mode)
    {
        var pooled = Pooled(c, Backends.Reference);
        MatchesReference("pool", t => t[0].MaxUnpool2d(Switches(pooled.Switches, t[0].Device), new Pair(c.H, c.W), mode), Random(pooled.Switches.Shape));
    }

    [Test]
    public void Gradients_match_differences([Values] UnpoolMode mode)
    {
        foreach (var c in new MaxPool2dTests.Case[] { new(1, 2, 4, 4, 2, 2, 0), new(2, 1, 5, 6, 3, 2, 1, CeilMode: true), new(1, 1, 4, 4, 3, 1, 0) })
        {
            var switches = Switches(Pooled(c, Backends.Reference).Switches, Device);
            var pinned = switches.ToArray<int>();
            var shape = switches.Shape;
            // Overwritten values have slope 0, and something has to be left.
            GradientCheck.Run(
                "pool", Device, t => t[0].MaxUnpool2d(Tensor.From(pinned, shape, Device), new Pair(c.H, c.W), mode), [Random(shape)]);
        }
    }

    [Test]
    public void Accumulate_is_the_gradient_of_pooling([ValueSource(nameof(Poolings))] MaxPool2dTests.Case c)
    {
        var x = c.X(31).Make(DType.Float32, Device);
        var (y, switches) = x.MaxPool2dWithSwitches(c.Kernel, c.Stride, c.Padding, c.CeilMode);
        var dy = Random(y.Shape).Make(DType.Float32, Device, requiresGrad: false);
        y.Backward(dy);
        Compare.Equal(dy.MaxUnpool2d(switches, new Pair(c.H, c.W), UnpoolMode.Accumulate), x.Grad, "unpooled");
    }

    [Test]
    public void Without_overlap_unpooling_undoes_pooling()
    {
        var x = Argument.Distinct("x", [2, 3, 6, 8], 32).Make(DType.Float32, Device, requiresGrad: false);
        var (y, switches) = x.MaxPool2dWithSwitches(2);
        // Zeros beat negative maxima, so the pooled values are lifted first.
        var lifted = y.Add(Tensor.Full(y.Shape, 100, DType.Float32, Device));
        var (again, same) = lifted.MaxUnpool2d(switches, new Pair(6, 8)).MaxPool2dWithSwitches(2);
        Compare.Equal(again, lifted, "pooled again");
        Compare.Equal(same, switches, "switches again");
    }

    [TestCase(2, 2, 0, 4)]
    [TestCase(3, 2, 0, 5)]
    [TestCase(3, 2, 1, 3)]
    [TestCase(3, 4, 0, 7)]
    public void The_default_size_is_that_of_the_parameters(int kernel, int stride, int padding, int expected)
    {
        using var y = Zeros(1, 1, 2, 2).MaxUnpool2d(Ints(new int[4], 1, 1, 2, 2), kernel, stride, padding);
        Assert.That(y.Shape, Is.EqualTo(new Shape(1, 1, expected, expected)));
    }

    [Test]
    public void The_output_size_lies_strictly_within_a_stride()
    {
        var x = Zeros(1, 1, 2, 2);
        var switches = Ints(new int[4], 1, 1, 2, 2);
        foreach (var size in new[] { 3, 4, 5 })
            Assert.That(x.MaxUnpool2d(switches, 2, 2, null, outputSize: size).Shape[2], Is.EqualTo(size));
        Refuses(() => x.MaxUnpool2d(switches, 2, 2, null, outputSize: 6), "max_unpool2d: output_size is 6x6; expected strictly within stride 2x2 of 4x4.");
        Refuses(
            () => x.MaxUnpool2d(switches, 2, 2, null, outputSize: new Pair(4, 2)), "max_unpool2d: output_size is 4x2; expected strictly within stride 2x2 of 4x4.");
    }

    [Test]
    public void A_switch_outside_the_plane_is_refused([Values(-1, 9, int.MaxValue, int.MinValue)] int bad)
    {
        var x = Zeros(1, 2, 1, 2);
        Refuses<ArgumentOutOfRangeException>(
            () => x.MaxUnpool2d(Ints([0, 1, bad, 8], 1, 2, 1, 2), 3), $"max_unpool2d: switch {bad} of element 2 is outside a plane of 9 pixels.");
    }

    [Test]
    public void NaN_is_put_where_its_switch_says()
    {
        var y = Floats([float.NaN, 1], 1, 1, 1, 2).MaxUnpool2d(Ints([2, 1], 1, 1, 1, 2), new Pair(1, 4));
        Compare.Equal(y, [0, 1, double.NaN, 0], [1, 1, 1, 4], "y");
    }

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        var x = Zeros(1, 1, 2, 2);
        var switches = Ints(new int[4], 1, 1, 2, 2);
        Refuses(() => Zeros(2, 2).MaxUnpool2d(switches, 4), "max_unpool2d: x is shape [2, 2]; expected 4 axes [N, C, H, W].");
        Refuses(() => x.MaxUnpool2d(Ints(new int[2], 1, 1, 1, 2), 4), "max_unpool2d: switches is shape [1, 1, 1, 2]; expected shape [1, 1, 2, 2].");
        Refuses(() => x.MaxUnpool2d(x, 4), $"max_unpool2d: switches is float32 [1, 1, 2, 2] on {Device}; expected int32 on {Device}.");
        Refuses(() => x.MaxUnpool2d(switches, new Pair(0, 4)), "max_unpool2d: output_size is 0x4; expected at least 1.");
        Refuses(() => x.MaxUnpool2d(switches, 0, 2, 0), "max_unpool2d: kernel is 0x0; expected at least 1.");
        Refuses(() => x.MaxUnpool2d(switches, 50_000), "max_unpool2d: output_size is 50000x50000; expected planes of at most 2^31 - 1 elements.");
    }

    private static IEnumerable<MaxPool2dTests.Case> Poolings => MaxPool2dTests.Sweep;

    private static (Tensor Output, Tensor Switches) Pooled(MaxPool2dTests.Case c, Device device) =>
        c.X(30).Make(DType.Float64, device, requiresGrad: false).MaxPool2dWithSwitches(c.Kernel, c.Stride, c.Padding, c.CeilMode);

    private static Tensor Switches(Tensor switches, Device device) => Tensor.From(switches.ToArray<int>(), switches.Shape, device);

    private static Argument Random(Shape shape) => Argument.Random("x", shape, 33);
}
