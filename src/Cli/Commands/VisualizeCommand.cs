using System.CommandLine;
using System.Globalization;
using ZfNet.Data;
using ZfNet.Reports;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet visualize: what activates feature maps most, in the pictures and projected (paper, Fig. 2).</summary>
internal sealed class VisualizeCommand : CliCommand
{
    private readonly ModelOptions weights = new();
    private readonly ProjectionRule rule = new();
    private readonly Option<string> images, layers, output;
    private readonly Option<int> maps, top, batch;
    private readonly Option<bool> skip;

    public VisualizeCommand(CliHost host)
        : base("visualize", "Find the pictures that activate feature maps most, and project each activation down to pixels (paper, Fig. 2): one PNG a layer.", host)
    {
        weights.AddTo(this);
        images = Add(OptionOf.Text("--images", "The pictures to search: a folder, at any depth.", "folder", required: true));
        layers = Add(OptionOf.Text("--layers", "Layers, with commas between; all convolutions if not given.", "names"));
        maps = Add(OptionOf.Number("--maps", "Feature maps a layer, spread evenly over it.", 16, 1, 1 << 20));
        top = Add(OptionOf.Number("--top", "Strongest activations a map, at most one a picture.", 9, 1, 10_000));
        output = Add(OptionOf.Text("--out", "The folder to write to; made where there is none.", "folder", required: true));
        rule.AddTo(this);
        batch = Add(OptionOf.Number("--batch", "Pictures in a pass.", 16, 1, 1 << 16));
        skip = Add(OptionOf.Flag("--skip-unreadable", "List pictures that cannot be decoded and go on without them."));
        Common.AddDevice(this);
        Options.Add(Common.Json);
    }

    protected override void Execute(ParseResult parse)
    {
        var json = parse.GetValue(Common.Json);
        using var device = Common.Open(parse);
        using var model = weights.Load(parse, device);
        LayerChain network = model.Network;
        var names = Layers(parse, model, network);
        var set = PictureSet.Open(
            parse.GetRequiredValue(images), parse.GetValue(skip) ? UnreadablePictures.Skip : UnreadablePictures.Fail, cancel: Host.Cancel);
        foreach (var fault in set.Skipped)
            Host.Say($"Skipped: {fault.Message}");
        var pictures = new PreparedPictures(set, model.Preprocessing);
        var inputs = new PictureInputs(pictures);
        var folder = OutputPath.Folder(parse.GetRequiredValue(output));
        var projecting = rule.Of(parse) with { BatchSize = parse.GetValue(batch) };
        var found = Host.Progress("Searching", json, bar => TopActivations.Find(
            network, inputs, names, new TopOptions { Top = parse.GetValue(top), BatchSize = parse.GetValue(batch) },
            bar.From<WorkProgress>((it, at) => it.Set(at.Done, at.Total)), Host.Cancel));

        var results = new List<object>();
        foreach (var layer in found.Layers)
        {
            var chosen = layer.Spread(parse.GetValue(maps));
            var projections = Host.Progress($"Projecting {layer.Layer}", json, bar => TopActivations.Project(
                network, inputs, chosen.SelectMany(map => layer[map]), projecting, bar.From<WorkProgress>((it, at) => it.Set(at.Done, at.Total)), Host.Cancel));
            var path = Path.Combine(folder, $"{layer.Layer}.png");
            var blocks = projections.GroupBy(p => p.Unit.Map).Select(group => LayerSheet.Map(
                [.. group], pictures, string.Create(CultureInfo.InvariantCulture, $"map {group.Key}, {group.First().Unit.Activation:0.00}"))).ToArray();
            Host.Cancel.ThrowIfCancellationRequested();
            LayerSheet.Layer($"{layer.Layer}: {chosen.Count} of {layer.MapCount} maps, the {parse.GetValue(top)} strongest activations in {found.Pictures} pictures", blocks).SavePng(path);
            results.Add(Result(layer, path, projections, set));
            var (dead, zero) = (layer.DeadMaps.Count(), projections.Count(p => p.IsZero));
            Host.Say($"{path}: {chosen.Count} of {layer.MapCount} maps{(dead > 0 ? $"; {dead} are activated by no picture" : "")}{(zero > 0 ? $"; {zero} projections are zero everywhere" : "")}.");
        }
        if (json)
            WriteJson(results);
    }

    private static string[] Layers(ParseResult parse, Model model, LayerChain network, Option<string> option) =>
        parse.GetValue(option) is { } text
            ? [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(network.Resolve).Distinct()]
            : [.. model.Network.Plan.Layers.Where(layer => layer.Spec is ConvSpec).Select(layer => layer.Alias)];

    private string[] Layers(ParseResult parse, Model model, LayerChain network)
    {
        var names = Layers(parse, model, network, layers);
        return names.Length > 0 ? names : throw new InputException("--layers names no layer.");
    }

    private static object Result(LayerTop layer, string path, IReadOnlyList<TopProjection> projections, PictureSet set) => new
    {
        layer = layer.Layer,
        file = path,
        maps = layer.MapCount,
        deadMaps = layer.DeadMaps,
        units = projections.Select(p => new
        {
            map = p.Unit.Map,
            rank = p.Unit.Rank,
            picture = set.Name(p.Unit.Picture),
            y = p.Unit.Y,
            x = p.Unit.X,
            activation = p.Unit.Activation,
            allZero = p.IsZero,
            patch = new { top = p.Unit.Patch.Top, left = p.Unit.Patch.Left, height = p.Unit.Patch.Height, width = p.Unit.Patch.Width },
        }),
    };
}
