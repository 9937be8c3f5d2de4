namespace ZfNet.Training;

/// <summary>Everything that a network's answers on labelled pictures say about it.</summary>
/// <param name="Result">Accuracy and loss.</param>
/// <param name="Confusion">What was taken for what.</param>
/// <param name="Calibration">Whether it is right as often as it says.</param>
/// <param name="Answers">The answers themselves, in the pictures' order.</param>
public sealed record Assessment(
    EvaluationResult Result, ConfusionMatrix Confusion, Calibration Calibration, IReadOnlyList<Answer> Answers)
{
    /// <summary>
    /// The 95% confidence interval of the top-1 accuracy (Wilson's score interval): what other pictures of the same kind,
    /// drawn as these were, may give.
    /// </summary>
    public (double Low, double High) Interval
    {
        get
        {
            const double Z = 1.959963984540054;
            double n = Result.Count, p = Result.Accuracy;
            var centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n);
            var half = Z / (1 + Z * Z / n) * Math.Sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
            return (Math.Max(0, centre - half), Math.Min(1, centre + half));
        }
    }

    /// <summary>Works everything out.</summary>
    /// <param name="answers">At least one.</param>
    /// <param name="classes">Class names in label order.</param>
    /// <exception cref="InputException">An answer is not a number.</exception>
    public static Assessment Of(IReadOnlyList<Answer> answers, IReadOnlyList<string> classes) =>
        new(EvaluationResult.Of(answers, classes), new(answers, classes), Calibration.Of(answers), answers);

    /// <summary>The wrong answers, the surest first; of equal ones, the earlier picture.</summary>
    public IEnumerable<Answer> SurestMistakes() =>
        Answers.Where(answer => answer.Rank > 0).OrderByDescending(answer => answer.Confidence).ThenBy(answer => answer.Picture);
}
