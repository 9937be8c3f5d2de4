using System.Globalization;

namespace ZfNet.Pictures;

/// <summary>Where the cells of a heat map lie on a picture: cell (i, j) speaks for the pixel position
/// (<see cref="FirstY"/> + i * <see cref="StepY"/>, <see cref="FirstX"/> + j * <see cref="StepX"/>), pixel k covering
/// [k, k + 1).</summary>
/// <param name="FirstY">Vertical centre of the first row of cells, in pixels.</param>
/// <param name="FirstX">Horizontal centre of the first column of cells.</param>
/// <param name="StepY">Pixels between rows; above 0.</param>
/// <param name="StepX">Pixels between columns; above 0.</param>
public readonly record struct HeatMapPlacement(double FirstY, double FirstX, double StepY, double StepX)
{
    /// <summary>Cells that tile the picture evenly.</summary>
    /// <param name="map">The map.</param>
    /// <param name="height">The picture's rows.</param>
    /// <param name="width">The picture's columns.</param>
    public static HeatMapPlacement Even(HeatMap map, int height, int width)
    {
        double stepY = (double)height / map.Rows, stepX = (double)width / map.Columns;
        return new(stepY / 2, stepX / 2, stepY, stepX);
    }
}

/// <summary>A grid of numbers to be drawn in colour: an occlusion map, a feature map.</summary>
public sealed class HeatMap
{
    private readonly float[] values;

    /// <summary>A map from a copy of its values. NaN marks a cell without a value.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="values">rows * columns numbers, row-major.</param>
    /// <exception cref="ArgumentException">Another length, or no finite value at all.</exception>
    public HeatMap(int rows, int columns, ReadOnlySpan<float> values)
    {
        if (rows < 1 || columns < 1 || values.Length != (long)rows * columns)
            throw new ArgumentException($"{values.Length} values are not {rows} x {columns}.", nameof(values));
        (Rows, Columns, this.values) = (rows, columns, values.ToArray());
        (Minimum, Maximum) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (float value in values)
        {
            if (!float.IsFinite(value)) continue;
            Minimum = Math.Min(Minimum, value);
            Maximum = Math.Max(Maximum, value);
        }
        if (Minimum > Maximum) throw new ArgumentException("A heat map takes at least one finite value.", nameof(values));
    }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>The smallest finite value.</summary>
    public float Minimum { get; }

    /// <summary>The largest finite value.</summary>
    public float Maximum { get; }

    /// <summary>All values, row-major.</summary>
    public ReadOnlySpan<float> Values => this.values;

    /// <summary>The raw grid: every cell a square of one colour.</summary>
    /// <param name="map">The colours.</param>
    /// <param name="low">The value of the first colour.</param>
    /// <param name="high">The value of the last colour; when not above <paramref name="low"/> every cell gets the middle.
    /// </param>
    /// <param name="cell">Side of a cell in pixels.</param>
    public Picture ToPicture(ColourMap map, float low, float high, int cell)
    {
        var rgb = new byte[this.values.Length * 3];
        for (int i = 0; i < this.values.Length; i++)
        {
            Rgb c = map.At(Fraction(this.values[i], low, high));
            (rgb[i * 3], rgb[i * 3 + 1], rgb[i * 3 + 2]) = (c.R, c.G, c.B);
        }
        return new Picture(Rows, Columns, rgb).Enlarge(cell);
    }

    /// <summary>The map over a picture: values are interpolated bilinearly between the cells' positions (and held beyond
    /// the outer ones), coloured, and laid over the picture. NaN leaves the picture as it is.</summary>
    /// <param name="picture">What lies beneath; the result has its size.</param>
    /// <param name="placement">Where the cells lie.</param>
    /// <param name="map">The colours.</param>
    /// <param name="low">The value of the first colour.</param>
    /// <param name="high">The value of the last colour.</param>
    /// <param name="alpha">0 shows the picture only, 1 the map only.</param>
    public Picture Over(
        Picture picture, HeatMapPlacement placement, ColourMap map, float low, float high, double alpha = 0.6)
    {
        if (!(alpha is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "Alpha is 0 to 1.");
        if (!(placement.StepY > 0 && placement.StepX > 0))
            throw new ArgumentException($"{placement} has a step that is not positive.", nameof(placement));
        int opacity = (int)Math.Round(alpha * 255);
        ReadOnlySpan<byte> under = picture.Pixels;
        var rgb = new byte[under.Length];
        for (int y = 0; y < picture.Height; y++)
        {
            double v = (y + 0.5 - placement.FirstY) / placement.StepY;
            for (int x = 0; x < picture.Width; x++)
            {
                int i = (y * picture.Width + x) * 3;
                double value = Interpolate(v, (x + 0.5 - placement.FirstX) / placement.StepX);
                if (double.IsNaN(value))
                {
                    under.Slice(i, 3).CopyTo(rgb.AsSpan(i));
                    continue;
                }
                Rgb over = map.At(Fraction(value, low, high));
                rgb[i] = PictureDecoder.Blend(over.R, under[i], opacity);
                rgb[i + 1] = PictureDecoder.Blend(over.G, under[i + 1], opacity);
                rgb[i + 2] = PictureDecoder.Blend(over.B, under[i + 2], opacity);
            }
        }
        return new(picture.Height, picture.Width, rgb);
    }

    /// <summary>The vertical scale that belongs beside a map: the colours from high (top) to low, with five numbers.
    /// </summary>
    /// <param name="map">The colours.</param>
    /// <param name="low">The value at the bottom.</param>
    /// <param name="high">The value at the top.</param>
    /// <param name="height">Rows of the result; at least 40.</param>
    /// <param name="format">A .NET number format, such as "0.00" or "P0".</param>
    public static Picture ColourBar(ColourMap map, float low, float high, int height, string format = "0.##")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 40);
        const int bar = 14, size = 11, pad = 7, ticks = 5;
        string[] texts = [.. Enumerable.Range(0, ticks)
            .Select(i => (high + (low - high) * i / (ticks - 1)).ToString(format, CultureInfo.InvariantCulture))];
        int width = bar + 8 + (int)Math.Ceiling(texts.Max(t => Canvas.Measure(t, size))) + 2;
        using var canvas = new Canvas(height, width, Rgb.White);
        int span = height - 2 * pad;
        for (int y = 0; y < span; y++)
            canvas.FillBox(new(pad + y, 0, 1, bar), map.At(1 - y / (double)(span - 1)));
        for (int i = 0; i < ticks; i++)
        {
            int y = pad + (int)Math.Round((span - 1) * i / (double)(ticks - 1));
            canvas.FillBox(new(y, bar, 1, 3), new(90, 90, 90));
            canvas.Text(texts[i], bar + 6, y + size * 0.36f + 0.5f, size, new(34, 34, 34));
        }
        return canvas.ToPicture();
    }

    static double Fraction(double value, double low, double high) =>
        high > low ? (value - low) / (high - low) : double.IsNaN(value) ? value : 0.5;

    double Interpolate(double v, double u)
    {
        v = Math.Clamp(v, 0, Rows - 1);
        u = Math.Clamp(u, 0, Columns - 1);
        int i = Math.Min((int)v, Rows - 1), j = Math.Min((int)u, Columns - 1);
        int below = Math.Min(i + 1, Rows - 1), right = Math.Min(j + 1, Columns - 1);
        double dv = v - i, du = u - j;
        double top = Mix(this.values[i * Columns + j], this.values[i * Columns + right], du);
        double bottom = Mix(this.values[below * Columns + j], this.values[below * Columns + right], du);
        return Mix(top, bottom, dv);
    }

    /// <summary>A weight of zero must not let a neighbouring NaN in.</summary>
    static double Mix(double a, double b, double t) => t == 0 ? a : a + (b - a) * t;
}
