namespace ZfNet.Pictures;

/// <summary>OKLab's polar form to sRGB, by the published matrices (Björn Ottosson, "A perceptual color space for image
/// processing", 2020).</summary>
static class OkLab
{
    /// <summary>The sRGB colour of a lightness (0 to 1), chroma and hue (degrees). Chroma is lowered until the colour
    /// exists in sRGB; lightness and hue are kept.</summary>
    internal static Rgb FromLch(double lightness, double chroma, double hue)
    {
        double low = 0, high = chroma;
        if (!InGamut(Linear(lightness, chroma, hue)))
        {
            for (int i = 0; i < 24; i++)
            {
                double middle = (low + high) / 2;
                if (InGamut(Linear(lightness, middle, hue))) low = middle;
                else high = middle;
            }
            chroma = low;
        }
        (double r, double g, double b) = Linear(lightness, chroma, hue);
        return new(Encode(r), Encode(g), Encode(b));
    }

    static (double R, double G, double B) Linear(double lightness, double chroma, double hue)
    {
        (double sin, double cos) = Math.SinCos(hue * Math.PI / 180);
        double a = chroma * cos, b = chroma * sin;
        double l = Cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
        double m = Cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
        double s = Cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
        return (
            4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
            -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
            -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
    }

    static double Cube(double v) => v * v * v;

    static bool InGamut((double R, double G, double B) c) =>
        Math.Min(c.R, Math.Min(c.G, c.B)) >= -1e-6 && Math.Max(c.R, Math.Max(c.G, c.B)) <= 1 + 1e-6;

    static byte Encode(double linear)
    {
        double v = Math.Clamp(linear, 0, 1);
        double encoded = v <= 0.0031308 ? 12.92 * v : 1.055 * Math.Pow(v, 1 / 2.4) - 0.055;
        return (byte)Math.Round(encoded * 255, MidpointRounding.AwayFromZero);
    }
}
