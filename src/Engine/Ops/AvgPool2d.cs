using ZfNet.Kernels;

namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>2-d average pooling. Semantics of PyTorch's avg_pool2d.</summary>
    /// <param name="x">Input [N, C, H, W].</param>
    /// <param name="kernel">Window size.</param>
    /// <param name="stride">Step between windows; null means the window's size.</param>
    /// <param name="padding">Zeros on each side; at most half the window; null means 0.</param>
    /// <param name="ceilMode">Round the number of windows up.</param>
    /// <param name="countIncludePad">Whether the padding counts in the divisor.</param>
    /// <returns>[N, C, OH, OW].</returns>
    /// <exception cref="ShapeException">Shapes do not fit, or no window fits into the input.</exception>
    public static Tensor AvgPool2d(
        this Tensor x, Pair kernel, Pair? stride = null, Pair? padding = null, bool ceilMode = false, bool countIncludePad = true)
    {
        var g = PoolGeometry("avg_pool2d", x, kernel, stride, padding, ceilMode);
        x = x.Contiguous();
        var y = Tensor.Empty([x.Shape[0], x.Shape[1], g.OH, g.OW], x.DType, x.Device);
        x.Backend.AvgPool2dForward(g, countIncludePad, x.View, y.View);
        if (Autograd.Needed(x))
            y.Node = new AvgPool2dNode(g, countIncludePad, x);
        return y;
    }

    /// <summary>The way back through <see cref="AvgPool2d"/>, as an op: every cell gets its share of each window that covers it.</summary>
    /// <param name="gradient">What comes down from above, [N, C, OH, OW].</param>
    /// <param name="outputSize">Height and width before the pooling.</param>
    /// <param name="kernel">Window size of the pooling.</param>
    /// <param name="stride">Its step; null means the window's size.</param>
    /// <param name="padding">Its padding; null means 0.</param>
    /// <param name="ceilMode">Whether it rounded the number of windows up.</param>
    /// <param name="countIncludePad">Whether the padding counts in the divisor.</param>
    /// <returns>[N, C, outputSize]; no gradient passes.</returns>
    /// <exception cref="ShapeException">Pooling outputSize would not give gradient's shape.</exception>
    public static Tensor AvgPool2dBackward(
        this Tensor gradient, Pair outputSize, Pair kernel, Pair? stride = null, Pair? padding = null, bool ceilMode = false,
        bool countIncludePad = true)
    {
        const string op = "avg_pool2d_backward";
        var g = UnpoolGeometry(op, gradient, outputSize, kernel, stride, padding, ceilMode);
        return AvgPool2dBackward(g, countIncludePad, gradient.Contiguous());
    }

    private static Tensor AvgPool2dBackward(in Pool2dGeometry g, bool countIncludePad, Tensor gradient)
    {
        var dx = Tensor.Empty([gradient.Shape[0], gradient.Shape[1], g.H, g.W], gradient.DType, gradient.Device);
        gradient.Backend.AvgPool2dBackward(g, countIncludePad, gradient.View, dx.View);
        return dx;
    }

    private sealed class AvgPool2dNode(Pool2dGeometry g, bool countIncludePad, Tensor x) : GradNode("avg_pool2d", x)
    {
        protected override Tensor?[] Backward(Tensor gradient) => [AvgPool2dBackward(g, countIncludePad, gradient)];
    }
}
