namespace ZfNet.Training;

/// <summary>A generator of random numbers between two draws.</summary>
/// <param name="Seed">Philox's key.</param>
/// <param name="Stream">The stream that the next draw takes.</param>
public sealed record GeneratorState(ulong Seed, ulong Stream);

/// <summary>What an unfinished epoch came to so far.</summary>
/// <param name="Seen">Pictures.</param>
/// <param name="Loss">Sum of their losses.</param>
/// <param name="Top1">Pictures whose class was the most probable one.</param>
/// <param name="Top5">Pictures whose class was among the five most probable.</param>
/// <param name="Seconds">Of training.</param>
/// <param name="LearningRate">Of the last step.</param>
public sealed record EpochSums(
    long Seen = 0, double Loss = 0, long Top1 = 0, long Top5 = 0, double Seconds = 0, double LearningRate = 0)
{
    /// <summary>With a further step.</summary>
    public EpochSums Add(StepMetrics step) => new(
        Seen + step.Pictures, Loss + step.Loss * step.Pictures, Top1 + step.Top1, Top5 + step.Top5,
        Seconds + step.Seconds, step.LearningRate);
}

/// <summary>
/// Where a <see cref="Trainer"/> stands between two steps, but for the tensors: with the weights and the momentum, it
/// is enough to go on bit for bit.
/// </summary>
public sealed record TrainerState
{
    /// <summary>0-based; the options' number of epochs after the last.</summary>
    public int Epoch { get; init; }

    /// <summary>
    /// Steps done in it. After the last of them the epoch is still to be closed: the next one's 0 says that it is.
    /// </summary>
    public int Step { get; init; }

    /// <summary>Steps that an epoch has.</summary>
    public int StepsPerEpoch { get; init; }

    /// <summary>Steps done since the run began.</summary>
    public long StepsDone => (long)Epoch * StepsPerEpoch + Step;

    /// <summary>Seconds since the run began.</summary>
    public double Seconds { get; init; }

    /// <summary>Of this epoch.</summary>
    public EpochSums Sums { get; init; } = new();

    /// <summary>Of the plateau schedule and of early stopping.</summary>
    public LossWatch Watch { get; init; } = new();

    /// <summary>Dropout's generators, in the order of the layers.</summary>
    public IReadOnlyList<GeneratorState> Generators { get; init; } = [];

    /// <summary>The epochs that are closed.</summary>
    public IReadOnlyList<EpochMetrics> Epochs { get; init; } = [];

    /// <summary>What it computed with: another backend goes on, but not bit for bit.</summary>
    public string Backend { get; init; } = "";

    /// <summary>How many pictures an epoch has, to refuse another data set.</summary>
    public int Pictures { get; init; }

    /// <summary>The classes, likewise.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];
}
