namespace ZfNet.Engine;

/// <summary>
/// The node of an op with an input, a weight and perhaps a bias: each gradient needs the other factor, so the input is
/// saved for the weight's, the weight for the input's, and neither when nobody asks.
/// </summary>
internal abstract class WeightedNode : GradNode
{
    private readonly Tensor? x, weight;

    protected WeightedNode(string op, Tensor x, Tensor weight, Tensor? bias)
        : base(op, x, weight, bias)
    {
        this.x = Needs(1) ? Save(x) : null;
        this.weight = Needs(0) ? Save(weight) : null;
    }

    protected sealed override Tensor?[] Backward(Tensor gradient) =>
    [
        weight is null ? null : InputGradient(gradient, weight),
        x is null ? null : WeightGradient(gradient, x),
        Needs(2) ? BiasGradient(gradient) : null,
    ];

    protected abstract Tensor InputGradient(Tensor gradient, Tensor weight);

    protected abstract Tensor WeightGradient(Tensor gradient, Tensor x);

    protected abstract Tensor BiasGradient(Tensor gradient);
}
