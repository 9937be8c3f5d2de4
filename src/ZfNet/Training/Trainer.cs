using System.Diagnostics;
using ZfNet.Data;
using ZfNet.Engine;

namespace ZfNet.Training;

/// <summary>
/// Trains a network on labelled pictures with stochastic gradient descent on the cross-entropy. The weights after each
/// step are a function of the initial weights, the pictures, the options and the network's dropout state: neither the
/// number of workers nor how often held-out pictures are looked at changes a bit.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly Layer network;
    private readonly PreparedPictures pictures;
    private readonly PreparedPictures? heldOut;
    private readonly Device device;
    private readonly TrainingOptions options;
    private readonly PictureLoader loader;
    private readonly Sgd optimiser;
    private readonly int stepsPerEpoch;

    /// <summary>Prepares a run; nothing is read or changed yet.</summary>
    /// <param name="network">(N, 3, H, W) to logits [N, classes]; it stays the caller's. Its parameters may not be replaced during the run.</param>
    /// <param name="pictures">What it learns.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="options">The recipe.</param>
    /// <param name="heldOut">Pictures to measure on, with the same classes in the same order; null for none.</param>
    /// <exception cref="InputException">A set is empty, has no labels, or their classes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public Trainer(Layer network, PreparedPictures pictures, Device device, TrainingOptions options, PreparedPictures? heldOut = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Labelled.Check(pictures);
        if (pictures.Classes.Count < 2)
            throw new InputException($"There is only one class, '{pictures.Classes[0]}': training takes at least two.");
        if (heldOut is not null)
        {
            Labelled.Check(heldOut);
            if (!heldOut.Classes.SequenceEqual(pictures.Classes))
                throw new InputException(
                    $"The held-out pictures have the classes {string.Join(", ", heldOut.Classes)}, the training pictures {string.Join(", ", pictures.Classes)}.");
        }
        (this.network, this.pictures, this.device, this.options, this.heldOut) = (network, pictures, device, options, heldOut);
        loader = new PictureLoader(pictures, options.BatchSize)
        {
            Augmentation = options.Augmentation,
            Seed = options.Seed,
            Workers = options.Workers,
        };
        stepsPerEpoch = (pictures.Count + options.BatchSize - 1) / options.BatchSize;
        optimiser = new Sgd(network.Parameters, options.LearningRate, options.Momentum, options.WeightDecay);
    }

    /// <summary>The classes that the outputs stand for, in order.</summary>
    public IReadOnlyList<string> Classes => pictures.Classes;

    /// <summary>Runs every epoch.</summary>
    /// <param name="progress">Told after every step, on this thread.</param>
    /// <param name="epochDone">Told after every epoch, on this thread.</param>
    /// <param name="cancel">Stops between two steps; the weights are then those of the last whole step.</param>
    /// <returns>The epochs' metrics.</returns>
    /// <exception cref="TrainingDivergedException">The loss became infinite or not a number.</exception>
    /// <exception cref="InputException">A picture cannot be decoded, or the outputs do not fit the classes.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<EpochMetrics> Run(
        IProgress<TrainingProgress>? progress = null, Action<EpochMetrics>? epochDone = null, CancellationToken cancel = default)
    {
        var metrics = new List<EpochMetrics>();
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            metrics.Add(RunEpoch(epoch, progress, cancel));
            epochDone?.Invoke(metrics[^1]);
        }
        return metrics;
    }

    /// <summary>Runs one epoch.</summary>
    /// <param name="epoch">0-based; it decides the order, the augmentation and the learning rate.</param>
    /// <param name="progress">Told after every step, on this thread.</param>
    /// <param name="cancel">Stops between two steps.</param>
    public EpochMetrics RunEpoch(int epoch, IProgress<TrainingProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        cancel.ThrowIfCancellationRequested();
        network.Training = true;
        var (step, seen, correct, loss) = (0, 0, 0, 0.0);
        var clock = Stopwatch.StartNew();
        foreach (var batch in loader.Epoch(epoch, cancel))
        {
            using (batch)
            {
                cancel.ThrowIfCancellationRequested();
                optimiser.LearningRate = options.Schedule.At(
                    options.LearningRate, (long)epoch * stepsPerEpoch + step, stepsPerEpoch, (long)options.Epochs * stepsPerEpoch);
                var result = TrainStep(batch, epoch + 1, step + 1);
                step++;
                seen += batch.Count;
                correct += result.Correct;
                loss += result.Loss * batch.Count;
            }
            progress?.Report(new(epoch + 1, options.Epochs, step, stepsPerEpoch, loss / seen, seen / clock.Elapsed.TotalSeconds));
        }
        var speed = seen / clock.Elapsed.TotalSeconds;
        var looks = heldOut is not null && ((epoch + 1) % options.EvaluateEvery == 0 || epoch + 1 == options.Epochs);
        return new(
            epoch + 1, optimiser.LearningRate, loss / seen, (double)correct / seen, speed,
            looks ? Evaluate(heldOut!, cancel) : null);
    }

    /// <summary>Counts the network's answers on other pictures, as it stands.</summary>
    /// <param name="on">Labelled pictures.</param>
    /// <param name="cancel">Stops between passes.</param>
    public EvaluationResult Evaluate(PreparedPictures on, CancellationToken cancel = default) =>
        Evaluation.Run(network, on, device, options.BatchSize, workers: options.Workers, cancel: cancel);

    /// <summary>Frees the momentum; the network stays.</summary>
    public void Dispose() => optimiser.Dispose();

    /// <summary>Forward, backward and one move of the weights. A loss that is not finite moves nothing.</summary>
    private (double Loss, int Correct) TrainStep(PictureBatch batch, int epoch, int step)
    {
        // Everything that the step makes goes back to the device's pool, so the memory of a run is that of its first step.
        using var scope = new TensorScope();
        var logits = network.Forward(Labelled.Input(batch, pictures.Preprocessing, device));
        Labelled.CheckOutputs(logits, pictures.Classes);
        var correct = CountCorrect(logits, batch.Labels.Span);
        var loss = logits.CrossEntropy(Labelled.Labels(batch, device), labelSmoothing: options.LabelSmoothing);
        var value = loss.Item();
        if (!double.IsFinite(value))
            throw new TrainingDivergedException(epoch, step, value);
        optimiser.ZeroGrad();
        loss.Backward();
        optimiser.Step();
        options.Renormaliser?.Apply();
        return (value, correct);
    }

    private static int CountCorrect(Tensor logits, ReadOnlySpan<int> labels)
    {
        var rows = logits.ToArray<float>();
        var (classes, correct) = (rows.Length / labels.Length, 0);
        for (var n = 0; n < labels.Length; n++)
            if (Evaluation.Rank(rows.AsSpan(n * classes, classes), labels[n]) == 0)
                correct++;
        return correct;
    }
}
