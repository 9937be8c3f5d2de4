using ZfNet.Kernels;

namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>2-d max-pooling. Semantics of PyTorch's max_pool2d.</summary>
    /// <param name="x">Input [N, C, H, W].</param>
    /// <param name="kernel">Window size.</param>
    /// <param name="stride">Step between windows; null means the window's size.</param>
    /// <param name="padding">Cells on each side that are never selected; at most half the window; null means 0.</param>
    /// <param name="ceilMode">Round the number of windows up.</param>
    /// <returns>[N, C, OH, OW].</returns>
    /// <exception cref="ShapeException">Shapes do not fit, or no window fits into the input.</exception>
    public static Tensor MaxPool2d(this Tensor x, Pair kernel, Pair? stride = null, Pair? padding = null, bool ceilMode = false)
    {
        var (y, switches) = MaxPool2dWithSwitches(x, kernel, stride, padding, ceilMode);
        switches.Dispose();
        return y;
    }

    /// <summary><inheritdoc cref="MaxPool2d"/> Returns the switches too: where each maximum was.</summary>
    /// <returns>
    /// Output [N, C, OH, OW] and switches, Int32 of the same shape: h*W + w in the unpadded plane. The first maximum in
    /// row-major order wins.
    /// </returns>
    /// <inheritdoc cref="MaxPool2d"/>
    public static (Tensor Output, Tensor Switches) MaxPool2dWithSwitches(
        this Tensor x, Pair kernel, Pair? stride = null, Pair? padding = null, bool ceilMode = false)
    {
        var g = PoolGeometry("max_pool2d", x, kernel, stride, padding, ceilMode);
        x = x.Contiguous();
        Shape shape = [x.Shape[0], x.Shape[1], g.OH, g.OW];
        var y = Tensor.Empty(shape, x.DType, x.Device);
        var switches = Tensor.Empty(shape, DType.Int32, x.Device);
        x.Backend.MaxPool2dForward(g, x.View, y.View, switches.View);
        if (Autograd.Needed(x))
            y.Node = new MaxPool2dNode(g, x, switches);
        return (y, switches);
    }

    private static Pool2dGeometry PoolGeometry(string op, Tensor x, Pair kernel, Pair? stride, Pair? padding, bool ceilMode)
    {
        Check.Rank(op, "x", x, 4, "[N, C, H, W]");
        Pair s = stride ?? kernel, p = padding ?? 0;
        Check.AtLeast(op, "kernel", kernel, 1);
        CheckWindow(op, s, p, 1, 1);
        Check.That(p.H <= kernel.H / 2 && p.W <= kernel.W / 2, op, "padding", $"at most half of the window {kernel}", $"{p}");
        var shape = x.Shape;
        Check.That(shape[2] * shape[3] <= int.MaxValue, op, "x", "planes of at most 2^31 - 1 elements", $"shape {shape}");
        var g = new Pool2dGeometry(shape[0] * shape[1], Check.Int(shape[2]), Check.Int(shape[3]), kernel, s, p, ceilMode);
        Check.That(g.H > 0 && g.W > 0 && g.OH > 0 && g.OW > 0, op, "x", $"large enough for a {kernel} window with padding {p}", $"shape {shape}");
        return g;
    }

    private sealed class MaxPool2dNode : GradNode
    {
        private readonly Pool2dGeometry g;
        private readonly Shape input;
        private readonly Tensor switches;

        public MaxPool2dNode(in Pool2dGeometry g, Tensor x, Tensor switches)
            : base("max_pool2d", x)
        {
            this.g = g;
            input = x.Shape;
            this.switches = Save(switches);
        }

        protected override Tensor?[] Backward(Tensor gradient)
        {
            var dx = Tensor.Empty(input, gradient.DType, gradient.Device);
            gradient.Backend.MaxPool2dBackward(g, gradient.View, switches.View, dx.View);
            return [dx];
        }
    }
}
