namespace ZfNet.Training;

/// <summary>Answers of like confidence.</summary>
/// <param name="Low">Confidences above this one (the first bin: from it)...</param>
/// <param name="High">...up to this one.</param>
/// <param name="Count">Answers in the bin.</param>
/// <param name="Confidence">Their mean confidence; 0 for none.</param>
/// <param name="Accuracy">Share of them that are right; 0 for none.</param>
public sealed record CalibrationBin(double Low, double High, int Count, double Confidence, double Accuracy)
{
    /// <summary>How much surer the network is than it is right; negative where it is right more often than it says.</summary>
    public double Gap => Confidence - Accuracy;
}

/// <summary>Whether a network is right as often as it says (Guo et al., "On calibration of modern neural networks", 2017).</summary>
/// <param name="Bins">Bins of equal width over [0, 1], the most uncertain first.</param>
public sealed record Calibration(IReadOnlyList<CalibrationBin> Bins)
{
    /// <summary>Expected calibration error: the bins' gaps in absolute value, averaged by their answers.</summary>
    public double ExpectedError => Bins.Sum(bin => bin.Count * Math.Abs(bin.Gap)) / Math.Max(1, Bins.Sum(bin => bin.Count));

    /// <summary>The widest gap of a bin, in absolute value.</summary>
    public double MaximumError => Bins.Max(bin => Math.Abs(bin.Gap));

    /// <summary>Sorts answers into bins.</summary>
    /// <param name="answers">Of any number of pictures.</param>
    /// <param name="bins">Bins of equal width.</param>
    /// <exception cref="InputException">A confidence is not a number.</exception>
    public static Calibration Of(IEnumerable<Answer> answers, int bins = 15)
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        var sums = new (int Count, double Confidence, int Right)[bins];
        foreach (var answer in answers)
        {
            if (double.IsNaN(answer.Confidence))
                throw new InputException(
                    $"The network's answer on picture {answer.Picture} is not a number: its weights are not usable.");
            ref var bin = ref sums[Math.Clamp((int)Math.Ceiling(answer.Confidence * bins) - 1, 0, bins - 1)];
            bin = (bin.Count + 1, bin.Confidence + answer.Confidence, bin.Right + (answer.Rank == 0 ? 1 : 0));
        }
        return new([.. sums.Select((bin, i) => new CalibrationBin(
            (double)i / bins, (i + 1.0) / bins, bin.Count,
            bin.Confidence / Math.Max(1, bin.Count), (double)bin.Right / Math.Max(1, bin.Count)))]);
    }
}
