using System.Globalization;
using ZfNet.Kernels;

namespace ZfNet.Tests;

/// <summary>How far two values may lie apart: absolute + relative * |expected|.</summary>
internal readonly record struct Tolerance(double Relative, double Absolute)
{
    public double At(double expected) => Absolute + Relative * Math.Abs(expected);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Relative:G3} relative + {Absolute:G3} absolute");
}

/// <summary>The table of docs/numerics.md: the only place that tolerances come from.</summary>
internal sealed class Tolerances
{
    private static readonly Lazy<Tolerances> Document = new(Read);

    private readonly Dictionary<(string Family, string DType, string Comparison), Tolerance> rows = [];

    /// <summary>Reads every row of a Markdown text that has the table's six cells.</summary>
    internal Tolerances(string markdown)
    {
        foreach (var line in markdown.Split('\n'))
        {
            var cells = line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries);
            if (!line.StartsWith('|') || cells[0] is "family" || cells[0].StartsWith("---", StringComparison.Ordinal))
                continue;
            if (cells.Length != 6 || cells[5].Length == 0)
                throw new FormatException($"numerics.md: expected family, dtype, comparison, relative, absolute and reason in: {line}");
            var tolerance = new Tolerance(Number(cells[3], line), Number(cells[4], line));
            if (!rows.TryAdd((cells[0], cells[1], cells[2]), tolerance))
                throw new FormatException($"numerics.md: two rows for {cells[0]}, {cells[1]}, {cells[2]}.");
        }
    }

    public int Count => rows.Count;

    /// <summary>The tolerance for an op family, an element type and a comparison.</summary>
    public static Tolerance For(string family, DType dtype, string comparison) => Document.Value[family, dtype, comparison];

    internal Tolerance this[string family, DType dtype, string comparison] =>
        rows.TryGetValue((family, Name(dtype), comparison), out var tolerance)
            ? tolerance
            : throw new KeyNotFoundException($"docs/numerics.md has no row for {family}, {Name(dtype)}, {comparison}.");

    private static string Name(DType dtype) => dtype.ToString().ToLowerInvariant();

    private static double Number(string cell, string line) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and < 0.1
            ? number
            : throw new FormatException($"numerics.md: \"{cell}\" is not a tolerance in: {line}");

    private static Tolerances Read()
    {
        using var stream = typeof(Tolerances).Assembly.GetManifestResourceStream("numerics.md")
            ?? throw new FileNotFoundException("docs/numerics.md is not embedded in the tests.");
        using var reader = new StreamReader(stream);
        var sections = reader.ReadToEnd().ReplaceLineEndings("\n").Split("\n## ");
        return new Tolerances(sections.Single(section => section.StartsWith("Tolerances\n", StringComparison.Ordinal)));
    }
}
