using ZfNet.Kernels;

namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>
    /// Local response normalisation, x / (k + alpha/count * sum of x^2)^beta. Across channels as PyTorch's
    /// local_response_norm; within a channel over a size x size square (paper: "contrast normalisation").
    /// </summary>
    /// <param name="x">Input [N, C, H, W].</param>
    /// <param name="size">Window, in maps or in pixels.</param>
    /// <param name="alpha">Weight of the squares; Krizhevsky's alpha times size, since his formula does not divide.</param>
    /// <param name="beta">Exponent.</param>
    /// <param name="k">Constant under the power.</param>
    /// <param name="acrossChannels">Window across maps; else a square within each map.</param>
    /// <returns>[N, C, H, W].</returns>
    /// <exception cref="ShapeException">Shapes do not fit, or size is below 1.</exception>
    public static Tensor LocalResponseNorm(
        this Tensor x, int size = 5, double alpha = 5e-4, double beta = 0.75, double k = 2, bool acrossChannels = true)
    {
        var g = LocalResponseNormGeometry("local_response_norm", x, size, alpha, beta, k, acrossChannels);
        x = x.Contiguous();
        var y = Tensor.Empty(x.Shape, x.DType, x.Device);
        x.Backend.LocalResponseNormForward(g, x.View, y.View);
        if (Autograd.Needed(x))
            y.Node = new LocalResponseNormNode(g, x);
        return y;
    }

    /// <summary>The way back through <see cref="LocalResponseNorm"/>, as an op: what the deconvnet's gradient option does.</summary>
    /// <param name="gradient">What comes down from above, [N, C, H, W].</param>
    /// <param name="x">The forward input, same shape.</param>
    /// <param name="size">Window, in maps or in pixels.</param>
    /// <param name="alpha">Weight of the squares.</param>
    /// <param name="beta">Exponent.</param>
    /// <param name="k">Constant under the power.</param>
    /// <param name="acrossChannels">Window across maps; else a square within each map.</param>
    /// <returns>[N, C, H, W]; no gradient passes.</returns>
    /// <exception cref="ShapeException">Shapes do not fit, or size is below 1.</exception>
    public static Tensor LocalResponseNormBackward(
        this Tensor gradient, Tensor x, int size = 5, double alpha = 5e-4, double beta = 0.75, double k = 2, bool acrossChannels = true)
    {
        const string op = "local_response_norm_backward";
        var g = LocalResponseNormGeometry(op, x, size, alpha, beta, k, acrossChannels);
        Check.Float(op, "gradient", gradient);
        Check.Same(op, "gradient", gradient, x);
        return LocalResponseNormBackward(g, gradient.Contiguous(), x.Contiguous());
    }

    private static Tensor LocalResponseNormBackward(in LocalResponseNormGeometry g, Tensor gradient, Tensor x)
    {
        var dx = Tensor.Empty(x.Shape, gradient.DType, gradient.Device);
        gradient.Backend.LocalResponseNormBackward(g, x.View, gradient.View, dx.View);
        return dx;
    }

    private static LocalResponseNormGeometry LocalResponseNormGeometry(
        string op, Tensor x, int size, double alpha, double beta, double k, bool acrossChannels)
    {
        Check.Rank(op, "x", x, 4, "[N, C, H, W]");
        Check.That(size >= 1, op, "size", "at least 1", $"{size}");
        var s = x.Shape;
        return new LocalResponseNormGeometry(
            Check.Int(s[0]), Check.Int(s[1]), Check.Int(s[2]), Check.Int(s[3]), size, alpha, beta, k, acrossChannels);
    }

    private sealed class LocalResponseNormNode : GradNode
    {
        private readonly LocalResponseNormGeometry g;
        private readonly Tensor x;

        public LocalResponseNormNode(LocalResponseNormGeometry g, Tensor x)
            : base("local_response_norm", x)
        {
            this.g = g;
            this.x = Save(x);
        }

        protected override Tensor?[] Backward(Tensor gradient) => [LocalResponseNormBackward(g, gradient, x)];
    }
}
