namespace ZfNet.Training;

/// <summary>
/// Whether a loss still falls: what plateau schedules and early stopping ask. A look counts as lower when it is less
/// than 0.9999 times the lowest before it, PyTorch's threshold. A value; <see cref="See"/> gives the next one.
/// </summary>
/// <param name="Lowest">The lowest so far; null before the first look.</param>
/// <param name="Since">Looks since then.</param>
/// <param name="Patient">Looks since then or since the last fall of the rate, for the plateau schedule.</param>
/// <param name="Falls">Of the plateau schedule.</param>
public sealed record LossWatch(double? Lowest = null, int Since = 0, int Patient = 0, int Falls = 0)
{
    private const double Threshold = 1e-4;

    /// <summary>After a look.</summary>
    /// <param name="loss">The loss seen.</param>
    /// <param name="patience">Looks that may pass without a lower one; the next is a fall.</param>
    public LossWatch See(double loss, int patience)
    {
        if (double.IsNaN(loss))
            loss = double.PositiveInfinity;
        if (Lowest is null || loss < Lowest * (1 - Threshold))
            return this with { Lowest = loss, Since = 0, Patient = 0 };
        return Patient + 1 > patience
            ? this with { Since = Since + 1, Patient = 0, Falls = Falls + 1 }
            : this with { Since = Since + 1, Patient = Patient + 1 };
    }
}
