using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>
/// The node of an op with an input, a weight and perhaps a bias: each gradient needs the other factor, so the input is
/// saved for the weight's, the weight for the input's, and neither when nobody asks. Where the op rectified its output,
/// that is saved too, and the gradient passes the rectifier first.
/// </summary>
internal abstract class WeightedNode : GradNode
{
    private readonly Tensor? x, weight, rectified;
    private readonly ReLURule rule;

    protected WeightedNode(
        string op, Tensor x, Tensor weight, Tensor? bias, Tensor? rectified = null, ReLURule rule = ReLURule.Gradient)
        : base(op, x, weight, bias)
    {
        this.rectified = rectified is null ? null : Save(rectified);
        this.rule = rule;
        this.x = Needs(1) ? Save(x) : null;
        this.weight = Needs(0) ? Save(weight) : null;
    }

    protected sealed override Tensor?[] Backward(Tensor gradient)
    {
        using var passed = rectified is null ? null : gradient.ReLUBackward(rectified, rule);
        var own = passed ?? gradient;
        return
        [
            weight is null ? null : InputGradient(own, weight),
            x is null ? null : WeightGradient(own, x),
            Needs(2) ? BiasGradient(own) : null,
        ];
    }

    protected abstract Tensor InputGradient(Tensor gradient, Tensor weight);

    /// <summary>The weight's gradient; null where its leaf took it already.</summary>
    protected abstract Tensor? WeightGradient(Tensor gradient, Tensor x);

    protected abstract Tensor BiasGradient(Tensor gradient);
}
