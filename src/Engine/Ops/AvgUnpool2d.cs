using ZfNet.Kernels;

namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>Average unpooling: the pooled value fills its whole window (the article's reading of unpooling).</summary>
    /// <param name="x">Pooled values [N, C, OH, OW].</param>
    /// <param name="outputSize">Height and width before the pooling.</param>
    /// <param name="kernel">Window size of the pooling.</param>
    /// <param name="stride">Its step; null means the window's size.</param>
    /// <param name="padding">Its padding; null means 0.</param>
    /// <param name="ceilMode">Whether it rounded the number of windows up.</param>
    /// <param name="mode">What a cell gets that several windows cover.</param>
    /// <returns>[N, C, outputSize].</returns>
    /// <exception cref="ShapeException">Pooling outputSize would not give x's shape.</exception>
    public static Tensor AvgUnpool2d(
        this Tensor x, Pair outputSize, Pair kernel, Pair? stride = null, Pair? padding = null, bool ceilMode = false,
        UnpoolMode mode = UnpoolMode.Overwrite)
    {
        var g = UnpoolGeometry("avg_unpool2d", x, outputSize, kernel, stride, padding, ceilMode);
        x = x.Contiguous();
        var y = Tensor.Empty([x.Shape[0], x.Shape[1], g.H, g.W], x.DType, x.Device);
        x.Backend.AvgUnpool2dForward(g, mode, x.View, y.View);
        if (Autograd.Needed(x))
            y.Node = new AvgUnpool2dNode(g, mode, x);
        return y;
    }

    /// <summary>The geometry of the pooling that made x from planes of outputSize.</summary>
    private static Pool2dGeometry UnpoolGeometry(string op, Tensor x, Pair outputSize, Pair kernel, Pair? stride, Pair? padding, bool ceilMode)
    {
        Check.Rank(op, "x", x, 4, "[N, C, OH, OW]");
        Check.AtLeast(op, "output_size", outputSize, 1);
        Pair s = stride ?? kernel, p = padding ?? 0;
        Check.AtLeast(op, "kernel", kernel, 1);
        CheckWindow(op, s, p, 1, 1);
        Check.That(p.H <= kernel.H / 2 && p.W <= kernel.W / 2, op, "padding", $"at most half of the window {kernel}", $"{p}");
        var shape = x.Shape;
        var g = new Pool2dGeometry(shape[0] * shape[1], outputSize.H, outputSize.W, kernel, s, p, ceilMode);
        Check.Shape(op, "x", x, [shape[0], shape[1], g.OH, g.OW]);
        return g;
    }

    private sealed class AvgUnpool2dNode(Pool2dGeometry g, UnpoolMode mode, Tensor x) : GradNode("avg_unpool2d", x)
    {
        private readonly Shape input = x.Shape;

        protected override Tensor?[] Backward(Tensor gradient)
        {
            var dx = Tensor.Empty(input, gradient.DType, gradient.Device);
            gradient.Backend.AvgUnpool2dBackward(g, mode, gradient.View, dx.View);
            return [dx];
        }
    }
}
