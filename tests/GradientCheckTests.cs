using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests;

/// <summary>The checker is checked: each deliberate fault must be found, and the right gradient must not be.</summary>
[TestFixture]
public sealed class GradientCheckTests
{
    private static readonly Argument X = Argument.Random("x", [2, 3], 1);

    [Test]
    public void A_right_gradient_passes()
    {
        var report = Square(2, (gradient, _) => gradient);
        Assert.That(report.Faults, Is.Empty);
        Assert.That(report.Checked, Is.EqualTo(6));
        Assert.That(report.Skipped, Is.Zero);
    }

    [Test]
    public void A_wrong_sign_is_caught() => IsCaught(Square(2, (gradient, _) => -gradient));

    [TestCase(1.00001)]
    [TestCase(0.5)]
    [TestCase(0)]
    public void A_wrong_scale_is_caught(double scale) => IsCaught(Square(2, (gradient, _) => scale * gradient));

    [Test]
    public void One_wrong_element_is_caught_and_named()
    {
        var report = Square(2, (gradient, i) => i == 4 ? gradient + 1e-5 : gradient);
        IsCaught(report);
        Assert.That(report.Faults[0], Does.Contain("1 of 6 elements").And.Contain("flat element 4 of x"));
    }

    [Test]
    public void A_NaN_is_caught()
    {
        var report = Square(2, (gradient, i) => i == 3 ? double.NaN : gradient);
        IsCaught(report);
        Assert.That(report.Faults[0], Does.Contain("1 NaN"));
    }

    [Test]
    public void A_NaN_in_the_forward_pass_is_caught()
    {
        var report = Measure(x => WrongNode.Apply(x[0], value => Math.Sqrt(value - 10), (_, gradient, _) => gradient), X);
        IsCaught(report);
    }

    [Test]
    public void A_missing_gradient_is_caught()
    {
        var report = Measure(x => x[0].Scale(2), X, Argument.Random("unused", [3], 2));
        Assert.That(report.Faults, Is.EqualTo(new[] { "unused: the gradient is missing; expected shape [3]." }));
    }

    [Test]
    public void A_check_that_proves_nothing_is_caught()
    {
        var report = Measure(x => x[0].Scale(0), X);
        Assert.That(report.Faults, Has.Count.EqualTo(1).And.Some.Contain("proves nothing"));
    }

    [Test]
    public void A_kink_is_skipped_and_counted_on_either_side_and_within_the_step([Values(0, 2e-5, -5e-5, 3.3333e-5, 9e-5)] double at)
    {
        var x = new Argument("x", [3], [1.5, at, -2]);
        var report = Measure(tensors => tensors[0].ReLU(), x);
        Assert.That(report.Faults, Is.Empty);
        Assert.That(report.Skipped, Is.EqualTo(1));
        Assert.That(report.Checked, Is.EqualTo(2));
    }

    [Test]
    public void A_wrong_gradient_is_not_mistaken_for_a_kink()
    {
        var report = Square(3, (gradient, _) => gradient * 7);
        Assert.That(report.Skipped, Is.Zero);
        IsCaught(report);
    }

    [Test]
    public void An_unexpected_skip_fails_the_test()
    {
        var x = new Argument("x", [2], [1.5, 0]);
        var failure = CompareTests.FailureOf(() => GradientCheck.Run("relu", Backends.Reference, tensors => tensors[0].ReLU(), [x]));
        Assert.That(failure, Does.Contain("elements skipped at kinks"));
        Assert.That(() => GradientCheck.Run("relu", Backends.Reference, tensors => tensors[0].ReLU(), [x], skipped: 1), Throws.Nothing);
    }

    [Test]
    public void A_fault_fails_the_test()
    {
        var failure = CompareTests.FailureOf(() => GradientCheck.Run(
            "elementwise", Backends.Reference, x => WrongNode.Apply(x[0], value => value, (_, gradient, _) => -gradient), [X]));
        Assert.That(failure, Does.Contain("gradient of x [2, 3]"));
    }

    [Test]
    public void An_off_by_one_switch_is_caught()
    {
        using var device = new Device(new OffByOneSwitch());
        IsCaught(Measure(device, x => x[0].MaxPool2d(2), Argument.Distinct("x", [1, 2, 4, 4], 3)));
    }

    [Test]
    public void A_forgotten_overlap_is_caught()
    {
        using var device = new Device(new ForgottenOverlap());
        var x = Argument.Distinct("x", [1, 1, 5, 5], 3);
        IsCaught(Measure(device, tensors => tensors[0].MaxPool2d(3, 2), x));
        Assert.That(Measure(device, tensors => tensors[0].MaxPool2d(2), x).Faults, Is.Empty, "without overlap it is right");
    }

    [Test]
    public void A_gathered_overwrite_is_caught()
    {
        using var device = new Device(new GatheredOverwrite());
        int[] switches = [4, 4, 4, 8];
        IsCaught(Measure(
            device, x => x[0].MaxUnpool2d(Tensor.From(switches, [1, 1, 2, 2], device), 3), Argument.Random("x", [1, 1, 2, 2], 4)));
    }

    private static GradientCheck.Report Square(double power, Func<double, int, double> spoil) =>
        Measure(x => WrongNode.Apply(x[0], value => Math.Pow(value, power), (value, gradient, i) => spoil(gradient * power * Math.Pow(value, power - 1), i)), X with { Elements = Values.Random(7, 6, 0.5, 2) });

    private static GradientCheck.Report Measure(Func<Tensor[], Tensor> op, params Argument[] arguments) => Measure(Backends.Reference, op, arguments);

    private static GradientCheck.Report Measure(Device device, Func<Tensor[], Tensor> op, params Argument[] arguments) =>
        GradientCheck.Measure(Tolerances.For("elementwise", DType.Float64, "difference"), device, op, arguments);

    private static void IsCaught(GradientCheck.Report report) => Assert.That(report.Faults, Has.Count.EqualTo(1));

    /// <summary>An op of a test's own, element by element, with any gradient it likes.</summary>
    private sealed class WrongNode(Tensor x, Func<double, double, int, double> backward) : GradNode("wrong", x)
    {
        private readonly double[] elements = x.ToArray<double>();

        public static Tensor Apply(Tensor x, Func<double, double> forward, Func<double, double, int, double> backward)
        {
            var y = Tensor.From(Array.ConvertAll(x.ToArray<double>(), value => forward(value)), x.Shape, x.Device);
            if (Autograd.Needed(x))
                y.Node = new WrongNode(x, backward);
            return y;
        }

        protected override Tensor?[] Backward(Tensor gradient)
        {
            var upstream = gradient.ToArray<double>();
            for (var i = 0; i < upstream.Length; i++)
                upstream[i] = backward(elements[i], upstream[i], i);
            return [Tensor.From(upstream, gradient.Shape, gradient.Device)];
        }
    }

    /// <summary>Max-pooling whose switches point one cell too far.</summary>
    private sealed class OffByOneSwitch : ReferenceBackend
    {
        public override void MaxPool2dForward(in Pool2dGeometry g, BufferView x, BufferView y, BufferView switches)
        {
            base.MaxPool2dForward(g, x, y, switches);
            var cells = switches.Cpu<int>();
            for (long i = 0; i < cells.Length; i++)
                cells[i] = (cells[i] + 1) % (g.H * g.W);
        }
    }

    /// <summary>Max-pooling whose backward writes where it should add.</summary>
    private sealed class ForgottenOverlap : ReferenceBackend
    {
        public override void MaxPool2dBackward(in Pool2dGeometry g, BufferView dy, BufferView switches, BufferView dx)
        {
            dx.Cpu<double>().Fill(0);
            for (long i = 0; i < dy.Length; i++)
                dx.Cpu<double>()[i / (g.OH * g.OW) * g.H * g.W + switches.Cpu<int>()[i]] = dy.Cpu<double>()[i];
        }
    }

    /// <summary>Max-unpooling whose backward gathers for overwritten values too, as PyTorch's does.</summary>
    private sealed class GatheredOverwrite : ReferenceBackend
    {
        public override void MaxUnpool2dBackward(in MaxUnpool2dGeometry g, BufferView dy, BufferView switches, BufferView dx) =>
            base.MaxUnpool2dBackward(g with { Mode = UnpoolMode.Accumulate }, dy, switches, dx);
    }
}
