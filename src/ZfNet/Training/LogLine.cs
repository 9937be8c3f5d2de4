using System.Text.Json.Serialization;

namespace ZfNet.Training;

/// <summary>
/// A line of <see cref="TrainingLog"/>: where a run stood. Shares are 0 to 1, losses natural logarithms.
/// </summary>
/// <param name="Step">Steps done since the run began: 1 after the first.</param>
/// <param name="Epoch">1-based.</param>
/// <param name="Loss">As trained: with dropout, augmentation and label smoothing.</param>
/// <param name="Top1">Share of the pictures whose class was the most probable one.</param>
/// <param name="Top5">Share of the pictures whose class was among the five most probable.</param>
/// <param name="LearningRate">Of the step, or of the epoch's last one.</param>
/// <param name="ImagesPerSecond">Training only, data included.</param>
/// <param name="Seconds">
/// Since the run began, evaluation and checkpoints included, the time between stop and resume not.
/// </param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(StepLine), "step")]
[JsonDerivedType(typeof(EpochLine), "epoch")]
public abstract record LogLine(
    long Step, int Epoch, double Loss, double Top1, double Top5, double LearningRate, double ImagesPerSecond,
    double Seconds);

/// <summary>A step: loss and shares are those of its own pictures.</summary>
/// <inheritdoc cref="LogLine"/>
public sealed record StepLine(
    long Step, int Epoch, double Loss, double Top1, double Top5, double LearningRate, double ImagesPerSecond,
    double Seconds)
    : LogLine(Step, Epoch, Loss, Top1, Top5, LearningRate, ImagesPerSecond, Seconds);

/// <summary>
/// The end of an epoch, after its last step's line: loss and shares are means over its pictures, as they passed.
/// </summary>
/// <inheritdoc cref="LogLine"/>
public sealed record EpochLine(
    long Step, int Epoch, double Loss, double Top1, double Top5, double LearningRate, double ImagesPerSecond,
    double Seconds)
    : LogLine(Step, Epoch, Loss, Top1, Top5, LearningRate, ImagesPerSecond, Seconds)
{
    /// <summary>Of the held-out pictures; absent when there are none, or not in this epoch.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HeldOutShares? HeldOut { get; init; }
}

/// <summary>What the network knew of pictures that it does not learn from.</summary>
/// <param name="Loss">Mean cross-entropy.</param>
/// <param name="Top1">Share of the pictures whose class was the most probable one.</param>
/// <param name="Top5">Share of the pictures whose class was among the five most probable.</param>
/// <param name="Pictures">Their number.</param>
public sealed record HeldOutShares(double Loss, double Top1, double Top5, int Pictures);
