using ZfNet.Kernels;

namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>2-d convolution (cross-correlation). Semantics of PyTorch's conv2d with zero padding.</summary>
    /// <param name="x">Input [N, Cin, H, W].</param>
    /// <param name="weight">Filters [Cout, Cin/groups, KH, KW].</param>
    /// <param name="bias">[Cout], or null.</param>
    /// <param name="stride">Step between windows; null means 1.</param>
    /// <param name="padding">Zeros on each side; null means 0.</param>
    /// <param name="dilation">Step inside a window; null means 1.</param>
    /// <param name="groups">Channel groups that do not see each other.</param>
    /// <param name="relu">
    /// Rectifies the result as <see cref="ReLU"/> by this rule would, bit for bit, with a tensor and a pass over it less.
    /// </param>
    /// <param name="partOf">
    /// Size of the map that the result is a part of; null where it is the map. A part that begins at a multiple of the map's tile
    /// (<see cref="Engine.Conv2d.OutputTile"/>) then has the map's bits, on devices whose convolutions of any size add in one order.
    /// </param>
    /// <returns>[N, Cout, OH, OW], OH = (H + 2p - d(KH-1) - 1)/s + 1 rounded down.</returns>
    /// <exception cref="ShapeException">Shapes, element types or devices do not fit, or no window fits into the input.</exception>
    public static Tensor Conv2d(
        this Tensor x, Tensor weight, Tensor? bias = null, Pair? stride = null, Pair? padding = null, Pair? dilation = null,
        int groups = 1, ReLURule? relu = null, Pair? partOf = null)
    {
        const string op = "conv2d";
        Check.Rank(op, "x", x, 4, "[N, Cin, H, W]");
        Check.Rank(op, "weight", weight, 4, "[Cout, Cin/groups, KH, KW]");
        Check.Fits(op, "weight", weight, x);
        Pair s = stride ?? 1, p = padding ?? 0, d = dilation ?? 1;
        CheckWindow(op, s, p, d, groups);
        Shape xs = x.Shape, ws = weight.Shape;
        Check.That(xs[1] > 0, op, "x", "at least one channel", $"shape {xs}");
        Check.That(xs[1] % groups == 0 && ws[1] == xs[1] / groups, op, "weight", $"[Cout, {xs[1]}/{groups}, KH, KW] for x {xs}", $"{ws}");
        Check.That(ws[0] % groups == 0, op, "weight", $"Cout divisible by {groups} groups", $"{ws}");
        Check.That(ws[2] > 0 && ws[3] > 0, op, "weight", "filters of at least 1x1", $"{ws}");
        if (bias is not null)
        {
            Check.Fits(op, "bias", bias, x);
            Check.Shape(op, "bias", bias, [ws[0]]);
        }
        var g = Geometry(xs, ws, s, p, d, groups) with { PartOf = partOf };
        Check.That(g.OH > 0 && g.OW > 0, op, "x", $"large enough for a {g.Kernel} window, padding {p}, dilation {d}", $"shape {xs}");

        (x, weight, bias) = (x.Contiguous(), weight.Contiguous(), bias?.Contiguous());
        var y = Tensor.Empty([g.N, g.Cout, g.OH, g.OW], x.DType, x.Device);
        x.Backend.Conv2dForward(g, x.View, weight.View, bias?.View, y.View, relu is not null);
        if (Autograd.Needed(x, weight, bias))
            y.Node = new Conv2dNode(g, x, weight, bias, relu is null ? null : y, relu ?? ReLURule.Gradient);
        return y;
    }

    /// <summary>The sizes of a convolution whose arguments fit.</summary>
    internal static Conv2dGeometry Geometry(Shape x, Shape weight, Pair stride, Pair padding, Pair dilation, int groups) => new(
        Check.Int(x[0]), Check.Int(x[1]), Check.Int(x[2]), Check.Int(x[3]), Check.Int(weight[0]),
        new Pair(Check.Int(weight[2]), Check.Int(weight[3])), stride, padding, dilation, groups);

    private static void CheckWindow(string op, Pair stride, Pair padding, Pair dilation, int groups)
    {
        Check.AtLeast(op, "stride", stride, 1);
        Check.AtLeast(op, "padding", padding, 0);
        Check.AtLeast(op, "dilation", dilation, 1);
        Check.That(groups >= 1, op, "groups", "at least 1", $"{groups}");
    }

    private sealed class Conv2dNode(
        Conv2dGeometry g, Tensor x, Tensor weight, Tensor? bias, Tensor? rectified, ReLURule rule)
        : WeightedNode("conv2d", x, weight, bias, rectified, rule)
    {
        protected override Tensor InputGradient(Tensor gradient, Tensor weight)
        {
            var dx = Tensor.Empty([g.N, g.Cin, g.H, g.W], gradient.DType, gradient.Device);
            gradient.Backend.Conv2dBackwardInput(g, gradient.View, weight.View, dx.View);
            return dx;
        }

        protected override Tensor WeightGradient(Tensor gradient, Tensor x)
        {
            var dw = Tensor.Empty([g.Cout, g.Cin / g.Groups, g.Kernel.H, g.Kernel.W], gradient.DType, gradient.Device);
            gradient.Backend.Conv2dBackwardWeight(g, x.View, gradient.View, dw.View);
            return dw;
        }

        protected override Tensor BiasGradient(Tensor gradient) => ChannelSum(gradient, g.N, g.Cout, (long)g.OH * g.OW);
    }

    /// <summary>The gradient of a bias: a sum over all but the channel axis.</summary>
    private static Tensor ChannelSum(Tensor gradient, long outer, int channels, long inner)
    {
        var sums = Tensor.Empty([channels], gradient.DType, gradient.Device);
        gradient.Backend.ChannelSum(outer, channels, inner, gradient.View, sums.View);
        return sums;
    }
}
