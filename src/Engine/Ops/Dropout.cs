using ZfNet.Kernels;

namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>Dropout: each element is zero with chance p, else x/(1-p). The mask is recomputed in backward, never stored.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="p">Chance of being dropped, in [0, 1].</param>
    /// <param name="generator">Gives the mask's seed and stream; every call takes a stream.</param>
    /// <returns>A tensor of the same shape.</returns>
    /// <exception cref="ShapeException">p is not in [0, 1].</exception>
    public static Tensor Dropout(this Tensor x, double p, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        Check.Float("dropout", "x", x);
        Check.That(p is >= 0 and <= 1, "dropout", "p", "in [0, 1]", $"{p}");
        return Dropout(x, generator.NextMask(p, x.Device));
    }

    private static Tensor Dropout(Tensor x, DropoutMask mask)
    {
        x = x.Contiguous();
        var y = Tensor.Empty(x.Shape, x.DType, x.Device);
        x.Backend.Dropout(mask, x.View, y.View);
        if (Autograd.Needed(x))
            y.Node = new DropoutNode(mask, x);
        return y;
    }

    private sealed class DropoutNode(DropoutMask mask, Tensor x) : GradNode("dropout", x)
    {
        protected override Tensor?[] Backward(Tensor gradient) => [Dropout(gradient, mask)];
    }
}
