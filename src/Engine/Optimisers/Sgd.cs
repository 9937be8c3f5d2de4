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
    /// <exception cref="ShapeException">A parameter is stored in bfloat16, which does not learn.</exception>
    public Sgd(IEnumerable<KeyValuePair<string, Tensor>> parameters, double learningRate, double momentum = 0, double weightDecay = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(learningRate);
        ArgumentOutOfRangeException.ThrowIfNegative(momentum);
        ArgumentOutOfRangeException.ThrowIfNegative(weightDecay);
        this.parameters = [.. parameters];
        if (this.parameters.Find(p => p.Value.DType == DType.BFloat16).Key is { } stored)
            throw new ShapeException($"sgd: \"{stored}\" is stored in bfloat16, which is for inference; store it in float32 to train it.");
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

    /// <summary>Puts a velocity in its place, to resume; copied.</summary>
    /// <param name="name">The parameter's.</param>
    /// <param name="velocity">As <see cref="Velocities"/> gave it.</param>
    /// <exception cref="ShapeException">Shape, element type or device are not the parameter's.</exception>
    public void Restore(string name, Tensor velocity)
    {
        ArgumentNullException.ThrowIfNull(velocity);
        var parameter = parameters.Find(p => p.Key == name).Value ?? throw new KeyNotFoundException($"There is no parameter \"{name}\".");
        Check.Same("sgd", "velocity", velocity, parameter);
        var copy = velocity.Clone().Unscoped();
        if (velocities.Remove(name, out var old))
            old.Dispose();
        velocities[name] = copy;
    }

    /// <summary>
    /// The Euclidean norm of all gradients together; not finite where one of them is not (or its square overflows).
    /// </summary>
    public double GradientNorm()
    {
        using var mode = Autograd.NoGrad();
        var total = 0.0;
        foreach (var gradient in Gradients)
        {
            using var scope = new TensorScope();
            total += gradient.Multiply(gradient).Sum().Item();
        }
        return Math.Sqrt(total);
    }

    /// <summary>Multiplies every gradient.</summary>
    public void ScaleGradients(double factor)
    {
        foreach (var gradient in Gradients)
        {
            gradient.Backend.Scale(factor, gradient.View, gradient.View);
            gradient.Touch();
        }
    }

    /// <summary>Moves every parameter that has a gradient.</summary>
    public void Step()
    {
        var step = new SgdStep(LearningRate, Momentum, WeightDecay);
        var recording = Recording.Current;
        foreach (var (name, parameter) in parameters)
        {
            if (parameter is { Deferred: null, Grad: null })
                continue;
            Tensor? velocity = null;
            if (Momentum > 0 && !velocities.TryGetValue(name, out velocity))
            {
                recording?.RefuseNewState($"\"{name}\" has a gradient for the first time");
                velocities[name] = velocity = Tensor.Zeros(parameter.Shape, parameter.DType, parameter.Device).Unscoped();
            }
            if (recording is not null)
                step = step with { RateAt = recording.Rate(this, parameter.Device) };
            if (parameter.Deferred is { } deferred)
                deferred.Step(step, velocity, parameter);
            else
                parameter.Backend.Sgd(step, parameter.Grad!.View, velocity?.View, parameter.View);
            parameter.Touch();
            velocity?.Touch();
        }
    }

    private IEnumerable<Tensor> Gradients => parameters.Select(p => p.Value.Grad).OfType<Tensor>();

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
