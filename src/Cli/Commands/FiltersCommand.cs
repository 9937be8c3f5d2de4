using System.CommandLine;
using ZfNet.Pictures;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet filters: the first layer's filters as one picture.</summary>
internal sealed class FiltersCommand : CliCommand
{
    private readonly ModelOptions weights = new();
    private readonly Option<string> output, scale;
    private readonly Option<int> enlarge;

    public FiltersCommand(CliHost host)
        : base("filters", "Draw the first layer's filters as a grid (paper, Fig. 6): mid-grey is zero, red, green and blue are signed.", host)
    {
        weights.AddTo(this);
        output = Add(OptionOf.Text("--out", "The PNG file to write.", "file", required: true));
        scale = Add(OptionOf.Choice("--scale", "One scale for each filter, or a shared one, which shows which filters dominate.", "each", "each", "shared"));
        enlarge = Add(OptionOf.Number("--enlarge", "Side in pixels of the square that a weight becomes; 0 takes about 42 pixels a filter.", 0, 0, 256));
        Common.AddDevice(this);
    }

    protected override void Execute(ParseResult parse)
    {
        var path = OutputPath.File(parse.GetRequiredValue(output));
        using var device = Common.Open(parse, Host);
        using var model = weights.Load(parse, device);
        var filters = Filters.FirstLayer(model.Network);
        filters.Sheet(
            model.Preprocessing.Order, parse.GetValue(scale) == "shared" ? FilterScale.Shared : FilterScale.Each, parse.GetValue(enlarge)).SavePng(path);
        Host.Say($"{path}: {filters.Count} filters of {filters.Height}x{filters.Width}, layer {filters.Layer}.");
    }
}
