namespace ZfNet.Ablating;

/// <summary>What a changed network came to: means over its runs. Errors are shares, 0 to 1.</summary>
public sealed record AblationRow
{
    /// <summary>Works it out.</summary>
    /// <param name="ablation">The network.</param>
    /// <param name="runs">One for each seed, on the same pictures; at least one to ask for an error.</param>
    public AblationRow(Ablation ablation, IReadOnlyList<AblationResult> runs) => (Ablation, Runs) = (ablation, runs);

    /// <summary>The network.</summary>
    public Ablation Ablation { get; }

    /// <summary>Its runs.</summary>
    public IReadOnlyList<AblationResult> Runs { get; }

    /// <summary>Weights and biases.</summary>
    public long Parameters => Runs[0].Parameters;

    /// <summary>Top-1 error on the training pictures, in evaluation mode.</summary>
    public Estimate TrainTop1 => Of(run => run.Training, counts => counts.Top1);

    /// <summary>Top-1 error on the held-out pictures.</summary>
    public Estimate ValTop1 => Of(run => run.HeldOut, counts => counts.Top1);

    /// <summary>Top-5 error on the held-out pictures.</summary>
    public Estimate ValTop5 => Of(run => run.HeldOut, counts => counts.Top5);

    /// <summary>
    /// What top-1 error grows by from the training pictures to the held-out ones: how far it overfits.
    /// </summary>
    public Estimate Gap => ValTop1 - TrainTop1;

    private Estimate Of(Func<AblationResult, AblationCounts> set, Func<AblationCounts, int> right) =>
        Estimate.OfShares(
            [.. Runs.Select(set).Select(counts => (double)(counts.Pictures - right(counts)))], set(Runs[0]).Pictures);
}
