using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Training;

/// <summary>
/// A run that can be stopped at any time, by any means, and resumed: a <see cref="Trainer"/> whose steps are written to
/// the log of a <see cref="RunFolder"/>, and whose state to its checkpoints.
/// </summary>
/// <param name="folder">Where.</param>
/// <param name="config">The recipe, to go with every checkpoint.</param>
/// <param name="preprocessing">Likewise.</param>
/// <param name="trainer">At the beginning, or restored; it stays the caller's.</param>
public sealed class TrainingRun(RunFolder folder, RunConfig config, Preprocessing preprocessing, Trainer trainer)
{
    private readonly CheckpointFolder checkpoints = new(folder.Checkpoints);

    /// <summary>Trains to the end. Lines of the log that are later than the trainer's state are cut first.</summary>
    /// <param name="progress">Told after every step, on this thread.</param>
    /// <param name="epochDone">Told after every epoch, on this thread.</param>
    /// <param name="cancel">Stops after the step at work, and saves.</param>
    /// <returns>The epochs' metrics, of those before a resumption too.</returns>
    /// <exception cref="TrainingDivergedException">
    /// As of <see cref="Trainer.Run"/>; the sentence names the last good checkpoint.
    /// </exception>
    /// <exception cref="FileWriteException">
    /// The disk refused a line or a checkpoint; the last checkpoint is as it was.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled, and saved.</exception>
    public IReadOnlyList<EpochMetrics> Run(
        IProgress<TrainingProgress>? progress = null, Action<EpochMetrics>? epochDone = null, CancellationToken cancel = default)
    {
        var from = trainer.State;
        using var log = new TrainingLog(
            folder.Log, line => line.Step < from.StepsDone
                || (line.Step == from.StepsDone && (line is StepLine || from.Step == 0)));
        try
        {
            return Train();
        }
        catch (TrainingDivergedException e)
        {
            throw Named(e);
        }

        IReadOnlyList<EpochMetrics> Train()
        {
            try
            {
                return trainer.Run(new Told(StepDone), EpochDone, cancel);
            }
            catch (OperationCanceledException)
            {
                Save(log);
                throw;
            }
        }

        void StepDone(TrainingProgress at)
        {
            if (at.StepsDone % config.LogEvery == 0)
                log.Append(Line(at));
            progress?.Report(at);
            // The last step's is that of the epoch.
            if (config.SaveEvery is { } every && at.StepsDone % every == 0 && at.Step < at.StepsPerEpoch)
                Save(log);
        }

        void EpochDone(EpochMetrics epoch)
        {
            log.Append(Line(epoch, trainer.State));
            Save(log);
            epochDone?.Invoke(epoch);
        }
    }

    private static StepLine Line(TrainingProgress at)
    {
        var step = at.Last;
        return new(
            at.StepsDone, at.Epoch, step.Loss, (double)step.Top1 / step.Pictures, (double)step.Top5 / step.Pictures,
            step.LearningRate, step.Pictures / step.Seconds, at.Seconds);
    }

    private static EpochLine Line(EpochMetrics epoch, TrainerState state) => new(
        state.StepsDone, epoch.Epoch, epoch.Loss, epoch.Accuracy, epoch.Top5, epoch.LearningRate, epoch.ImagesPerSecond,
        state.Seconds)
    {
        HeldOut = epoch.HeldOut is { } result
            ? new(result.Loss, result.Accuracy, result.Top5Accuracy, result.Count)
            : null,
    };

    private void Save(TrainingLog log)
    {
        var state = trainer.State;
        if (NonFinite.InParameters(trainer.Network) is { } name)
            throw new TrainingDivergedException(
                state.Epoch + 1, state.Step,
                $"The loss was finite, but the gradient has spoilt '{name}' by step {state.StepsDone} of the run; "
                + "a lower learning rate or a warm-up may help.");
        // A checkpoint must not be ahead of its log.
        log.Sync();
        checkpoints.Save(state.StepsDone, config.Keep, path => Checkpoint.Save(path, trainer, config, preprocessing));
    }

    private TrainingDivergedException Named(TrainingDivergedException fault)
    {
        var last = checkpoints.List() is [var (_, path), ..]
            ? $"the last good checkpoint is '{path}'"
            : "there is no checkpoint yet";
        return new(fault.Epoch, fault.Step, $"{fault.Message.TrimEnd('.')}; {last}.");
    }

    private sealed class Told(Action<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told(value);
    }
}
