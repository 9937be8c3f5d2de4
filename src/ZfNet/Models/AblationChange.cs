namespace ZfNet;

/// <summary>Layers by the part that they play in a network, which is the same at every scale.</summary>
[Flags]
public enum LayerParts
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The upper half of the convolutions without the last: the paper's layers 3 and 4.</summary>
    MiddleConvolutions = 1,

    /// <summary>The last fully connected layer before the classes: the paper's layer 7.</summary>
    LastFullyConnected = 2,

    /// <summary>All fully connected layers before the classes: the paper's layers 6 and 7.</summary>
    FullyConnected = 4,
}

/// <summary>A change of a network's layers, by the part that they play, as the paper's Table 3 makes them.</summary>
/// <param name="Name">Such as "without-fc".</param>
public sealed record AblationChange(string Name)
{
    /// <summary>The name of no change at all.</summary>
    public const string Base = "base";

    /// <summary>Layers that are removed.</summary>
    public LayerParts Without { get; init; }

    /// <summary>What the units of the fully connected layers before the classes are multiplied by.</summary>
    public double UnitFactor { get; init; } = 1;

    /// <summary>
    /// What the maps of the upper half of the convolutions are multiplied by, the last one by the last: the paper's
    /// layers 3, 4 and 5. A network with more of them takes the first factor for those before; empty for no change.
    /// </summary>
    public IReadOnlyList<double> MapFactors { get; init; } = [];

    /// <summary>No change, then those of Table 3, and one turned round, for the wide network has the maps.</summary>
    public static IReadOnlyList<AblationChange> All { get; } =
    [
        new(Base),
        new("without-middle") { Without = LayerParts.MiddleConvolutions },
        new("without-last-fc") { Without = LayerParts.LastFullyConnected },
        new("without-fc") { Without = LayerParts.FullyConnected },
        new("without-middle-fc") { Without = LayerParts.MiddleConvolutions | LayerParts.FullyConnected },
        new("half-fc") { UnitFactor = 0.5 },
        new("double-fc") { UnitFactor = 2 },

        // From 384, 384 and 256 maps to 512, 1024 and 512, and back.
        new("wider") { MapFactors = [512 / 384.0, 1024 / 384.0, 512 / 256.0] },
        new("wider-double-fc") { MapFactors = [512 / 384.0, 1024 / 384.0, 512 / 256.0], UnitFactor = 2 },
        new("narrower") { MapFactors = [384 / 512.0, 384 / 1024.0, 256 / 512.0] },
    ];

    /// <summary>The numbers of the layers that it removes from a network.</summary>
    internal int[] Gone(NetworkSpec network)
    {
        var (upper, full) = (Upper(network), Full(network));
        return
        [
            .. Without.HasFlag(LayerParts.MiddleConvolutions) ? upper[..^1] : [],
            .. Without.HasFlag(LayerParts.FullyConnected) ? full
                : Without.HasFlag(LayerParts.LastFullyConnected) ? full[^1..] : [],
        ];
    }

    /// <summary>Convolutions that it resizes, with their new maps.</summary>
    internal (int Number, int Width)[] Maps(NetworkSpec network)
    {
        if (MapFactors.Count == 0)
            return [];
        var upper = Upper(network);
        return [.. upper.Select((number, i) =>
            (number, Scaled(network, number, MapFactors[Math.Max(0, i + MapFactors.Count - upper.Length)])))];
    }

    /// <summary>Fully connected layers that it resizes, with their new units.</summary>
    internal (int Number, int Width)[] Units(NetworkSpec network) =>
        UnitFactor == 1 ? [] : [.. Full(network).Select(number => (number, Scaled(network, number, UnitFactor)))];

    private static int[] Upper(NetworkSpec network)
    {
        int[] convolutions =
            [.. network.Weighted().Where(layer => layer.Layer is ConvSpec).Select(layer => layer.Number)];
        return convolutions[(convolutions.Length / 2)..];
    }

    private static int[] Full(NetworkSpec network) =>
        [.. network.Weighted().Where(layer => layer.Layer is LinearSpec).SkipLast(1).Select(layer => layer.Number)];

    private static int Scaled(NetworkSpec network, int number, double factor) =>
        (int)Math.Round(factor * (network.Weighted().First(layer => layer.Number == number).Layer switch
        {
            ConvSpec conv => conv.OutChannels,
            var linear => ((LinearSpec)linear).OutFeatures,
        }));
}
