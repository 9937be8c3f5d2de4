namespace ZfNet.Pictures;

/// <summary>One line of a <see cref="LabelMap"/>'s legend.</summary>
/// <param name="Label">The label, or -1 for all that share the last colour.</param>
/// <param name="Name">Its name.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Count">Cells that carry it.</param>
public sealed record LegendEntry(int Label, string Name, Rgb Colour, int Count);

/// <summary>A grid of labels drawn in one colour each (paper, Fig. 7e: the most probable label by the square's
/// position). Colours go to labels by how many cells they have, ties by label; the eleventh and all later labels share
/// one grey, "other".</summary>
public sealed class LabelMap
{
    const int Distinct = 10;
    private static readonly Rgb Other = new(188, 188, 188), Ink = new(34, 34, 34);

    // Hues that most eyes tell apart, from frequent to rare, with alternating lightness.
    private static readonly Rgb[] Palette = [.. new (double L, double C, double H)[]
    {
        (0.62, 0.15, 255), (0.76, 0.16, 75), (0.60, 0.15, 150), (0.62, 0.20, 25), (0.58, 0.17, 305),
        (0.80, 0.11, 200), (0.88, 0.16, 105), (0.76, 0.13, 345), (0.45, 0.09, 50), (0.42, 0.08, 235),
    }.Select(c => OkLab.FromLch(c.L, c.C, c.H))];

    private readonly int[] labels;
    private readonly Dictionary<int, Rgb> colours = [];

    /// <summary>A map from a copy of its labels.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="labels">rows * columns labels, row-major, each an index into <paramref name="names"/>.</param>
    /// <param name="names">Class names.</param>
    /// <exception cref="ArgumentException">Another length, or a label without a name.</exception>
    public LabelMap(int rows, int columns, ReadOnlySpan<int> labels, IReadOnlyList<string> names)
    {
        if (rows < 1 || columns < 1 || labels.Length != (long)rows * columns)
            throw new ArgumentException($"{labels.Length} labels are not {rows} x {columns}.", nameof(labels));
        foreach (int label in labels)
            if (label < 0 || label >= names.Count)
                throw new ArgumentException($"Label {label} has no name: there are {names.Count}.", nameof(labels));
        (Rows, Columns, this.labels) = (rows, columns, labels.ToArray());

        IGrouping<int, int>[] groups = [.. this.labels.GroupBy(l => l).OrderByDescending(g => g.Count()).ThenBy(g => g.Key)];
        var legend = new List<LegendEntry>();
        int others = 0;
        for (int i = 0; i < groups.Length; i++)
        {
            bool shared = i >= Distinct;
            colours[groups[i].Key] = shared ? Other : Palette[i];
            if (shared) others += groups[i].Count();
            else legend.Add(new(groups[i].Key, names[groups[i].Key], Palette[i], groups[i].Count()));
        }
        if (others > 0) legend.Add(new(-1, "other", Other, others));
        Legend = legend;
    }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>The labels that occur, by falling count.</summary>
    public IReadOnlyList<LegendEntry> Legend { get; }

    /// <summary>The grid alone.</summary>
    /// <param name="cell">Side of a cell in pixels.</param>
    public Picture ToPicture(int cell)
    {
        var rgb = new byte[this.labels.Length * 3];
        for (int i = 0; i < this.labels.Length; i++)
        {
            Rgb c = colours[this.labels[i]];
            (rgb[i * 3], rgb[i * 3 + 1], rgb[i * 3 + 2]) = (c.R, c.G, c.B);
        }
        return new Picture(Rows, Columns, rgb).Enlarge(cell);
    }

    /// <summary>The grid with its legend to the right.</summary>
    /// <param name="cell">Side of a cell in pixels.</param>
    public Picture WithLegend(int cell)
    {
        Picture grid = ToPicture(cell);
        const int size = 12, line = 20, swatch = 12, gap = 14;
        string[] texts = [.. Legend.Select(e => $"{e.Name} ({100.0 * e.Count / this.labels.Length:0.#} %)")];
        int text = (int)Math.Ceiling(texts.Max(t => Canvas.Measure(t, size)));
        int height = Math.Max(grid.Height, Legend.Count * line);
        using var canvas = new Canvas(height, grid.Width + gap + swatch + 7 + text + 4, Rgb.White);
        canvas.Draw(grid, 0, 0);
        for (int i = 0; i < texts.Length; i++)
        {
            int top = i * line;
            canvas.FillBox(new(top + 3, grid.Width + gap, swatch, swatch), Legend[i].Colour);
            canvas.Text(texts[i], grid.Width + gap + swatch + 7, top + 3 + swatch / 2f + size * 0.36f, size, Ink);
        }
        return canvas.ToPicture();
    }
}
