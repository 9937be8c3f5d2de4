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
}

/// <summary>
/// The learning rate of every step, a function of the step's number alone, so that a resumed run continues it. The
/// paper anneals by hand at plateaus; a step schedule is its reproducible stand-in.
/// </summary>
public sealed record LearningRateSchedule
{
    /// <summary>One rate throughout.</summary>
    public static LearningRateSchedule Constant { get; } = new();

    /// <summary>The kind.</summary>
    public ScheduleKind Kind { get; init; }

    /// <summary>Epochs between two falls of <see cref="ScheduleKind.Step"/>; at least 1.</summary>
    public int StepEpochs { get; init; } = 30;

    /// <summary>What the rate is multiplied by at each of them, in (0, 1].</summary>
    public double StepFactor { get; init; } = 0.1;

    /// <summary>Where <see cref="ScheduleKind.Cosine"/> ends, as a share of the full rate, in [0, 1].</summary>
    public double FinalFactor { get; init; }

    /// <summary>Steps over which the rate first grows linearly from 1/(n+1) of itself; 0 for none.</summary>
    public long WarmUpSteps { get; init; }

    /// <summary>The rate of a step.</summary>
    /// <param name="full">The rate before any fall.</param>
    /// <param name="step">0-based, counted over the whole run.</param>
    /// <param name="stepsPerEpoch">At least 1.</param>
    /// <param name="totalSteps">Steps of the whole run.</param>
    public double At(double full, long step, long stepsPerEpoch, long totalSteps)
    {
        var factor = Kind switch
        {
            ScheduleKind.Step => Math.Pow(StepFactor, step / stepsPerEpoch / StepEpochs),
            ScheduleKind.Cosine => FinalFactor + (1 - FinalFactor) * 0.5 * (1 + Math.Cos(Math.PI * step / Math.Max(totalSteps, 1))),
            _ => 1,
        };
        return full * factor * Math.Min(1, (step + 1.0) / (WarmUpSteps + 1));
    }

    /// <summary>Refuses what makes no sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An unknown kind, or a number out of its range.</exception>
    public void Validate()
    {
        TrainingOptions.Require(Enum.IsDefined(Kind), nameof(Kind), Kind, "one of Constant, Step and Cosine");
        TrainingOptions.Require(StepEpochs >= 1, nameof(StepEpochs), StepEpochs, "at least 1");
        TrainingOptions.Require(StepFactor is > 0 and <= 1, nameof(StepFactor), StepFactor, "above 0 and at most 1");
        TrainingOptions.Require(FinalFactor is >= 0 and <= 1, nameof(FinalFactor), FinalFactor, "0 to 1");
        TrainingOptions.Require(WarmUpSteps >= 0, nameof(WarmUpSteps), WarmUpSteps, "at least 0");
    }
}
