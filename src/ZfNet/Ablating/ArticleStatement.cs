namespace ZfNet.Ablating;

/// <summary>Whether figures agree with a statement.</summary>
public enum Verdict
{
    /// <summary>They do, by more than two standard errors.</summary>
    Agrees,

    /// <summary>They say the opposite, by more than two standard errors.</summary>
    Disagrees,

    /// <summary>They lie too near to the line between both.</summary>
    Undecided,
}

/// <summary>Errors of a changed network as a statement looks at them: shares, 0 to 1.</summary>
/// <param name="Train">Top-1, on the training pictures.</param>
/// <param name="Val">Top-1, on the held-out pictures.</param>
public readonly record struct AblationErrors(Estimate Train, Estimate Val)
{
    /// <summary>How far it overfits.</summary>
    public Estimate Gap => Val - Train;

    /// <summary>A row's.</summary>
    public static AblationErrors Of(AblationRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return new(row.TrainTop1, row.ValTop1);
    }

    /// <summary>The paper's, with the error of its numbers of pictures.</summary>
    public static AblationErrors Of(TableThreeErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        return new(
            Share(errors.TrainTop1, TableThree.TrainingPictures), Share(errors.ValTop1, TableThree.ValidationPictures));

        static Estimate Share(double percent, int pictures) => Estimate.OfShares([percent / 100 * pictures], pictures);
    }
}

/// <summary>
/// A statement of the article's section 2, as margins that must lie below zero: it holds where every one does by two
/// standard errors, and does not where one lies above zero by as much.
/// </summary>
public sealed class ArticleStatement
{
    /// <summary>A change of error that matters, as a share of the unchanged network's.</summary>
    public const double Matters = 0.25;

    private const double Sure = 2;

    private readonly Func<Func<string, AblationErrors>, Estimate[]> margins;

    private ArticleStatement(
        string text, string rule, string[] changes, Func<Func<string, AblationErrors>, Estimate[]> margins) =>
        (Text, Rule, Changes, this.margins) = (text, rule, changes, margins);

    /// <summary>The statement.</summary>
    public string Text { get; }

    /// <summary>By what it is judged.</summary>
    public string Rule { get; }

    /// <summary>Names of the changes that it speaks of.</summary>
    public IReadOnlyList<string> Changes { get; }

    /// <summary>The article's four.</summary>
    public static IReadOnlyList<ArticleStatement> All { get; } =
    [
        new(
            "Removing the fully connected layers raises the error only slightly.",
            "Validation top-1 error rises by less than a quarter.", ["base", "without-fc"],
            of => [of("without-fc").Val - (1 + Matters) * of("base").Val]),
        new(
            "Removing the middle convolutions lowers performance markedly.",
            "Validation top-1 error rises by at least a quarter.", ["base", "without-middle"],
            of => [(1 + Matters) * of("base").Val - of("without-middle").Val]),
        new(
            "Changing the size of the fully connected layers hardly matters.",
            "With half and with twice the units, validation top-1 error changes by less than a quarter.",
            ["base", "half-fc", "double-fc"],
            of =>
            [
                of("half-fc").Val - (1 + Matters) * of("base").Val,
                (1 - Matters) * of("base").Val - of("half-fc").Val,
                of("double-fc").Val - (1 + Matters) * of("base").Val,
                (1 - Matters) * of("base").Val - of("double-fc").Val,
            ]),
        Larger("base", "wider"),
        Larger("narrower", "base"),
    ];

    /// <summary>What figures say to it.</summary>
    /// <param name="errors">A change's by its name; null where there is none.</param>
    /// <returns>Null where a figure is missing.</returns>
    public Verdict? Judge(Func<string, AblationErrors?> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (Changes.Any(change => errors(change) is null))
            return null;
        var found = margins(change => errors(change)!.Value);
        return found.Any(margin => margin.Value - Sure * margin.Error > 0) ? Verdict.Disagrees
            : found.All(margin => margin.Value + Sure * margin.Error < 0) ? Verdict.Agrees
            : Verdict.Undecided;
    }

    private static ArticleStatement Larger(string small, string large) => new(
        "Larger middle convolutions improve performance, but overfit.",
        "Validation top-1 error falls, and the gap between training and validation grows.", [small, large],
        of => [of(large).Val - of(small).Val, of(small).Gap - of(large).Gap]);
}
