using System.Globalization;
using System.Text;

namespace ZfNet.Reports;

/// <summary>A curve of a <see cref="Chart"/>.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Colour">As CSS writes it.</param>
/// <param name="Points">From left to right; those that are not finite are left out, and the curve has a gap.</param>
/// <param name="Thin">For what lies behind the curves that matter.</param>
internal sealed record Curve(string Name, string Colour, IReadOnlyList<(double X, double Y)> Points, bool Thin = false)
{
    private const int Most = 600;

    /// <summary>The same with at most 600 points: means of neighbours.</summary>
    public Curve Thinned() => Points.Count <= Most
        ? this
        : this with { Points = [.. Points.Chunk((Points.Count + Most - 1) / Most).Select(chunk => (chunk.Average(p => p.X), chunk.Average(p => p.Y)))] };
}

/// <summary>Curves on common axes, worked out to the strings that an SVG in a template takes.</summary>
internal static class Chart
{
    private const int Width = 640;
    private const int Height = 280;
    private const int Left = 58;
    private const int Right = 16;
    private const int Top = 12;
    private const int Bottom = 36;

    /// <summary>What the template draws.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="curves">Those without a point are left out.</param>
    /// <param name="last">Where the x axis ends.</param>
    /// <param name="percent">Values are shares, 0 to 1.</param>
    public static object Of(string title, IEnumerable<Curve> curves, double last, bool percent = false)
    {
        Curve[] shown = [.. curves.Select(curve => curve.Thinned()).Where(curve => curve.Points.Any(Finite))];
        // One burst at the start must not flatten all that follows: the axis ends at the curves that matter.
        var values = shown.Where(curve => !curve.Thin || shown.All(one => one.Thin)).SelectMany(curve => curve.Points).Where(Finite).Select(p => p.Y);
        var high = values.DefaultIfEmpty(1).Max() is var max and > 0 ? max : 1;
        var step = Step(high / 5);
        var end = Math.Ceiling(high / step - 1e-9) * step;
        var (across, xStep) = (Math.Max(last, 1), Math.Max(1, Step(Math.Max(last, 1) / 8)));
        return new
        {
            title,
            width = Width,
            height = Height,
            left = Left,
            right = Width - Right,
            top = Top,
            bottom = Height - Bottom,
            rows = Ticks(end, step).Select(value => new { at = Text(Y(value)), label = Label(value) }).ToArray(),
            columns = Ticks(across, xStep).Select(value => new { at = Text(X(value)), label = value.ToString("0.##", CultureInfo.InvariantCulture) }).ToArray(),
            curves = shown.Select(curve => new
            {
                name = curve.Name,
                colour = curve.Colour,
                thickness = curve.Thin ? "1" : "2",
                opacity = curve.Thin ? "0.35" : "1",
                path = PathOf(curve.Points),
                dot = curve.Points.Count(Finite) == 1 ? new { x = Text(X(curve.Points.First(Finite).X)), y = Text(Y(curve.Points.First(Finite).Y)) } : null,
            }).ToArray(),
        };

        double X(double value) => Left + (Width - Left - Right) * value / across;
        double Y(double value) => Top + (Height - Top - Bottom) * (1 - Math.Clamp(value / end, 0, 1));
        string Label(double value) => percent ? (100 * value).ToString("0.##", CultureInfo.InvariantCulture) + "%" : value.ToString("G4", CultureInfo.InvariantCulture);

        string PathOf(IReadOnlyList<(double X, double Y)> points)
        {
            var (path, pen) = (new StringBuilder(), 'M');
            foreach (var point in points)
            {
                if (Finite(point))
                    path.Append(pen).Append(Text(X(point.X))).Append(' ').Append(Text(Y(point.Y)));
                pen = Finite(point) ? 'L' : 'M';
            }
            return path.ToString();
        }
    }

    private static bool Finite((double X, double Y) point) => double.IsFinite(point.Y);

    private static string Text(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static IEnumerable<double> Ticks(double end, double step)
    {
        for (var i = 0; i * step <= end * (1 + 1e-9); i++)
            yield return i * step;
    }

    /// <summary>1, 2 or 5 times a power of ten, at least so much.</summary>
    private static double Step(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return power * ((least / power) switch { <= 1 + 1e-9 => 1, <= 2 + 1e-9 => 2, <= 5 + 1e-9 => 5, _ => 10 });
    }
}
