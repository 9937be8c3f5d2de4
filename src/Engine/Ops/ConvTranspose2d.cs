using ZfNet.Kernels;

namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>
    /// Transposed 2-d convolution: the input gradient of <see cref="Conv2d"/> as an op of its own. A Conv2d weight is passed
    /// unchanged. Semantics of PyTorch's conv_transpose2d.
    /// </summary>
    /// <param name="x">Input [N, Cin, H, W].</param>
    /// <param name="weight">Filters [Cin, Cout/groups, KH, KW].</param>
    /// <param name="bias">[Cout], or null.</param>
    /// <param name="stride">Step between windows in the output; null means 1.</param>
    /// <param name="padding">Rows and columns cut from each side of the output; null means 0.</param>
    /// <param name="outputPadding">Rows and columns added at the bottom and right; below stride or dilation; null means 0.</param>
    /// <param name="dilation">Step inside a window; null means 1.</param>
    /// <param name="groups">Channel groups that do not see each other.</param>
    /// <returns>[N, Cout, OH, OW], OH = (H-1)s - 2p + d(KH-1) + outputPadding + 1.</returns>
    /// <exception cref="ShapeException">Shapes, element types or devices do not fit, or the output would be empty.</exception>
    public static Tensor ConvTranspose2d(
        this Tensor x, Tensor weight, Tensor? bias = null, Pair? stride = null, Pair? padding = null, Pair? outputPadding = null,
        Pair? dilation = null, int groups = 1)
    {
        const string op = "conv_transpose2d";
        Check.Rank(op, "x", x, 4, "[N, Cin, H, W]");
        Check.Rank(op, "weight", weight, 4, "[Cin, Cout/groups, KH, KW]");
        Check.Fits(op, "weight", weight, x);
        Pair s = stride ?? 1, p = padding ?? 0, d = dilation ?? 1, extra = outputPadding ?? 0;
        CheckWindow(op, s, p, d, groups);
        Check.AtLeast(op, "output_padding", extra, 0);
        Check.That(
            extra.H < Math.Max(s.H, d.H) && extra.W < Math.Max(s.W, d.W), op, "output_padding", $"smaller than stride {s} or dilation {d}", $"{extra}");
        Shape xs = x.Shape, ws = weight.Shape;
        Check.That(ws[0] == xs[1] && xs[1] % groups == 0, op, "weight", $"[{xs[1]}, Cout/groups, KH, KW] for x {xs} and {groups} groups", $"{ws}");
        Check.That(ws[2] > 0 && ws[3] > 0, op, "weight", "filters of at least 1x1", $"{ws}");
        Check.That(xs[1] > 0, op, "x", "at least one channel", $"shape {xs}");
        Check.That(xs[2] > 0 && xs[3] > 0, op, "x", "a plane with elements", $"{xs}");
        var cout = Check.Int(ws[1] * groups);
        if (bias is not null)
        {
            Check.Fits(op, "bias", bias, x);
            Check.Shape(op, "bias", bias, [cout]);
        }
        var g = new ConvTranspose2dGeometry(
            Check.Int(xs[0]), Check.Int(xs[1]), Check.Int(xs[2]), Check.Int(xs[3]),
            cout, new Pair(Check.Int(ws[2]), Check.Int(ws[3])), s, p, extra, d, groups);
        Check.That(g.OH > 0 && g.OW > 0, op, "padding", $"small enough to leave an output of x {xs}", $"{p}");

        (x, weight, bias) = (x.Contiguous(), weight.Contiguous(), bias?.Contiguous());
        var y = Tensor.Empty([g.N, g.Cout, g.OH, g.OW], x.DType, x.Device);
        x.Backend.ConvTranspose2dForward(g, x.View, weight.View, bias?.View, y.View);
        if (Autograd.Needed(x, weight, bias))
            y.Node = new ConvTranspose2dNode(g, x, weight, bias);
        return y;
    }

    private sealed class ConvTranspose2dNode(ConvTranspose2dGeometry g, Tensor x, Tensor weight, Tensor? bias) : WeightedNode("conv_transpose2d", x, weight, bias)
    {
        protected override Tensor InputGradient(Tensor gradient, Tensor weight)
        {
            var dx = Tensor.Empty([g.N, g.Cin, g.H, g.W], gradient.DType, gradient.Device);
            gradient.Backend.ConvTranspose2dBackwardInput(g, gradient.View, weight.View, dx.View);
            return dx;
        }

        protected override Tensor WeightGradient(Tensor gradient, Tensor x)
        {
            var dw = Tensor.Empty([g.Cin, g.Cout / g.Groups, g.Kernel.H, g.Kernel.W], gradient.DType, gradient.Device);
            gradient.Backend.ConvTranspose2dBackwardWeight(g, x.View, gradient.View, dw.View);
            return dw;
        }

        protected override Tensor BiasGradient(Tensor gradient) => ChannelSum(gradient, g.N, g.Cout, (long)g.OH * g.OW);
    }
}
