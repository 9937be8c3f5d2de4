using ZfNet.Kernels;

namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>
    /// Max-unpooling: every value goes back to its switch, zeros elsewhere (paper, section 2.1). Like PyTorch's max_unpool2d,
    /// but deterministic where windows overlap, and with the exact gradient there.
    /// </summary>
    /// <param name="x">Pooled values [N, C, H, W].</param>
    /// <param name="switches">Int32 [N, C, H, W] from <see cref="MaxPool2dWithSwitches"/>.</param>
    /// <param name="outputSize">Height and width before the pooling.</param>
    /// <param name="mode">What a pixel gets that several windows chose.</param>
    /// <returns>[N, C, outputSize].</returns>
    /// <exception cref="ShapeException">Shapes do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A switch points outside the plane.</exception>
    public static Tensor MaxUnpool2d(this Tensor x, Tensor switches, Pair outputSize, UnpoolMode mode = UnpoolMode.Overwrite)
    {
        const string op = "max_unpool2d";
        Check.Rank(op, "x", x, 4, "[N, C, H, W]");
        Check.Index(op, "switches", switches, x, x.Shape);
        Check.AtLeast(op, "output_size", outputSize, 1);
        Check.That((long)outputSize.H * outputSize.W <= int.MaxValue, op, "output_size", "planes of at most 2^31 - 1 elements", $"{outputSize}");
        var shape = x.Shape;
        var g = new MaxUnpool2dGeometry(shape[0] * shape[1], Check.Int(shape[2]), Check.Int(shape[3]), outputSize.H, outputSize.W, mode);

        (x, switches) = (x.Contiguous(), switches.Contiguous());
        var y = Tensor.Empty([shape[0], shape[1], g.OH, g.OW], x.DType, x.Device);
        x.Backend.MaxUnpool2dForward(g, x.View, switches.View, y.View);
        if (Autograd.Needed(x))
            y.Node = new MaxUnpool2dNode(g, x, switches);
        return y;
    }

    /// <summary>
    /// Max-unpooling to the size that the pooling's parameters give, (H-1)s - 2p + k, or to <paramref name="outputSize"/>,
    /// which must lie strictly within one stride of it.
    /// </summary>
    /// <inheritdoc cref="MaxUnpool2d(Tensor, Tensor, Pair, UnpoolMode)"/>
    public static Tensor MaxUnpool2d(
        this Tensor x, Tensor switches, Pair kernel, Pair? stride, Pair? padding, Pair? outputSize = null, UnpoolMode mode = UnpoolMode.Overwrite)
    {
        const string op = "max_unpool2d";
        Check.Rank(op, "x", x, 4, "[N, C, H, W]");
        Pair s = stride ?? kernel, p = padding ?? 0;
        Check.AtLeast(op, "kernel", kernel, 1);
        CheckWindow(op, s, p, 1, 1);
        var natural = new Pair(
            Check.Int((x.Shape[2] - 1) * s.H - 2 * p.H + kernel.H), Check.Int((x.Shape[3] - 1) * s.W - 2 * p.W + kernel.W));
        var size = outputSize ?? natural;
        Check.That(
            Math.Abs(size.H - natural.H) < s.H && Math.Abs(size.W - natural.W) < s.W, op, "output_size", $"strictly within stride {s} of {natural}", $"{size}");
        return MaxUnpool2d(x, switches, size, mode);
    }

    private sealed class MaxUnpool2dNode : GradNode
    {
        private readonly MaxUnpool2dGeometry g;
        private readonly Tensor switches;

        public MaxUnpool2dNode(MaxUnpool2dGeometry g, Tensor x, Tensor switches)
            : base("max_unpool2d", x)
        {
            this.g = g;
            this.switches = Save(switches);
        }

        protected override Tensor?[] Backward(Tensor gradient)
        {
            var dx = Tensor.Empty(switches.Shape, gradient.DType, gradient.Device);
            gradient.Backend.MaxUnpool2dBackward(g, gradient.View, switches.View, dx.View);
            return [dx];
        }
    }
}
