using System.CommandLine;
using System.Globalization;
using ZfNet.Pictures;
using ZfNet.Reports;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet occlude: what the network says as a square moves over a picture (paper, Fig. 7).</summary>
internal sealed class OccludeCommand : CliCommand
{
    private readonly ModelOptions weights = new(onlyRuns: true);
    private readonly Argument<string> image = ArgumentOf.Picture();
    private readonly Option<int> square, stride, map, batch;
    private readonly Option<string> fill, @class, layer, output;

    public OccludeCommand(CliHost host)
        : base("occlude", "Move a square over a picture and map what the network makes of the rest (paper, section 4.2 and Fig. 7).", host)
    {
        Arguments.Add(image);
        weights.AddTo(this);
        square = Add(OptionOf.Number("--square", "Side of the square, in pixels of the network's input.", 32, 1, 1 << 16));
        stride = Add(OptionOf.Number("--stride", "Pixels between two positions.", 8, 1, 1 << 16));
        fill = Add(OptionOf.Choice("--fill", "What the square is filled with: mid-grey, the picture's mean, or zero in the network's input.", "grey", [.. OcclusionFill.Names]));
        @class = Add(OptionOf.Text("--class", "The class whose probability is mapped, by name or number from 0; the most probable one if not given.", "class"));
        layer = Add(OptionOf.Text("--layer", "The layer whose strongest map is followed; the last convolution, rectified, if not given.", "name"));
        map = Add(OptionOf.Number("--map", "The map of that layer to follow; -1 takes the one that is most active on the whole picture.", -1, -1, 1 << 20));
        output = Add(OptionOf.Text("--out", "The folder to write to; made where there is none.", "folder", required: true));
        batch = Add(OptionOf.Number("--batch", "Positions in a pass; more takes more memory.", 16, 1, 1 << 16));
        Common.AddDevice(this);
        Options.Add(Common.Json);
    }

    protected override void Execute(ParseResult parse)
    {
        var json = parse.GetValue(Common.Json);
        var picture = Picture.Load(parse.GetRequiredValue(image));
        using var device = Common.Open(parse, Host);
        using var model = weights.Load(parse, device);
        var options = new OcclusionOptions
        {
            Square = parse.GetValue(square),
            Stride = parse.GetValue(stride),
            Fill = OcclusionFill.Find(parse.GetRequiredValue(fill), model.Preprocessing),
            Class = parse.GetValue(@class) is { } name ? model.ClassIndex(name) : null,
            ActivityLayer = parse.GetValue(layer),
            ActivityMap = parse.GetValue(map) is var number and >= 0 ? number : null,
            BatchSize = parse.GetValue(batch),
        };
        var folder = OutputPath.Folder(parse.GetRequiredValue(output));
        var report = Host.Progress("Occluding", json, bar => OccludeReport.Make(
            model, picture, options, bar.From<WorkProgress>((it, at) => it.Set(at.Done, at.Total)), Host.Cancel));
        Host.Cancel.ThrowIfCancellationRequested();
        var (result, files) = (report.Map, report.Write(folder));

        if (json)
        {
            WriteJson(new { className = model.ClassName(result.Class), labelName = model.ClassName(result.Label), files, map = result });
            return;
        }
        Host.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{model.ClassName(result.Class)}: {100 * result.Probability:0.0} % on the whole picture, {100 * result.ProbabilityGrid.Min():0.0} to {100 * result.ProbabilityGrid.Max():0.0} % under the square at {result.Rows}x{result.Columns} positions"));
        foreach (var file in files)
            Host.Output.WriteLine(file);
    }
}
