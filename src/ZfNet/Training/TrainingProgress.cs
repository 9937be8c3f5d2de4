namespace ZfNet.Training;

/// <summary>Where a run stands after a step.</summary>
/// <param name="Epoch">1-based.</param>
/// <param name="Epochs">Their number.</param>
/// <param name="Step">Steps done in this epoch.</param>
/// <param name="StepsPerEpoch">Their number.</param>
/// <param name="Loss">Mean loss of the epoch so far.</param>
/// <param name="ImagesPerSecond">Of the epoch so far.</param>
public readonly record struct TrainingProgress(int Epoch, int Epochs, int Step, int StepsPerEpoch, double Loss, double ImagesPerSecond);

/// <summary>What an epoch came to.</summary>
/// <param name="Epoch">1-based.</param>
/// <param name="LearningRate">Of its last step.</param>
/// <param name="Loss">Mean loss over its pictures, as trained: with dropout, augmentation and label smoothing.</param>
/// <param name="Accuracy">Share of its pictures classified correctly, by the same passes; weights move in between.</param>
/// <param name="ImagesPerSecond">Training only, data included; the evaluation is not counted.</param>
/// <param name="HeldOut">Of the held-out pictures; null when there are none, or not in this epoch.</param>
public sealed record EpochMetrics(
    int Epoch, double LearningRate, double Loss, double Accuracy, double ImagesPerSecond, EvaluationResult? HeldOut);

/// <summary>The loss became infinite or not a number. The weights are those before the step named.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Names the place.</summary>
    /// <param name="epoch">1-based.</param>
    /// <param name="step">1-based, in its epoch.</param>
    /// <param name="loss">The loss.</param>
    public TrainingDivergedException(int epoch, int step, double loss)
        : base($"The loss is {(double.IsNaN(loss) ? "not a number" : "infinite")} at step {step} of epoch {epoch}: a lower learning rate or a warm-up may help.") =>
        (Epoch, Step) = (epoch, step);

    /// <summary>For serialisers and tests.</summary>
    public TrainingDivergedException()
    {
    }

    /// <summary>With a sentence of the caller's.</summary>
    /// <param name="message">One sentence.</param>
    public TrainingDivergedException(string message) : base(message)
    {
    }

    /// <summary>With a sentence of the caller's and a cause.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="innerException">The cause.</param>
    public TrainingDivergedException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>1-based.</summary>
    public int Epoch { get; }

    /// <summary>1-based, in its epoch.</summary>
    public int Step { get; }
}
