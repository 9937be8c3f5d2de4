namespace ZfNet.Training;

/// <summary>What a step came to.</summary>
/// <param name="Pictures">That it saw.</param>
/// <param name="Loss">Their mean loss, before the weights moved.</param>
/// <param name="Top1">Pictures whose class was the most probable one.</param>
/// <param name="Top5">Pictures whose class was among the five most probable.</param>
/// <param name="LearningRate">Its rate.</param>
/// <param name="Seconds">Since the last step, data included.</param>
public sealed record StepMetrics(int Pictures, double Loss, int Top1, int Top5, double LearningRate, double Seconds);

/// <summary>Where a run stands after a step.</summary>
/// <param name="Epoch">1-based.</param>
/// <param name="Epochs">Their number.</param>
/// <param name="Step">Steps done in this epoch.</param>
/// <param name="StepsPerEpoch">Their number.</param>
/// <param name="Sums">Of the epoch so far.</param>
/// <param name="Last">The step.</param>
/// <param name="Seconds">Since the run began.</param>
public sealed record TrainingProgress(
    int Epoch, int Epochs, int Step, int StepsPerEpoch, EpochSums Sums, StepMetrics Last, double Seconds)
{
    /// <summary>Steps done since the run began.</summary>
    public long StepsDone => (Epoch - 1L) * StepsPerEpoch + Step;

    /// <summary>Steps of the whole run, unless it ends early.</summary>
    public long TotalSteps => (long)Epochs * StepsPerEpoch;

    /// <summary>Mean loss of the epoch so far.</summary>
    public double Loss => Sums.Loss / Sums.Seen;

    /// <summary>Top-1 accuracy of the epoch so far, 0 to 1.</summary>
    public double Top1 => (double)Sums.Top1 / Sums.Seen;

    /// <summary>Top-5 accuracy of the epoch so far, 0 to 1.</summary>
    public double Top5 => (double)Sums.Top5 / Sums.Seen;

    /// <summary>Of the epoch so far.</summary>
    public double ImagesPerSecond => Sums.Seen / Sums.Seconds;
}

/// <summary>What an epoch came to.</summary>
/// <param name="Epoch">1-based.</param>
/// <param name="LearningRate">Of its last step.</param>
/// <param name="Loss">Mean loss over its pictures, as trained: with dropout, augmentation and label smoothing.</param>
/// <param name="Accuracy">
/// Share of its pictures classified correctly, by the same passes; weights move in between.
/// </param>
/// <param name="Top5">Share of its pictures whose class was among the five most probable, likewise.</param>
/// <param name="ImagesPerSecond">Training only, data included; the evaluation is not counted.</param>
/// <param name="HeldOut">Of the held-out pictures; null when there are none, or not in this epoch.</param>
public sealed record EpochMetrics(
    int Epoch, double LearningRate, double Loss, double Accuracy, double Top5, double ImagesPerSecond,
    EvaluationResult? HeldOut);
