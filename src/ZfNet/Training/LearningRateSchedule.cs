namespace ZfNet.Training;

/// <summary>How the learning rate falls over a run.</summary>
public enum ScheduleKind
{
    /// <summary>It does not.</summary>
    Constant,

    /// <summary>Multiplied by <see cref="LearningRateSchedule.StepFactor"/> every <see cref="LearningRateSchedule.StepEpochs"/> epochs.</summary>
    Step,

    /// <summary>Half a cosine from the full rate at the first step to <see cref="LearningRateSchedule.FinalFactor"/> of it after the last.</summary>
    Cosine,

    /// <summary>
    /// Multiplied by <see cref="LearningRateSchedule.StepFactor"/> where the loss has not fallen for
    /// <see cref="LearningRateSchedule.Patience"/> looks: what the paper does by hand.
    /// </summary>
    Plateau,
}

/// <summary>
/// The learning rate of every step: a function of the step's number and, for <see cref="ScheduleKind.Plateau"/>, of the
/// falls so far (<see cref="LossWatch"/>).
/// </summary>
public sealed record LearningRateSchedule
{
    /// <summary>One rate throughout.</summary>
    public static LearningRateSchedule Constant { get; } = new();

    /// <summary>The kind.</summary>
    public ScheduleKind Kind { get; init; }

    /// <summary>Epochs between two falls of <see cref="ScheduleKind.Step"/>; at least 1.</summary>
    public int StepEpochs { get; init; } = 30;

    /// <summary>What the rate is multiplied by at each fall, in (0, 1].</summary>
    public double StepFactor { get; init; } = 0.1;

    /// <summary>Looks without a lower loss before <see cref="ScheduleKind.Plateau"/> falls; at least 0.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>Where <see cref="ScheduleKind.Cosine"/> ends, as a share of the full rate, in [0, 1].</summary>
    public double FinalFactor { get; init; }

    /// <summary>Steps over which the rate first grows linearly from 1/(n+1) of itself; 0 for none.</summary>
    public long WarmUpSteps { get; init; }

    /// <summary>The rate of a step.</summary>
    /// <param name="full">The rate before any fall.</param>
    /// <param name="step">0-based, counted over the whole run.</param>
    /// <param name="stepsPerEpoch">At least 1.</param>
    /// <param name="totalSteps">Steps of the whole run.</param>
    /// <param name="falls">Of <see cref="ScheduleKind.Plateau"/>, so far.</param>
    public double At(double full, long step, long stepsPerEpoch, long totalSteps, int falls = 0)
    {
        var factor = Kind switch
        {
            ScheduleKind.Step => Math.Pow(StepFactor, step / stepsPerEpoch / StepEpochs),
            ScheduleKind.Cosine => FinalFactor + (1 - FinalFactor) * 0.5 * (1 + Math.Cos(Math.PI * step / Math.Max(totalSteps, 1))),
            ScheduleKind.Plateau => Math.Pow(StepFactor, falls),
            _ => 1,
        };
        return full * factor * Math.Min(1, (step + 1.0) / (WarmUpSteps + 1));
    }

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An unknown kind, or a number out of its range.</exception>
    public void Validate()
    {
        TrainingOptions.Require(Enum.IsDefined(Kind), nameof(Kind), Kind, "one of Constant, Step, Cosine and Plateau");
        TrainingOptions.Require(StepEpochs >= 1, nameof(StepEpochs), StepEpochs, "at least 1");
        TrainingOptions.Require(StepFactor is > 0 and <= 1, nameof(StepFactor), StepFactor, "above 0 and at most 1");
        TrainingOptions.Require(Patience >= 0, nameof(Patience), Patience, "at least 0");
        TrainingOptions.Require(FinalFactor is >= 0 and <= 1, nameof(FinalFactor), FinalFactor, "0 to 1");
        TrainingOptions.Require(WarmUpSteps >= 0, nameof(WarmUpSteps), WarmUpSteps, "at least 0");
    }
}
