using System.CommandLine;
using System.Globalization;
using ZfNet.Data;
using ZfNet.Training;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet probe: how much of some classes each layer of a network holds ready.</summary>
internal sealed class ProbeCommand : CliCommand
{
    private readonly ModelOptions weights = new();
    private readonly Option<string> data, heldOut, layers;
    private readonly Option<int> epochs, batch;
    private readonly Option<double> rate;
    private readonly Option<ulong> seed;

    public ProbeCommand(CliHost host)
        : base("probe", "Train a softmax on the features of each layer, and see by depth how much it can tell (paper, Table 7). The network is not changed.", host)
    {
        weights.AddTo(this);
        data = Add(OptionOf.Text("--data", "Labelled pictures to learn, of any classes: a folder with one folder a class, or with the files of MNIST or CIFAR.", "folder", required: true));
        heldOut = Add(OptionOf.Text("--held-out", "Pictures to measure on, laid out likewise. The default is the set's own test pictures, where it has some.", "folder"));
        layers = Add(OptionOf.Text("--layers", "Layers, with commas between; what each layer with weights is given if not said.", "names"));
        epochs = Add(OptionOf.Number("--epochs", "Passes over the pictures, for every layer.", 10, 1, 1_000_000));
        rate = Add(OptionOf.Number("--lr", "Learning rate; it falls by half a cosine. Features have norm 1 in the mean.", 1.0, 0.0, 1000, aboveLow: true));
        batch = Add(OptionOf.Number("--batch", "Pictures a step.", 64, 1, 1 << 16));
        seed = Add(OptionOf.Number("--seed", "Seed of the order.", 0UL, 0UL, ulong.MaxValue));
        Common.AddDevice(this);
        Options.Add(Common.Json);
    }

    protected override void Execute(ParseResult parse)
    {
        var json = parse.GetValue(Common.Json);
        using var device = Common.Open(parse, Host);
        using var model = weights.Load(parse, device);
        var set = DataSets.Open(parse.GetRequiredValue(data), cancel: Host.Cancel);
        var other = parse.GetValue(heldOut) is { } path
            ? DataSets.Open(path, new DataSetOptions { Classes = set.Classes }, Host.Cancel).Evaluation
            : set.Test ?? throw new InputException("--held-out is missing: the pictures to measure on.");
        var names = parse.GetValue(layers)?.Split(',', StringSplitOptions.TrimEntries);
        var options = new TrainingOptions
        {
            Epochs = parse.GetValue(epochs),
            BatchSize = parse.GetValue(batch),
            LearningRate = parse.GetValue(rate),
            Schedule = new LearningRateSchedule { Kind = ScheduleKind.Cosine },
            Seed = parse.GetValue(seed),
            Workers = Common.Workers(parse),
        };
        var count = names?.Length ?? LinearProbe.Layers(model.Network.Plan).Count;
        var results = Host.Progress("Probing", json, bar =>
        {
            var finished = 0;
            return LinearProbe.Run(
                model, new(set.Training, model.Preprocessing), new(other, model.Preprocessing), names, options,
                result => bar.Set(++finished, count, $"Probed {result.Layer}"), Host.Cancel);
        });
        if (json)
            WriteJson(results.Select(result => new
            {
                layer = result.Layer, features = result.Features, training = result.Training.Accuracy, heldOut = result.HeldOut.Accuracy, top5 = result.HeldOut.Top5Accuracy,
            }));
        else
            Host.Table(
                ["layer", ">features", ">training %", ">held-out %", ">top-5 %"],
                results.Select(result => new[]
                {
                    result.Layer, result.Features.ToString("N0", CultureInfo.InvariantCulture), Percent(result.Training.Accuracy),
                    Percent(result.HeldOut.Accuracy), Percent(result.HeldOut.Top5Accuracy),
                }));
    }

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture);
}
