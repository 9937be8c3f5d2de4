namespace ZfNet.Ablating;

/// <summary>A number with its standard error; sums take the errors as independent.</summary>
/// <param name="Value">The number.</param>
/// <param name="Error">One standard error.</param>
public readonly record struct Estimate(double Value, double Error)
{
    /// <summary>
    /// A share of wrong answers: the mean over runs on the same pictures. Its variance is that of drawing the pictures,
    /// which further runs do not lessen, and that between the runs, over their number. Two right and two wrong answers
    /// are added for the former (Agresti and Coull), so that no mistake among few pictures is not taken for certainty.
    /// </summary>
    /// <param name="wrong">Wrong answers of each run; at least one run.</param>
    /// <param name="pictures">Pictures that each was asked about.</param>
    public static Estimate OfShares(IReadOnlyList<double> wrong, double pictures)
    {
        ArgumentNullException.ThrowIfNull(wrong);
        var mean = wrong.Average() / pictures;
        var drawn = (wrong.Average() + 2) / (pictures + 4);
        var variance = drawn * (1 - drawn) / (pictures + 4);
        if (wrong.Count > 1)
            variance += wrong.Sum(count => Square(count / pictures - mean)) / (wrong.Count - 1) / wrong.Count;
        return new(mean, Math.Sqrt(variance));
    }

    /// <summary>The difference of two.</summary>
    public static Estimate operator -(Estimate a, Estimate b) =>
        new(a.Value - b.Value, Math.Sqrt(Square(a.Error) + Square(b.Error)));

    /// <summary>A multiple.</summary>
    public static Estimate operator *(double factor, Estimate a) => new(factor * a.Value, Math.Abs(factor) * a.Error);

    /// <summary>The difference, as <c>-</c>.</summary>
    public static Estimate Subtract(Estimate left, Estimate right) => left - right;

    /// <summary>The multiple, as <c>*</c>.</summary>
    public static Estimate Multiply(double left, Estimate right) => left * right;

    private static double Square(double value) => value * value;
}
