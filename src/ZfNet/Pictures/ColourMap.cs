namespace ZfNet.Pictures;

/// <summary>A scale from numbers to colours. Both scales are computed in OKLab (Ottosson 2020), where equal steps look
/// equal, and their lightness is monotone, so they survive greyscale print and colour-blind eyes.</summary>
public sealed class ColourMap
{
    private readonly Rgb[] table = new Rgb[256];

    ColourMap(Func<double, (double L, double C, double H)> path)
    {
        for (int i = 0; i < table.Length; i++)
        {
            (double lightness, double chroma, double hue) = path(i / 255.0);
            table[i] = OkLab.FromLch(lightness, chroma, hue);
        }
    }

    /// <summary>0 is dark violet, 1 is light yellow, through blue and green; lightness rises linearly. For quantities that
    /// start at zero: probabilities, activities.</summary>
    public static ColourMap Sequential { get; } = new(t => (0.22 + 0.72 * t, 0.115 + 0.05 * t, 300 - 195 * t));

    /// <summary>0 is blue, 0.5 is white, 1 is red; lightness falls alike to both sides. For signed quantities, with zero
    /// at 0.5.</summary>
    public static ColourMap Diverging { get; } = new(t =>
    {
        double side = Math.Abs(2 * t - 1);
        return (1 - 0.52 * side, 0.21 * Math.Pow(side, 0.9), t < 0.5 ? 259 : 27);
    });

    /// <summary>The colour of a number.</summary>
    /// <param name="t">0 to 1; clamped. NaN gives mid-grey.</param>
    public Rgb At(double t) =>
        double.IsNaN(t) ? Rgb.Grey : table[(int)Math.Round(Math.Clamp(t, 0, 1) * 255, MidpointRounding.AwayFromZero)];
}
