using System.CommandLine;
using ZfNet.Data;
using ZfNet.Reports;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet visualize: what activates feature maps most, in the pictures and projected (paper, Fig. 2).</summary>
internal sealed class VisualizeCommand : CliCommand
{
    private readonly ModelOptions weights = new(onlyRuns: true);
    private readonly ProjectionRule rule = new();
    private readonly Option<string> images, layers, output;
    private readonly Option<int> maps, top, batch;
    private readonly Option<bool> skip, noCompare;
    private readonly Option<ulong> seed;

    public VisualizeCommand(CliHost host)
        : base("visualize", "Find the pictures that activate feature maps most, and project each activation down to pixels (paper, Fig. 2): a PNG a layer, and two to judge it by.", host)
    {
        weights.AddTo(this);
        images = Add(OptionOf.Text("--images", "The pictures to search: a folder, at any depth, or the files of MNIST or CIFAR.", "folder", required: true));
        layers = Add(OptionOf.Text("--layers", "Layers, with commas between; all convolutions if not given.", "names"));
        maps = Add(OptionOf.Number("--maps", "Feature maps a layer, spread evenly over it.", 16, 1, 1 << 20));
        top = Add(OptionOf.Number("--top", "Strongest activations a map, at most one a picture.", 9, 1, 10_000));
        output = Add(OptionOf.Text("--out", "The folder to write to; made where there is none.", "folder", required: true));
        rule.AddTo(this);
        noCompare = Add(OptionOf.Flag("--no-compare", "Leave out the sheets to judge by: other units drawn at random, and a network that never learned."));
        seed = Add(OptionOf.Number("--seed", "Draws what is compared with.", 0UL, 0UL, ulong.MaxValue));
        batch = Add(OptionOf.Number("--batch", "Pictures in a pass.", 16, 1, 1 << 16));
        skip = Add(OptionOf.Flag("--skip-unreadable", "List pictures that cannot be decoded and go on without them."));
        Common.AddDevice(this);
        Options.Add(Common.Json);
    }

    protected override void Execute(ParseResult parse)
    {
        var json = parse.GetValue(Common.Json);
        using var device = Common.Open(parse, Host);
        using var model = weights.Load(parse, device);
        LayerChain network = model.Network;
        var names = Layers(parse, model, network);
        var (set, skipped) = DataSets.OpenPictures(
            parse.GetRequiredValue(images), parse.GetValue(skip) ? UnreadablePictures.Skip : UnreadablePictures.Fail, Host.Cancel);
        foreach (var fault in skipped)
            Host.Say($"Skipped: {fault.Message}");
        var (shown, files) = Host.Progress("Searching", json, bar => VisualizeReport.Write(
            model, set, OutputPath.Folder(parse.GetRequiredValue(output)),
            new VisualizeOptions
            {
                Layers = names,
                Maps = parse.GetValue(maps),
                Top = parse.GetValue(top),
                Projection = rule.Of(parse) with { BatchSize = parse.GetValue(batch) },
                Compare = !parse.GetValue(noCompare),
                Seed = parse.GetValue(seed),
                BatchSize = parse.GetValue(batch),
            },
            bar.From<(string What, WorkProgress Progress)>((it, at) => it.Set(at.Progress.Done, at.Progress.Total, at.What)), Host.Cancel));

        if (json)
        {
            WriteJson(new { files, layers = shown.Select(layer => Result(layer, set)) });
            return;
        }
        foreach (var layer in shown)
        {
            var (dead, zero) = (layer.DeadMaps.Count, layer.Panels.Sum(panel => panel.ZeroCount));
            Host.Say($"{layer.Layer}: {layer.Panels.Count} of {layer.MapCount} maps{(dead > 0 ? $"; {dead} are activated by no picture" : "")}{(zero > 0 ? $"; {zero} projections are zero everywhere" : "")}.");
        }
        foreach (var file in files)
            Host.Output.WriteLine(file);
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

    private static object Result(LayerPanels layer, IPictureSource set) => new
    {
        layer = layer.Layer,
        maps = layer.MapCount,
        deadMaps = layer.DeadMaps,
        units = layer.Panels.SelectMany(panel => panel.Projections).Select(p => new
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
