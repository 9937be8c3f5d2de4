using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>
/// What a network said as a square moved over a picture (paper, section 4.2 and Fig. 7). Grids are row-major; cell (i, j)
/// belongs to the square whose top left pixel is (i * Stride, j * Stride).
/// </summary>
public sealed class OcclusionMap
{
    internal OcclusionMap(OcclusionOptions options, Shape picture, int classes)
    {
        (Square, Stride, Height, Width, Classes) = (options.Square, options.Stride, (int)picture[1], (int)picture[2], classes);
        (Rows, Columns) = (Occlusion.Positions(Height, Square, Stride), Occlusion.Positions(Width, Square, Stride));
        Probabilities = new float[Rows * Columns];
        Labels = new int[Rows * Columns];
        AllProbabilities = options.KeepAllProbabilities ? new float[checked(Rows * Columns * classes)] : [];
    }

    /// <summary>Rows of the grids.</summary>
    public int Rows { get; }

    /// <summary>Columns of the grids.</summary>
    public int Columns { get; }

    /// <summary>Side of the square in pixels.</summary>
    public int Square { get; }

    /// <summary>Pixels between positions.</summary>
    public int Stride { get; }

    /// <summary>Rows of the picture.</summary>
    public int Height { get; }

    /// <summary>Columns of the picture.</summary>
    public int Width { get; }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>The class whose probability is mapped.</summary>
    public int Class { get; internal init; }

    /// <summary>Its probability on the whole picture.</summary>
    public float Probability { get; internal init; }

    /// <summary>The most probable class on the whole picture.</summary>
    public int Label { get; internal init; }

    /// <summary>The probability of <see cref="Class"/> by the square's position (Fig. 7d), [Rows, Columns].</summary>
    public IReadOnlyList<float> ProbabilityGrid => Probabilities;

    /// <summary>The most probable class by the square's position (Fig. 7e), [Rows, Columns].</summary>
    public IReadOnlyList<int> LabelGrid => Labels;

    /// <summary>The probabilities of all classes, [Rows, Columns, Classes]; empty unless asked for.</summary>
    public IReadOnlyList<float> AllProbabilityGrid => AllProbabilities;

    /// <summary>The layer whose activity is mapped; null where the network has no convolution.</summary>
    public string? ActivityLayer { get; internal init; }

    /// <summary>The feature map that was followed.</summary>
    public int ActivityMap { get; internal init; }

    /// <summary>Its spatial sum on the whole picture.</summary>
    public float Activity { get; internal init; }

    /// <summary>Its spatial sum by the square's position (Fig. 7b), [Rows, Columns]; empty without <see cref="ActivityLayer"/>.</summary>
    public IReadOnlyList<float> ActivityGrid => Activities;

    /// <summary>Where the grids lie on the picture: a cell speaks for its square's centre.</summary>
    public HeatMapPlacement Placement => new(Square / 2.0, Square / 2.0, Stride, Stride);

    /// <summary>The pixels of the square at a cell.</summary>
    public PixelBox SquareAt(int row, int column)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)Columns);
        return new PixelBox(row * Stride, column * Stride, Square, Square);
    }

    internal float[] Probabilities { get; }

    internal int[] Labels { get; }

    internal float[] AllProbabilities { get; }

    internal float[] Activities { get; init; } = [];

    /// <summary>
    /// A grid at the picture's size: bilinear between the squares' centres. Beyond the outer centres nothing was measured: no
    /// square was centred there.
    /// </summary>
    /// <param name="grid">[Rows, Columns].</param>
    /// <param name="hold">Hold the outer cells' values there; else those pixels are NaN, which is honest.</param>
    /// <returns>[Height, Width], row-major; pixel k is taken at k + 1/2.</returns>
    /// <exception cref="ArgumentException">The grid has another size.</exception>
    public float[] Upsample(IReadOnlyList<float> grid, bool hold = false)
    {
        ArgumentNullException.ThrowIfNull(grid);
        if (grid.Count != Rows * Columns)
            throw new ArgumentException($"A grid of {grid.Count} values is not {Rows} x {Columns}.", nameof(grid));
        var values = new float[Height * Width];
        for (var y = 0; y < Height; y++)
        {
            var (i, below, v, inRows) = Between(y, Rows);
            for (var x = 0; x < Width; x++)
            {
                var (j, right, u, inColumns) = Between(x, Columns);
                values[y * Width + x] = hold || (inRows && inColumns)
                    ? (float)double.Lerp(
                        double.Lerp(grid[i * Columns + j], grid[i * Columns + right], u),
                        double.Lerp(grid[below * Columns + j], grid[below * Columns + right], u), v)
                    : float.NaN;
            }
        }
        return values;
    }

    /// <summary>The cells beside a pixel's centre, the share of the second, and whether the pixel lies between outer centres.</summary>
    private (int First, int Second, double Share, bool Inside) Between(int pixel, int cells)
    {
        var at = (pixel + 0.5 - Square / 2.0) / Stride;
        // A pixel that holds an outer centre on its edge or inside counts as measured.
        var margin = 0.5 / Stride;
        var inside = at >= -margin && at <= cells - 1 + margin;
        at = Math.Clamp(at, 0, cells - 1);
        var first = (int)at;
        return (first, Math.Min(first + 1, cells - 1), at - first, inside);
    }
}
