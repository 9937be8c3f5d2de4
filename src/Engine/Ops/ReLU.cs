using ZfNet.Kernels;

namespace ZfNet.Engine;

public static partial class Ops
{
    /// <summary>max(x, 0).</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="rule">What the way back lets through: the gradient, Zeiler's rule, or both (guided).</param>
    /// <returns>A tensor of the same shape.</returns>
    public static Tensor ReLU(this Tensor x, ReLURule rule = ReLURule.Gradient)
    {
        Check.Float("relu", "x", x);
        x = x.Contiguous();
        var y = Tensor.Empty(x.Shape, x.DType, x.Device);
        x.Backend.ReLUForward(x.View, y.View);
        if (Autograd.Needed(x))
            y.Node = new ReLUNode(rule, x, y);
        return y;
    }

    /// <summary>The way back through a rectifier, as an op: what the deconvnet does at every ReLU.</summary>
    /// <param name="gradient">What comes down from above; any shape.</param>
    /// <param name="output">The forward output, same shape.</param>
    /// <param name="rule">The rule.</param>
    /// <returns>A tensor of the same shape; no gradient passes.</returns>
    public static Tensor ReLUBackward(this Tensor gradient, Tensor output, ReLURule rule)
    {
        Check.Float("relu_backward", "gradient", gradient);
        Check.Same("relu_backward", "output", output, gradient);
        (gradient, output) = (gradient.Contiguous(), output.Contiguous());
        var dx = Tensor.Empty(gradient.Shape, gradient.DType, gradient.Device);
        gradient.Backend.ReLUBackward(rule, output.View, gradient.View, dx.View);
        return dx;
    }

    private sealed class ReLUNode : GradNode
    {
        private readonly ReLURule rule;
        private readonly Tensor y;

        public ReLUNode(ReLURule rule, Tensor x, Tensor y)
            : base("relu", x)
        {
            this.rule = rule;
            this.y = Save(y);
        }

        protected override Tensor?[] Backward(Tensor gradient) => [gradient.ReLUBackward(y, rule)];
    }
}
