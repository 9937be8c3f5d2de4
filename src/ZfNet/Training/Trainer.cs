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
    private readonly TrainingStep step;
    private TrainerState state;

    /// <summary>Prepares a run; nothing is read or changed yet.</summary>
    /// <param name="network">
    /// (N, 3, H, W) to logits [N, classes]; it stays the caller's. Its parameters may not be replaced during the run.
    /// </param>
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
        if (options.ClassWeights is { } weights && weights.Count != pictures.Classes.Count)
            throw new InputException($"There are {weights.Count} class weights for {pictures.Classes.Count} classes.");
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
        step = new TrainingStep(network, pictures, device, options);
        state = new TrainerState
        {
            StepsPerEpoch = (loader.BatchesPerEpoch + options.Accumulate - 1) / options.Accumulate,
            Backend = device.ToString(),
            Pictures = pictures.Count,
            Classes = pictures.Classes,
        };
    }

    /// <summary>The classes that the outputs stand for, in order.</summary>
    public IReadOnlyList<string> Classes => pictures.Classes;

    /// <summary>Whether every epoch is done, or early stopping has ended the run.</summary>
    public bool Done => state.Epoch >= options.Epochs || (options.EarlyStop is { } looks && state.Watch.Since >= looks);

    /// <summary>Where the run stands after its last whole step.</summary>
    public TrainerState State => state with { Generators = step.Generators };

    /// <summary>What it trains.</summary>
    public Layer Network => network;

    /// <summary>What moves the weights.</summary>
    public Sgd Optimiser => step.Optimiser;

    /// <summary>
    /// Goes on from where another run stood. The weights and the momentum are the caller's to restore.
    /// </summary>
    /// <param name="stood">Its <see cref="State"/>.</param>
    /// <exception cref="InputException">It trained on other pictures, with other steps or another dropout.</exception>
    public void Restore(TrainerState stood)
    {
        ArgumentNullException.ThrowIfNull(stood);
        if (stood.Pictures != state.Pictures || !stood.Classes.SequenceEqual(state.Classes))
            throw new InputException(
                $"The run that is to be resumed learned {stood.Pictures} pictures of {stood.Classes.Count} classes; "
                + $"these are {state.Pictures} of {state.Classes.Count}, or their classes have other names.");
        if (stood.StepsPerEpoch != state.StepsPerEpoch)
            throw new InputException(
                $"The run that is to be resumed had {stood.StepsPerEpoch} steps an epoch, this one has {state.StepsPerEpoch}.");
        step.Generators = stood.Generators;
        state = stood with { Backend = state.Backend };
    }

    /// <summary>Runs every epoch that is left.</summary>
    /// <param name="progress">Told after every step, on this thread.</param>
    /// <param name="epochDone">Told after every epoch, on this thread.</param>
    /// <param name="cancel">Stops between two steps; the weights are then those of the last whole step.</param>
    /// <returns>The epochs' metrics, of those before a resumption too.</returns>
    /// <exception cref="TrainingDivergedException">The loss became infinite or not a number.</exception>
    /// <exception cref="InputException">A picture cannot be decoded, or the outputs do not fit the classes.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<EpochMetrics> Run(
        IProgress<TrainingProgress>? progress = null, Action<EpochMetrics>? epochDone = null, CancellationToken cancel = default)
    {
        while (!Done)
        {
            var metrics = RunEpoch(progress, cancel);
            epochDone?.Invoke(metrics);
        }
        return state.Epochs;
    }

    /// <summary>Runs the epoch that comes next, or what is left of it.</summary>
    /// <param name="progress">Told after every step, on this thread.</param>
    /// <param name="cancel">Stops between two steps.</param>
    public EpochMetrics RunEpoch(IProgress<TrainingProgress>? progress = null, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        network.Training = true;
        var (before, clock, stepBegan) = (state.Seconds, Stopwatch.StartNew(), 0.0);
        var batches = 0;
        foreach (var batch in loader.Epoch(state.Epoch, state.Step * options.Accumulate, cancel))
        {
            using (batch)
            {
                if (batches == 0)
                {
                    cancel.ThrowIfCancellationRequested();
                    step.Begin(state.Epoch + 1, state.Step + 1);
                }
                step.Add(batch);
            }
            batches++;
            if (batches < options.Accumulate && state.Step * options.Accumulate + batches < loader.BatchesPerEpoch)
                continue;
            var metrics = step.Finish(LearningRate());
            var now = clock.Elapsed.TotalSeconds;
            metrics = metrics with { Seconds = now - stepBegan };
            state = state with { Step = state.Step + 1, Seconds = before + now, Sums = state.Sums.Add(metrics) };
            progress?.Report(new(
                state.Epoch + 1, options.Epochs, state.Step, state.StepsPerEpoch, state.Sums, metrics, state.Seconds));
            // What the caller does with it, such as a checkpoint, is no part of the next step.
            (batches, stepBegan) = (0, clock.Elapsed.TotalSeconds);
        }
        var result = Close(cancel);
        state = state with { Seconds = before + clock.Elapsed.TotalSeconds };
        return result;
    }

    /// <summary>Counts the network's answers on other pictures, as it stands.</summary>
    /// <param name="on">Labelled pictures.</param>
    /// <param name="cancel">Stops between passes.</param>
    public EvaluationResult Evaluate(PreparedPictures on, CancellationToken cancel = default) =>
        Evaluation.Run(network, on, device, options.BatchSize, workers: options.Workers, cancel: cancel);

    /// <summary>Frees the momentum; the network stays.</summary>
    public void Dispose() => step.Dispose();

    private double LearningRate() => options.Schedule.At(
        options.LearningRate, state.StepsDone, state.StepsPerEpoch, (long)options.Epochs * state.StepsPerEpoch,
        state.Watch.Falls);

    private EpochMetrics Close(CancellationToken cancel)
    {
        var (epoch, sums) = (state.Epoch + 1, state.Sums);
        var looks = heldOut is not null && (epoch % options.EvaluateEvery == 0 || epoch == options.Epochs);
        var metrics = new EpochMetrics(
            epoch, sums.LearningRate, sums.Loss / sums.Seen, (double)sums.Top1 / sums.Seen,
            (double)sums.Top5 / sums.Seen, sums.Seen / sums.Seconds, looks ? Evaluate(heldOut!, cancel) : null);
        var watched = heldOut is null ? metrics.Loss : metrics.HeldOut?.Loss;
        state = state with
        {
            Epoch = epoch,
            Step = 0,
            Sums = new(),
            Watch = watched is { } loss ? state.Watch.See(loss, options.Schedule.Patience) : state.Watch,
            Epochs = [.. state.Epochs, metrics],
        };
        return metrics;
    }
}
