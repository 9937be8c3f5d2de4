using ZfNet.Data;
using ZfNet.Engine;

namespace ZfNet.Training;

/// <summary>
/// One move of the weights: the gradients of one batch or of several, their norm limited, the optimiser, the filters
/// renormalised. Several batches give the mean over all their pictures, as one large batch would.
/// </summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly Layer network;
    private readonly PreparedPictures pictures;
    private readonly Device device;
    private readonly TrainingOptions options;
    private readonly Generator[] generators;
    private readonly ulong[] streams;
    private readonly float[]? classWeights;
    private (int Epoch, int Step) at;
    private int seen, top1, top5;
    private double loss, weight;

    public TrainingStep(Layer network, PreparedPictures pictures, Device device, TrainingOptions options)
    {
        (this.network, this.pictures, this.device, this.options) = (network, pictures, device, options);
        Optimiser = new Sgd(network.Parameters, options.LearningRate, options.Momentum, options.WeightDecay);
        generators = [.. Dropouts(network).Select(dropout => dropout.Generator).Distinct()];
        streams = new ulong[generators.Length];
        Settle();
        classWeights = options.ClassWeights?.Select(weight => (float)weight).ToArray();
    }

    public Sgd Optimiser { get; }

    /// <summary>Dropout's generators after the last whole step.</summary>
    public IReadOnlyList<GeneratorState> Generators
    {
        get => [.. generators.Select((generator, i) => new GeneratorState(generator.Seed, streams[i]))];
        set
        {
            if (!value.Select(state => state.Seed).SequenceEqual(generators.Select(generator => generator.Seed)))
                throw new InputException("The checkpoint's dropout has another seed, or other layers, than the network's.");
            foreach (var (generator, state) in generators.Zip(value))
                generator.Stream = state.Stream;
            Settle();
        }
    }

    /// <summary>Forgets what was added up.</summary>
    /// <param name="epoch">1-based, for sentences.</param>
    /// <param name="step">1-based, likewise.</param>
    public void Begin(int epoch, int step)
    {
        (at, seen, top1, top5, loss, weight) = ((epoch, step), 0, 0, 0, 0, 0);
        Optimiser.ZeroGrad();
    }

    /// <summary>Adds a batch's gradients.</summary>
    /// <exception cref="TrainingDivergedException">The loss is not finite; no weight has moved.</exception>
    public void Add(PictureBatch batch)
    {
        // Everything that the pass makes goes back to the device's pool, so the memory of a run is that of its first step.
        using var scope = new TensorScope();
        var input = Labelled.Input(batch, pictures.Preprocessing, device);
        var logits = network.Forward(input);
        Labelled.CheckOutputs(logits, pictures.Classes);
        Count(logits, batch.Labels.Span);
        var batchWeight = Weight(batch.Labels.Span);
        var mean = options.Accumulate == 1;
        var result = logits.CrossEntropy(
            Labelled.Labels(batch, device),
            classWeights is null ? null : Tensor.From(classWeights, [classWeights.Length], device),
            options.LabelSmoothing, reduction: mean ? Reduction.Mean : Reduction.Sum);
        var value = result.Item();
        if (!double.IsFinite(value))
        {
            Unsettle();
            throw Diverged(
                $"The loss is {(double.IsNaN(value) ? "not a number" : "infinite")}", NonFinite.InForward(network, input));
        }
        result.Backward();
        loss += mean ? value * batchWeight : value;
        weight += batchWeight;
        seen += batch.Count;
    }

    /// <summary>Moves the weights. What it took is the caller's to say.</summary>
    /// <param name="learningRate">By this rate.</param>
    /// <exception cref="TrainingDivergedException">
    /// The norm of the gradients was asked for and is not finite; no weight has moved.
    /// </exception>
    public StepMetrics Finish(double learningRate)
    {
        var factor = options.Accumulate == 1 ? 1 : 1 / weight;
        if (options.ClipNorm is { } limit)
        {
            var norm = factor * Optimiser.GradientNorm();
            if (!double.IsFinite(norm))
            {
                Unsettle();
                throw Diverged(
                    "The loss is finite, but its gradient is not,",
                    NonFinite.InGradients(network) is { } name
                        ? $"it first appears in that of '{name}'"
                        : "the sum of its squares is too large");
            }
            if (norm > limit)
                factor *= limit / norm;
        }
        if (factor != 1)
            Optimiser.ScaleGradients(factor);
        Optimiser.LearningRate = learningRate;
        Optimiser.Step();
        options.Renormaliser?.Apply();
        Settle();
        return new(seen, loss / weight, top1, top5, learningRate, Seconds: 0);
    }

    public void Dispose() => Optimiser.Dispose();

    private static IEnumerable<Dropout> Dropouts(Layer layer) => layer switch
    {
        Dropout dropout => [dropout],
        Sequential sequence => sequence.Layers.SelectMany(inner => Dropouts(inner.Value)),
        _ => [],
    };

    private TrainingDivergedException Diverged(string what, string where) =>
        new(
            at.Epoch, at.Step,
            $"{what} at step {at.Step} of epoch {at.Epoch}: {where}; a lower learning rate or a warm-up may help.");

    private double Weight(ReadOnlySpan<int> labels)
    {
        if (classWeights is null)
            return labels.Length;
        var sum = 0.0;
        foreach (var label in labels)
            sum += classWeights[label];
        return sum;
    }

    private void Count(Tensor logits, ReadOnlySpan<int> labels)
    {
        var rows = logits.ToArray<float>();
        var classes = rows.Length / labels.Length;
        for (var n = 0; n < labels.Length; n++)
        {
            var rank = Evaluation.Rank(rows.AsSpan(n * classes, classes), labels[n]);
            top1 += rank == 0 ? 1 : 0;
            top5 += rank < 5 ? 1 : 0;
        }
    }

    private void Settle()
    {
        for (var i = 0; i < generators.Length; i++)
            streams[i] = generators[i].Stream;
    }

    private void Unsettle()
    {
        for (var i = 0; i < generators.Length; i++)
            generators[i].Stream = streams[i];
    }
}
