using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>
/// The panels of the paper's Fig. 7 as pictures of one size: the picture with the square where it does most harm (a), the
/// activity of the strongest map by the square's position (b), that map's projection (c), the probability of the class (d),
/// and the most probable class (e).
/// </summary>
/// <param name="map">What was measured.</param>
/// <param name="picture">The picture as the network saw it.</param>
/// <param name="names">Class names in the order of the outputs.</param>
public sealed class OcclusionSheet(OcclusionMap map, Picture picture, IReadOnlyList<string> names)
{
    private const int Side = 256;

    private readonly int enlarge = Math.Max(1, Side / Math.Max(picture.Height, picture.Width));

    /// <summary>The cell where the class is least probable; the first of equal ones.</summary>
    public (int Row, int Column) Worst
    {
        get
        {
            var worst = 0;
            for (var i = 1; i < map.ProbabilityGrid.Count; i++)
                if (map.ProbabilityGrid[i] < map.ProbabilityGrid[worst])
                    worst = i;
            return (worst / map.Columns, worst % map.Columns);
        }
    }

    /// <summary>The colour that a fill has on a picture, for showing it.</summary>
    /// <param name="fill">What the square was filled with.</param>
    /// <param name="picture">The picture as the network saw it.</param>
    /// <param name="preprocessing">The network's.</param>
    public static Rgb Colour(OcclusionFill fill, Picture picture, Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(fill);
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(preprocessing);
        var values = new float[preprocessing.Length];
        preprocessing.ToChw(picture, values);
        var painted = Occlusion.Occlude(values, [3, picture.Height, picture.Width], new PixelBox(0, 0, 1, 1), fill);
        return preprocessing.ToPicture(painted)[0, 0];
    }

    /// <summary>The picture.</summary>
    public Picture Whole => picture.Enlarge(enlarge);

    /// <summary>The picture under the square at <see cref="Worst"/>: panel (a).</summary>
    /// <param name="fill">The square's colour.</param>
    public Picture Occluded(Rgb fill)
    {
        var square = map.SquareAt(Worst.Row, Worst.Column);
        var rgb = picture.Pixels.ToArray();
        for (var y = square.Top; y < square.Bottom; y++)
            for (var x = square.Left; x < square.Right; x++)
                (rgb[(y * picture.Width + x) * 3], rgb[(y * picture.Width + x) * 3 + 1], rgb[(y * picture.Width + x) * 3 + 2]) = (fill.R, fill.G, fill.B);
        return new Picture(picture.Height, picture.Width, (ReadOnlySpan<byte>)rgb).Enlarge(enlarge);
    }

    /// <summary>The probability over the picture, from 0 (dark) to 1 (light), with its scale: panel (d).</summary>
    public Picture Probability() => Heat([.. map.ProbabilityGrid], 0, 1, "0.0");

    /// <summary>The activity over the picture, from its smallest to its largest value: panel (b); null where none was measured.</summary>
    public Picture? Activity()
    {
        if (map.ActivityGrid.Count == 0)
            return null;
        float low = map.ActivityGrid.Min(), high = map.ActivityGrid.Max();
        return Heat([.. map.ActivityGrid], low, high, "0.##");
    }

    /// <summary>The most probable class by position, with a legend: panel (e).</summary>
    public Picture Labels() =>
        new LabelMap(map.Rows, map.Columns, [.. map.LabelGrid], names).WithLegend(Math.Max(1, Side / Math.Max(map.Rows, map.Columns)));

    /// <summary>All panels in a row.</summary>
    /// <param name="fill">The square's colour.</param>
    /// <param name="projection">Panel (c); null leaves it out.</param>
    public Picture Panels(Rgb fill, PictureProjection? projection = null)
    {
        var tiles = new List<Tile>
        {
            new(Occluded(fill), $"square of {map.Square} where it harms most"),
        };
        if (Activity() is { } activity)
            tiles.Add(new(activity, $"activity of {map.ActivityLayer} map {map.ActivityMap}"));
        if (projection is not null)
            tiles.Add(new(projection.ToPicture()?.Enlarge(enlarge), "its projection"));
        tiles.Add(new(Probability(), $"probability of {names[map.Class]}"));
        tiles.Add(new(Labels(), "most probable class"));
        return new ContactSheet { Columns = tiles.Count, Gutter = 14, Margin = 14, CaptionSize = 13, MinimumCell = Side }.Draw(tiles);
    }

    private Picture Heat(float[] values, float low, float high, string format)
    {
        var grid = new HeatMap(map.Rows, map.Columns, values);
        var place = map.Placement;
        var large = new HeatMapPlacement(place.FirstY * enlarge, place.FirstX * enlarge, place.StepY * enlarge, place.StepX * enlarge);
        var over = grid.Over(Whole, large, ColourMap.Sequential, low, high);
        var bar = HeatMap.ColourBar(ColourMap.Sequential, low, high, Math.Max(over.Height, 40), format);
        return Beside(over, bar);
    }

    private static Picture Beside(Picture left, Picture right)
    {
        const int gap = 8;
        var (height, width) = (Math.Max(left.Height, right.Height), left.Width + gap + right.Width);
        var rgb = new byte[height * width * 3];
        Array.Fill(rgb, (byte)255);
        Paste(left, 0);
        Paste(right, left.Width + gap);
        return new Picture(height, width, (ReadOnlySpan<byte>)rgb);

        void Paste(Picture part, int at)
        {
            for (var y = 0; y < part.Height; y++)
                part.Pixels.Slice(y * part.Width * 3, part.Width * 3).CopyTo(rgb.AsSpan((y * width + at) * 3));
        }
    }
}
