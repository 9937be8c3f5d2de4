using System.Globalization;
using ZfNet.Data;

namespace ZfNet.Training;

/// <summary>A training recipe. The defaults are the paper's (section 3) where it states them.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the training pictures.</summary>
    public int Epochs { get; init; } = 70;

    /// <summary>Pictures a step; the last step of an epoch takes what is left.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>
    /// Batches a step: their gradients are added up, so that a step is that of one batch of them all, and only one of
    /// them is in memory. The last step of an epoch takes what is left.
    /// </summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>The learning rate before the schedule.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>Momentum.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>
    /// Weight decay of every parameter, biases included (as in PyTorch's SGD); the paper states none.
    /// </summary>
    public double WeightDecay { get; init; }

    /// <summary>How the learning rate falls.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Constant;

    /// <summary>Share of the target that is spread over all classes, in [0, 1).</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>
    /// What each class's pictures weigh in the loss, whose mean is then the weighted one (as PyTorch's); null for all
    /// alike.
    /// </summary>
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <summary>
    /// The largest Euclidean norm that all gradients may have together; longer ones are shortened to it. Null for none.
    /// </summary>
    public double? ClipNorm { get; init; }

    /// <summary>Random changes of the training pictures.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.None;

    /// <summary>Applied after every step; null for none.</summary>
    public FilterRenormaliser? Renormaliser { get; init; }

    /// <summary>
    /// Seed of the order and the augmentation. Dropout and the initial weights draw from the network's own.
    /// </summary>
    public ulong Seed { get; init; }

    /// <summary>Held-out pictures are looked at after every so many epochs, and after the last.</summary>
    public int EvaluateEvery { get; init; } = 1;

    /// <summary>
    /// Ends the run where the loss (of the held-out pictures where there are any) has not been lower for so many looks
    /// in a row; null for never.
    /// </summary>
    public int? EarlyStop { get; init; }

    /// <summary>Threads that decode and augment. They change no number.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(Epochs >= 1, nameof(Epochs), Epochs, "at least 1");
        Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "at least 1");
        Require(Accumulate >= 1, nameof(Accumulate), Accumulate, "at least 1");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "above 0 and finite");
        Require(Momentum is >= 0 and < 1, nameof(Momentum), Momentum, "at least 0 and below 1");
        Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay), WeightDecay, "at least 0 and finite");
        Require(LabelSmoothing is >= 0 and < 1, nameof(LabelSmoothing), LabelSmoothing, "at least 0 and below 1");
        Require(
            ClassWeights is null || ClassWeights.All(weight => weight > 0 && double.IsFinite(weight)),
            nameof(ClassWeights), string.Join(", ", ClassWeights ?? []), "finite numbers above 0");
        Require(
            ClipNorm is null || (ClipNorm > 0 && double.IsFinite(ClipNorm.Value)),
            nameof(ClipNorm), ClipNorm ?? 0, "above 0 and finite");
        Require(EarlyStop is null or >= 1, nameof(EarlyStop), EarlyStop ?? 0, "at least 1");
        Require(EvaluateEvery >= 1, nameof(EvaluateEvery), EvaluateEvery, "at least 1");
        Require(Workers >= 1, nameof(Workers), Workers, "at least 1");
        Schedule.Validate();
    }

    internal static void Require(bool condition, string name, object value, string expected)
    {
        if (!condition)
            throw new ArgumentOutOfRangeException(
                null, string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must be {expected}."));
    }
}
