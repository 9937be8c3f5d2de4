using System.Globalization;
using System.Text.Json;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>The five panels of the paper's Fig. 7 for one picture.</summary>
/// <param name="Map">The numbers.</param>
/// <param name="Panels">
/// Name and picture of each panel: (a) input, the square where it costs the class most; (b) activity; (c) projection; (d)
/// probability; (e) label. Without a convolution there is no (b) and no (c).
/// </param>
/// <param name="Sheet">All panels side by side.</param>
public sealed record OccludeReport(OcclusionMap Map, IReadOnlyList<(string Name, Picture Picture)> Panels, Picture Sheet)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Occludes a picture and draws what came of it.</summary>
    /// <param name="model">The network with its preprocessing.</param>
    /// <param name="picture">A picture of any size.</param>
    /// <param name="options">Square, stride, fill, class, layer.</param>
    /// <param name="progress">Told after every batch; counts positions.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="InputException">As <see cref="Occlusion.Run(Model, Picture, OcclusionOptions, IProgress{WorkProgress}?, CancellationToken)"/>.</exception>
    public static OccludeReport Make(
        Model model, Picture picture, OcclusionOptions options, IProgress<WorkProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(options);
        var preprocessing = model.Preprocessing;
        var map = Occlusion.Run(model, picture, options, progress, cancel);
        var prepared = preprocessing.Prepare(picture);
        var factor = Math.Max(1, 224 / Math.Max(map.Height, map.Width));
        var values = preprocessing.ToChw(picture);
        var worst = map.ProbabilityGrid.Index().MinBy(pair => pair.Item).Index;
        var covered = Occlusion.Occlude(
            values, [3, map.Height, map.Width], map.SquareAt(worst / map.Columns, worst % map.Columns), options.Fill);
        var panels = new List<(string Name, Picture Picture)> { ("a-input", preprocessing.ToPicture(covered).Enlarge(factor)) };
        var captions = new List<string> { $"(a) {map.Square}-pixel square where it costs most" };
        if (map.ActivityLayer is { } layer)
        {
            panels.Add(("b-activity", Heat(map, map.ActivityGrid, prepared, factor, 0, Math.Max(map.ActivityGrid.Max(), map.Activity), "G3")));
            captions.Add(string.Create(CultureInfo.InvariantCulture, $"(b) {layer} map {map.ActivityMap}: total activity (whole: {map.Activity:G3})"));
            var projection = ProjectReport.Make(model, picture, Seed.StrongestUnit(layer, map.ActivityMap));
            panels.Add(("c-projection", (SignedPixels.FromChw([.. projection.Image], map.Height, map.Width, preprocessing.Order)
                ?? ContactSheet.AllZero(map.Height, map.Width)).Enlarge(factor)));
            captions.Add($"(c) that map's strongest unit, projected");
        }
        panels.Add(("d-probability", Heat(map, map.ProbabilityGrid, prepared, factor, 0, 1, "P0")));
        captions.Add(string.Create(CultureInfo.InvariantCulture, $"(d) probability of {model.ClassName(map.Class)} (whole: {map.Probability:P0})"));
        var names = Enumerable.Range(0, map.Classes).Select(model.ClassName).ToArray();
        panels.Add(("e-label", new LabelMap(map.Rows, map.Columns, [.. map.LabelGrid], names).WithLegend(Cell(map, factor))));
        captions.Add($"(e) most probable class (whole: {model.ClassName(map.Label)})");
        return new OccludeReport(map, panels, Together([.. panels.Zip(captions, (panel, caption) => new Tile(panel.Picture, caption))]));
    }

    /// <summary>Writes every panel, all of them in one sheet ("occlusion.png"), and the raw grids ("occlusion.json").</summary>
    /// <param name="folder">Made if it does not exist. Each file appears whole or not at all.</param>
    /// <returns>The files that were written.</returns>
    /// <exception cref="InputException">The folder cannot be made.</exception>
    /// <exception cref="FileWriteException">A file cannot be written.</exception>
    public IReadOnlyList<string> Write(string folder)
    {
        ReportFolder.Create(folder);
        var files = new List<string>();
        foreach (var (name, picture) in Panels.Append(("occlusion", Sheet)))
        {
            files.Add(Path.Combine(folder, name + ".png"));
            picture.SavePng(files[^1]);
        }
        files.Add(Path.Combine(folder, "occlusion.json"));
        AtomicFile.Write(files[^1], stream => JsonSerializer.Serialize(stream, Map, Json));
        return files;
    }

    /// <summary>Panels of like width in one row: pictures above, maps with their scales below.</summary>
    private static Picture Together(Tile[] tiles)
    {
        var ordered = tiles.OrderBy(tile => tile.Picture!.Width).ToArray();
        var above = tiles.Where(tile => tile.Picture!.Width <= ordered[(tiles.Length - 1) / 2].Picture!.Width).ToArray();
        return new ContactSheet { Columns = 1, Gutter = 12, Margin = 16 }.Draw([Row(above), Row([.. tiles.Except(above)])]);

        static Tile Row(Tile[] row) => new(new ContactSheet { Columns = row.Length, Gutter = 20, CaptionSize = 12 }.Draw(row));
    }

    /// <summary>The raw grid, and beside it the map over the picture where a square was centred, with its scale.</summary>
    private static Picture Heat(OcclusionMap map, IReadOnlyList<float> grid, Picture prepared, int factor, float low, float high, string format)
    {
        var raw = new HeatMap(map.Rows, map.Columns, [.. grid]).ToPicture(ColourMap.Sequential, low, high, Cell(map, factor));
        var over = new HeatMap(map.Height, map.Width, map.Upsample(grid))
            .Over(prepared, new HeatMapPlacement(0.5, 0.5, 1, 1), ColourMap.Sequential, low, high).Enlarge(factor);
        return new ContactSheet { Columns = 3, Gutter = 8 }
            .Draw([new(raw), new(over), new(HeatMap.ColourBar(ColourMap.Sequential, low, high, over.Height, format))]);
    }

    private static int Cell(OcclusionMap map, int factor) => Math.Max(1, map.Height * factor / Math.Max(map.Rows, map.Columns));
}
