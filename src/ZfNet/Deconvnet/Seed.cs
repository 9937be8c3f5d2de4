using System.Globalization;

namespace ZfNet;

/// <summary>What of a layer's output a projection starts from.</summary>
public enum SeedKind
{
    /// <summary>One unit: a map at a row and a column.</summary>
    Unit,

    /// <summary>The unit of a map with the largest activation; the first in row-major order when several share it.</summary>
    StrongestUnit,

    /// <summary>Every unit of a map at once.</summary>
    WholeMap,
}

/// <summary>The value that a projection starts with.</summary>
public enum SeedValue
{
    /// <summary>The recorded activation, as in the paper.</summary>
    Activation,

    /// <summary>1, whatever the activation: projections of different units are then on one scale.</summary>
    One,
}

/// <summary>
/// Where a projection starts: the output of the named layer, all other activations of that layer set to zero (paper,
/// section 2.1). In a fully connected layer a feature is a map of one unit, at row 0 and column 0.
/// </summary>
public sealed record Seed
{
    private Seed(SeedKind kind, string layer, int map, int y, int x, int picture)
    {
        ArgumentNullException.ThrowIfNull(layer);
        (Kind, Layer, Map, Y, X, Picture) = (kind, layer, map, y, x, picture);
    }

    /// <summary>What of the map.</summary>
    public SeedKind Kind { get; }

    /// <summary>Name of the layer whose output is seeded.</summary>
    public string Layer { get; }

    /// <summary>Number of the feature map, from 0; in a fully connected layer, the feature.</summary>
    public int Map { get; }

    /// <summary>Row of the unit; 0 unless <see cref="Kind"/> is <see cref="SeedKind.Unit"/>.</summary>
    public int Y { get; }

    /// <summary>Column of the unit; 0 unless <see cref="Kind"/> is <see cref="SeedKind.Unit"/>.</summary>
    public int X { get; }

    /// <summary>Which picture of the recorded batch, from 0.</summary>
    public int Picture { get; }

    /// <summary>One unit.</summary>
    /// <param name="layer">Name of the layer.</param>
    /// <param name="map">Number of the map.</param>
    /// <param name="y">Row.</param>
    /// <param name="x">Column.</param>
    /// <param name="picture">Place in the recorded batch.</param>
    public static Seed Unit(string layer, int map, int y, int x, int picture = 0) => new(SeedKind.Unit, layer, map, y, x, picture);

    /// <summary>A map's strongest unit.</summary>
    /// <inheritdoc cref="Unit"/>
    public static Seed StrongestUnit(string layer, int map, int picture = 0) => new(SeedKind.StrongestUnit, layer, map, 0, 0, picture);

    /// <summary>A whole map.</summary>
    /// <inheritdoc cref="Unit"/>
    public static Seed WholeMap(string layer, int map, int picture = 0) => new(SeedKind.WholeMap, layer, map, 0, 0, picture);

    /// <summary>"conv5 map 12 (3, 4) of picture 0".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Layer} map {Map}{Part} of picture {Picture}");

    private string Part => Kind switch
    {
        SeedKind.Unit => string.Create(CultureInfo.InvariantCulture, $" ({Y}, {X})"),
        SeedKind.StrongestUnit => " strongest unit",
        _ => "",
    };
}
