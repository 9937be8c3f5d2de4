using System.Globalization;
using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>What <see cref="VisualizeReport"/> shows.</summary>
public sealed record VisualizeOptions
{
    /// <summary>Layers to show.</summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>Feature maps of each layer, spread evenly over it (<see cref="LayerTop.Spread"/>).</summary>
    public int Maps { get; init; } = 16;

    /// <summary>Pictures for each map.</summary>
    public int Top { get; init; } = 9;

    /// <summary>How activations are projected.</summary>
    public ProjectionOptions Projection { get; init; } = ProjectionOptions.Deconvnet;

    /// <summary>
    /// Also draw what a reader needs to judge the pictures by: another active unit of the same layer for the same picture, and
    /// the same map in an untrained network of the same layers.
    /// </summary>
    public bool Compare { get; init; } = true;

    /// <summary>Draws the comparisons' units and weights.</summary>
    public ulong Seed { get; init; }

    /// <summary>Pictures in a forward pass.</summary>
    public int BatchSize { get; init; } = 16;
}

/// <summary>A feature map's nine: projections beside the patches that caused them.</summary>
/// <param name="Map">Number of the feature map.</param>
/// <param name="Projections">Strongest first.</param>
/// <param name="Patches">What each unit saw, drawn at the projections' size.</param>
public sealed record MapPanel(int Map, IReadOnlyList<TopProjection> Projections, IReadOnlyList<Picture> Patches)
{
    /// <summary>Projections that are zero everywhere.</summary>
    public int ZeroCount => Projections.Count(projection => projection.IsZero);
}

/// <summary>One layer of a report.</summary>
/// <param name="Layer">Name of the layer.</param>
/// <param name="MapCount">Feature maps that the layer has.</param>
/// <param name="DeadMaps">Maps that no picture of the set activates.</param>
/// <param name="Panels">The maps that are shown.</param>
/// <param name="RandomUnits">The same pictures' other units; empty unless asked for.</param>
/// <param name="RandomWeights">The same maps in an untrained network; empty unless asked for.</param>
public sealed record LayerPanels(
    string Layer, int MapCount, IReadOnlyList<int> DeadMaps, IReadOnlyList<MapPanel> Panels, IReadOnlyList<MapPanel> RandomUnits,
    IReadOnlyList<MapPanel> RandomWeights);

/// <summary>What each layer responds to, as in the paper's Fig. 2: each map's strongest projections beside their patches.</summary>
public static class VisualizeReport
{
    /// <summary>Searches the pictures and projects the winners.</summary>
    /// <param name="model">The network with its preprocessing.</param>
    /// <param name="pictures">The pictures to search; decoded ahead, a batch at a time.</param>
    /// <param name="options">Layers, maps, rules.</param>
    /// <param name="progress">Told what is being done and how far it is.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="InputException">There is no such layer, or no picture, or a number is out of range.</exception>
    public static IReadOnlyList<LayerPanels> Make(
        Model model, IPictureSource pictures, VisualizeOptions options, IProgress<(string What, WorkProgress Progress)>? progress = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Maps < 1)
            throw new InputException($"The number of maps must be at least 1, not {options.Maps}.");
        LayerChain chain = model.Network;
        var prepared = new PreparedPictures(pictures, model.Preprocessing);
        var inputs = new PictureInputs(prepared);
        var found = TopActivations.Find(
            chain, inputs, options.Layers, new() { Top = options.Top, BatchSize = options.BatchSize }, Stage("searching"), cancel);
        using var untrained = options.Compare ? Comparisons.Untrained(chain, options.Seed) : null;
        return [.. found.Layers.Select(Layer)];

        LayerPanels Layer(LayerTop top)
        {
            int[] maps = [.. top.Spread(options.Maps)];
            TopUnit[] units = [.. maps.SelectMany(map => top[map])];
            var panels = Panels(maps, TopActivations.Project(chain, inputs, units, options.Projection, Stage($"projecting {top.Layer}"), cancel));
            if (untrained is null)
                return new(top.Layer, top.MapCount, [.. top.DeadMaps], panels, [], []);
            var others = top.MapCount < 2 ? [] : Comparisons.RandomUnits(chain, inputs, units, options.Seed, cancel);
            var twins = Comparisons.SameMaps(untrained, inputs, units, cancel);
            return new(
                top.Layer, top.MapCount, [.. top.DeadMaps], panels,
                others.Count == 0 ? [] : Panels(maps, TopActivations.Project(chain, inputs, others, options.Projection, Stage($"random units of {top.Layer}"), cancel)),
                Panels(maps, TopActivations.Project(untrained, inputs, twins, options.Projection, Stage($"random weights, {top.Layer}"), cancel)));
        }

        MapPanel[] Panels(int[] maps, IReadOnlyList<TopProjection> projections)
        {
            var each = projections.Count / maps.Length;
            return [.. maps.Select((map, i) =>
            {
                TopProjection[] own = [.. projections.Skip(i * each).Take(each)];
                return new MapPanel(map, own, [.. own.Select(projection => ProjectionTiles.Patch(projection.Unit, prepared.Get(projection.Unit.Picture)))]);
            })];
        }

        IProgress<WorkProgress>? Stage(string what) => progress is null ? null : new Staged(what, progress);
    }

    /// <summary>Makes the report and writes it: a PNG sheet a layer, and two more with the comparisons.</summary>
    /// <param name="model">The network with its preprocessing.</param>
    /// <param name="pictures">The pictures to search.</param>
    /// <param name="folder">Where the sheets go; made if it does not exist. Each file appears whole or not at all.</param>
    /// <param name="options">Layers, maps, rules.</param>
    /// <param name="progress">Told what is being done and how far it is.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <returns>The panels and the files that were written.</returns>
    /// <exception cref="InputException">As <see cref="Make"/>, or the folder cannot be made.</exception>
    /// <exception cref="Engine.FileWriteException">A file cannot be written.</exception>
    public static (IReadOnlyList<LayerPanels> Layers, IReadOnlyList<string> Files) Write(
        Model model, IPictureSource pictures, string folder, VisualizeOptions options,
        IProgress<(string What, WorkProgress Progress)>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pictures);
        var layers = Make(model, pictures, options, progress, cancel);
        ReportFolder.Create(folder);
        var files = new List<string>();
        foreach (var layer in layers)
        {
            Save(layer.Layer, Draw(layer.Panels, model.Preprocessing, $"{layer.Layer}: each map's {options.Top} strongest of {pictures.Count} pictures, projected ({Rule(options)}), beside their patches{Dead(layer)}"));
            if (layer.RandomUnits.Count > 0)
                Save($"{layer.Layer}-random-units", Draw(layer.RandomUnits, model.Preprocessing, $"{layer.Layer}, comparison: another active unit of the layer, drawn at random, for the same pictures"));
            if (layer.RandomWeights.Count > 0)
                Save($"{layer.Layer}-random-weights", Draw(layer.RandomWeights, model.Preprocessing, $"{layer.Layer}, comparison: the same maps and pictures in a network that never learned"));
        }
        return (layers, files);

        void Save(string name, Picture sheet)
        {
            files.Add(Path.Combine(folder, name + ".png"));
            sheet.SavePng(files[^1]);
        }
    }

    /// <summary>Draws maps as the paper's Fig. 2: a block of projections beside the block of their patches.</summary>
    /// <param name="panels">The maps; at least one.</param>
    /// <param name="preprocessing">The network's.</param>
    /// <param name="title">A heading; null for none.</param>
    public static Picture Draw(IReadOnlyList<MapPanel> panels, Preprocessing preprocessing, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(panels);
        ArgumentNullException.ThrowIfNull(preprocessing);
        var tiles = panels.Select(panel => new Tile(Block(panel, preprocessing), Caption(panel))).ToArray();
        var widest = tiles.Max(tile => tile.Picture!.Width);
        return new ContactSheet
        {
            Columns = Math.Clamp(1700 / (widest + 22), 1, 4),
            Gutter = 20,
            Margin = 20,
            CaptionSize = 13,
            Title = title,
        }.Draw(tiles);
    }

    /// <summary>One map: projections to the left, patches to the right.</summary>
    /// <param name="panel">The map.</param>
    /// <param name="preprocessing">The network's.</param>
    public static Picture Block(MapPanel panel, Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(panel);
        ArgumentNullException.ThrowIfNull(preprocessing);
        var columns = (int)Math.Ceiling(Math.Sqrt(panel.Projections.Count));
        var half = new ContactSheet { Columns = columns, Gutter = 2, Margin = 2, Background = ProjectionTiles.Outside, MinimumCell = panel.Patches.Max(patch => Math.Max(patch.Height, patch.Width)) };
        return new ContactSheet { Columns = 2, Gutter = 6 }.Draw(
        [
            new(half.Draw([.. panel.Projections.Select(projection => new Tile(ProjectionTiles.Projection(projection, preprocessing)))])),
            new(half.Draw([.. panel.Patches.Select(patch => new Tile(patch))])),
        ]);
    }

    private static string Caption(MapPanel panel)
    {
        var maps = panel.Projections.Select(projection => projection.Unit.Map).Distinct().ToArray();
        var strongest = panel.Projections.Max(projection => projection.Unit.Activation);
        var zero = panel.ZeroCount == 0 ? "" : panel.ZeroCount == panel.Projections.Count ? ", all projections zero" : $", {panel.ZeroCount} zero";
        return string.Create(
            CultureInfo.InvariantCulture, $"{(maps.Length == 1 ? $"map {panel.Map}" : $"others for map {panel.Map}")}, up to {strongest:G3}{zero}");
    }

    private static string Rule(VisualizeOptions options) => options.Projection.Rule.ToString().ToLowerInvariant();

    private static string Dead(LayerPanels layer) =>
        layer.DeadMaps.Count == 0 ? "" : $"; {layer.DeadMaps.Count} of {layer.MapCount} maps are never active";

    private sealed class Staged(string what, IProgress<(string, WorkProgress)> progress) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => progress.Report((what, value));
    }
}
