using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>
/// Stochastic gradient descent with momentum and weight decay, as PyTorch's: v = mu v + (g + lambda w), w = w - lr v, and
/// the first step has v = g + lambda w.
/// </summary>
public sealed class Sgd : IDisposable
{
    private readonly List<KeyValuePair<string, Tensor>> parameters;
    private readonly Dictionary<string, Tensor> velocities = [];

    /// <summary>Takes the tensors to learn; they stay their layers' property.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative or not a number.</exception>
    public Sgd(IEnumerable<KeyValuePair<string, Tensor>> parameters, double learningRate, double momentum = 0, double weightDecay = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(learningRate);
        ArgumentOutOfRangeException.ThrowIfNegative(momentum);
        ArgumentOutOfRangeException.ThrowIfNegative(weightDecay);
        this.parameters = [.. parameters];
        LearningRate = learningRate;
        Momentum = momentum;
        WeightDecay = weightDecay;
    }

    /// <summary>lr, for the steps to come.</summary>
    public double LearningRate { get; set; }

    /// <summary>mu.</summary>
    public double Momentum { get; }

    /// <summary>lambda.</summary>
    public double WeightDecay { get; }

    /// <summary>The velocities by parameter name, for checkpoints; empty before the first step and without momentum.</summary>
    public IReadOnlyDictionary<string, Tensor> Velocities => velocities;

    /// <summary>Moves every parameter that has a gradient.</summary>
    public void Step()
    {
        var step = new SgdStep(LearningRate, Momentum, WeightDecay);
        foreach (var (name, parameter) in parameters)
        {
            if (parameter.Grad is not { } gradient)
                continue;
            Tensor? velocity = null;
            if (Momentum > 0 && !velocities.TryGetValue(name, out velocity))
                velocities[name] = velocity = Tensor.Zeros(parameter.Shape, parameter.DType, parameter.Device).Unscoped();
            parameter.Backend.Sgd(step, gradient.View, velocity?.View, parameter.View);
            parameter.Touch();
            velocity?.Touch();
        }
    }

    /// <summary>Forgets the parameters' gradients.</summary>
    public void ZeroGrad()
    {
        foreach (var (_, parameter) in parameters)
            parameter.ZeroGrad();
    }

    /// <summary>Frees the velocities.</summary>
    public void Dispose()
    {
        foreach (var velocity in velocities.Values)
            velocity.Dispose();
        velocities.Clear();
    }
}
