using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>The rectifier.</summary>
/// <param name="rule">What autograd lets through on the way back.</param>
public sealed class ReLU(ReLURule rule = ReLURule.Gradient) : Layer
{
    internal ReLURule Rule => rule;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.ReLU(rule);
}
