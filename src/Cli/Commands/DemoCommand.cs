using System.CommandLine;
using ZfNet.Reports;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet demo: one page about what a trained network has learned.</summary>
internal sealed class DemoCommand : CliCommand
{
    private static readonly string[] Steps = ["classifying", "searching", "comparing", "occluding", "writing"];

    private readonly Option<string> weights, pictures, output;
    private readonly Option<int> maps;
    private readonly Option<ulong> seed;

    public DemoCommand(CliHost host)
        : base("demo", "Write one self-contained HTML page: top nine projections beside their patches for every conv layer, filters, occlusion maps, predictions.", host)
    {
        weights = Add(OptionOf.Text("--weights", "The weights file, with class names.", "file"));
        weights.DefaultValueFactory = _ => Path.Combine("demo", "compact.safetensors");
        pictures = Add(OptionOf.Text("--images", "Pictures that the network was not trained on, a folder for each class.", "dir"));
        pictures.DefaultValueFactory = _ => Path.Combine("demo", "pictures");
        output = Add(OptionOf.Text("--out", "The HTML file to write.", "file", required: true));
        maps = Add(OptionOf.Number("--maps", "Maps shown for each layer.", 6, 1, 1000));
        Common.AddDevice(this);
        seed = Add(OptionOf.Number("--seed", "Draws the random comparisons and the pictures that are classified.", 1UL, 0UL, ulong.MaxValue));
    }

    protected override void Execute(ParseResult parse)
    {
        var path = OutputPath.File(parse.GetRequiredValue(output));
        using var device = Common.Open(parse, Host);
        var options = new DemoOptions(parse.GetRequiredValue(weights), parse.GetRequiredValue(pictures), path)
        {
            Maps = parse.GetValue(maps),
            Seed = parse.GetValue(seed),
            Device = device,
        };
        Host.Progress("demo", quiet: false, bar =>
        {
            var done = 0;
            DemoReport.Write(options, bar.From<string>((b, title) => b.Set(done++, Steps.Length, title)), Host.Cancel);
            return done;
        });
        Host.Say($"{path}: open it in a browser.");
    }
}
