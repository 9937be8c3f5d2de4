using System.CommandLine;
using ZfNet.Engine;
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
        using var device = Common.Open(parse);
        using var model = weights.Load(parse, device);
        var first = model.Network.Plan.Layers.FirstOrDefault(layer => layer.Spec is ConvSpec);
        if (first is null || first.Weight!.Value[1] != 3)
            throw new InputException(
                $"The first convolution of network '{model.Network.Spec.Name}' does not look at red, green and blue: its filters cannot be drawn in colour.");
        var filters = ((Conv2d)model.Network.Layer(first.Name)).Weight;
        var (count, height, width) = ((int)filters.Shape[0], (int)filters.Shape[2], (int)filters.Shape[3]);
        FilterSheet.Draw(
            filters.ToArray<float>(), count, height, width, model.Preprocessing.Order,
            parse.GetValue(scale) == "shared" ? FilterScale.Shared : FilterScale.Each, parse.GetValue(enlarge)).SavePng(path);
        Host.Say($"{path}: {count} filters of {height}x{width}, layer {first.Alias}.");
    }
}
