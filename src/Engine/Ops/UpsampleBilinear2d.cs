using ZfNet.Kernels;

namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>Bilinear resizing. Semantics of PyTorch's interpolate(mode="bilinear") without anti-aliasing.</summary>
    /// <param name="x">Input [N, C, H, W].</param>
    /// <param name="outputSize">Height and width of the output.</param>
    /// <param name="alignCorners">Match the corner pixels' centres rather than their outer edges.</param>
    /// <returns>[N, C, outputSize].</returns>
    /// <exception cref="ShapeException">Shapes do not fit.</exception>
    public static Tensor UpsampleBilinear2d(this Tensor x, Pair outputSize, bool alignCorners = false)
    {
        const string op = "upsample_bilinear2d";
        Check.Rank(op, "x", x, 4, "[N, C, H, W]");
        Check.AtLeast(op, "output_size", outputSize, 1);
        var shape = x.Shape;
        Check.That(shape[2] > 0 && shape[3] > 0, op, "x", "a plane with elements", $"shape {shape}");
        var g = new UpsampleBilinear2dGeometry(
            shape[0] * shape[1], Check.Int(shape[2]), Check.Int(shape[3]), outputSize.H, outputSize.W, alignCorners);

        x = x.Contiguous();
        var y = Tensor.Empty([shape[0], shape[1], g.OH, g.OW], x.DType, x.Device);
        x.Backend.UpsampleBilinear2dForward(g, x.View, y.View);
        if (Autograd.Needed(x))
            y.Node = new UpsampleBilinear2dNode(g, x);
        return y;
    }

    private sealed class UpsampleBilinear2dNode(UpsampleBilinear2dGeometry g, Tensor x) : GradNode("upsample_bilinear2d", x)
    {
        private readonly Shape input = x.Shape;

        protected override Tensor?[] Backward(Tensor gradient)
        {
            var dx = Tensor.Empty(input, gradient.DType, gradient.Device);
            gradient.Backend.UpsampleBilinear2dBackward(g, gradient.View, dx.View);
            return [dx];
        }
    }
}
