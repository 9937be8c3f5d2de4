using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class ReLUTests(string backend) : OpTests(backend)
{
    internal static readonly int[] Sizes = [0, 1, 3, 31, 33, 255, 257, 443, 1025, 40_003];

    [Test]
    public void By_hand() => Compare.Equal(Floats([-2, -0f, 0, 0.5f, 3], 5).ReLU(), [0, 0, 0, 0.5, 3], [5], "y");

    [TestCase(ReLURule.Gradient, new double[] { 0, 0, 5, -6 })]
    [TestCase(ReLURule.Deconvnet, new double[] { 3, 0, 5, 0 })]
    [TestCase(ReLURule.Guided, new double[] { 0, 0, 5, 0 })]
    public void The_three_rules_on_the_way_back(ReLURule rule, double[] expected)
    {
        var x = Doubles([-1, -2, 3, 4], 4);
        x.RequiresGrad = true;
        var y = x.ReLU(rule);
        var dy = Doubles([3, -4, 5, -6], 4);
        y.Backward(dy);
        Compare.Equal(x.Grad!, expected, [4], "by autograd");
        Compare.Equal(dy.ReLUBackward(y.Detach(), rule), expected, [4], "as an op");
    }

    [Test]
    public void Every_size_matches_bit_for_bit([ValueSource(nameof(Sizes))] int size, [Values] ReLURule rule)
    {
        var x = new Argument("x", [size], Values.Random(61, size));
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            var (y, gradients) = Pass(t => t[0].ReLU(rule), [x], dtype, Device);
            var (expected, expectedGradients) = Pass(t => t[0].ReLU(rule), [x], dtype, Backends.Reference);
            Compare.Equal(y, expected, "y");
            Compare.Equal(gradients[0], expectedGradients[0], "dx");
        }
    }

    [Test]
    public void Gradients_match_differences_away_from_the_kink()
    {
        var elements = Values.Random(62, 40);
        // At 0, and within the step of it, there is no derivative: three elements are skipped, and said to be.
        (elements[5], elements[17], elements[39]) = (0, 3e-5, -8e-5);
        Assert.That(elements.Count(value => Math.Abs(value) < 2e-4), Is.EqualTo(3));
        GradientCheck.Run("relu", Device, t => t[0].ReLU(), [new Argument("x", [2, 20], elements)], skipped: 3);
    }

    [Test]
    public void The_gradient_at_0_is_0()
    {
        var x = Doubles([0, -0.0], 2);
        x.RequiresGrad = true;
        x.ReLU().Backward(Doubles([1, 1], 2));
        Compare.Equal(x.Grad!, [0, 0], [2], "dx");
    }

    [Test]
    public void NaN_passes_both_ways_in_every_lane()
    {
        foreach (var at in new[] { 0, 7, 15, 16, 35, 36 })
        {
            var values = new float[37];
            values[at] = float.NaN;
            var x = Floats(values, 37);
            x.RequiresGrad = true;
            var y = x.ReLU();
            var expected = new double[37];
            expected[at] = double.NaN;
            Compare.Equal(y, expected, [37], "y");
            y.Backward(Tensor.Full([37], 2, DType.Float32, Device));
            expected[at] = 2;
            Compare.Equal(x.Grad!, expected, [37], "dx where y is NaN");
            foreach (var rule in new[] { ReLURule.Gradient, ReLURule.Deconvnet, ReLURule.Guided })
            {
                expected[at] = double.NaN;
                Compare.Equal(Floats(values, 37).ReLUBackward(Floats([.. values.Select(v => float.IsNaN(v) ? 1f : v)], 37), rule), expected, [37], $"dx where dy is NaN, {rule}");
            }
        }
    }

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        Refuses(() => Ints([1], 1).ReLU(), $"relu: x is int32 [1] on {Device}; expected a floating-point tensor.");
        Refuses(() => Zeros(2).ReLUBackward(Zeros(3), ReLURule.Guided), "relu_backward: output is shape [3]; expected shape [2].");
        Refuses(
            () => Zeros(2).ReLUBackward(Doubles([1, 2], 2), ReLURule.Guided),
            $"relu_backward: output is float64 [2] on {Device}; expected Float32 on {Device}, as the other arguments.");
    }
}
