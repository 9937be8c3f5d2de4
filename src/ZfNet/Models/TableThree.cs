namespace ZfNet;

/// <summary>Errors in percent, as in the paper's Table 3.</summary>
/// <param name="TrainTop1">On the training set, one guess.</param>
/// <param name="ValTop1">On the validation set, one guess.</param>
/// <param name="ValTop5">On the validation set, five guesses.</param>
public sealed record TableThreeErrors(double TrainTop1, double ValTop1, double ValTop5);

/// <summary>
/// The paper's Table 3, measured on ImageNet 2012: what its changes of two networks came to, by
/// <see cref="AblationChange.Name"/>.
/// </summary>
public static class TableThree
{
    /// <summary>Training pictures behind every figure.</summary>
    public const int TrainingPictures = 1_281_167;

    /// <summary>Validation pictures behind every figure.</summary>
    public const int ValidationPictures = 50_000;

    /// <summary>Its replication of AlexNet.</summary>
    public static IReadOnlyDictionary<string, TableThreeErrors> AlexNet { get; } =
        new Dictionary<string, TableThreeErrors>
        {
            ["base"] = new(35.1, 40.5, 18.1),
            ["without-middle"] = new(41.8, 45.4, 22.1),
            ["without-last-fc"] = new(27.4, 40.0, 18.4),
            ["without-fc"] = new(27.4, 44.8, 22.4),
            ["without-middle-fc"] = new(71.1, 71.3, 50.1),
            ["half-fc"] = new(40.3, 41.7, 18.8),
            ["double-fc"] = new(26.8, 40.0, 18.1),
        };

    /// <summary>The network of its Fig. 3: <see cref="Networks.Paper"/>.</summary>
    public static IReadOnlyDictionary<string, TableThreeErrors> Figure3 { get; } =
        new Dictionary<string, TableThreeErrors>
        {
            ["base"] = new(33.1, 38.4, 16.5),
            ["half-fc"] = new(38.2, 40.2, 17.6),
            ["double-fc"] = new(22.0, 38.8, 17.0),
            ["wider"] = new(18.8, 37.5, 16.0),
            ["wider-double-fc"] = new(10.0, 38.3, 16.9),
        };
}
