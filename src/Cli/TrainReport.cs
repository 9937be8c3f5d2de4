using System.Globalization;
using ZfNet.Data;
using ZfNet.Training;

namespace ZfNet.Cli;

/// <summary>What a training run came to, for people, for machines, and for the weights file.</summary>
internal sealed record TrainReport(
    RunConfig Config, string Path, IReadOnlyList<EpochMetrics> Epochs, PreparedPictures Training, PreparedPictures? Test)
{
    public EvaluationResult? Linear { get; init; }

    private EvaluationResult? HeldOut => Epochs[^1].HeldOut;

    /// <summary>An epoch in one line.</summary>
    public static string Line(EpochMetrics epoch, int epochs)
    {
        var heldOut = epoch.HeldOut is { } result ? $", held-out {Percent(result.Accuracy)}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch}/{epochs}: loss {epoch.Loss:0.0000}, train {Percent(epoch.Accuracy)}{heldOut}, lr {epoch.LearningRate:0.0000##}, {epoch.ImagesPerSecond:0} images/s");
    }

    /// <summary>What travels with the weights: the recipe and its result.</summary>
    public IReadOnlyDictionary<string, string> Notes() => new Dictionary<string, string>
    {
        // Where things lie is this machine's affair.
        ["recipe"] = (Config with { Data = Name(Config.Data)!, HeldOut = Name(Config.HeldOut), Cache = null })
            .ToJson(indented: false),
    };

    public object ForJson()
    {
        var majority = Test is null ? ((double Accuracy, string Class)?)null : Baselines.Majority(Training, Test);
        return new
        {
            arch = Config.Arch,
            weights = Path,
            classes = Training.Classes,
            pictures = Training.Count,
            epochs = Epochs.Select(epoch => new
            {
                epoch = epoch.Epoch,
                learningRate = epoch.LearningRate,
                loss = epoch.Loss,
                accuracy = epoch.Accuracy,
                top5 = epoch.Top5,
                imagesPerSecond = epoch.ImagesPerSecond,
                heldOutAccuracy = epoch.HeldOut?.Accuracy,
                heldOutLoss = epoch.HeldOut?.Loss,
            }),
            heldOut = Of(HeldOut),
            majority = majority is { } most ? new { accuracy = most.Accuracy, @class = most.Class } : null,
            linear = Of(Linear),
        };

        static object? Of(EvaluationResult? result) => result is null
            ? null
            : new
            {
                pictures = result.Count,
                top1 = result.Accuracy,
                top5 = result.Top5Accuracy,
                loss = result.Loss,
                classes = result.Classes.Select(c => new { name = c.Name, pictures = c.Count, top1 = c.Top1, top5 = c.Top5 }),
            };
    }

    public void Print(CliHost host)
    {
        if (HeldOut is { } result)
        {
            host.Table(
                ["class", ">held out", ">correct", ">%"],
                result.Classes.Where(c => c.Count > 0)
                    .Select(c => new[] { c.Name, Whole(c.Count), Whole(c.Top1), Tenths(100.0 * c.Top1 / c.Count) })
                    .Append(["all", Whole(result.Count), Whole(result.Top1), Tenths(100 * result.Accuracy)]));
            var (accuracy, name) = Baselines.Majority(Training, Test!);
            host.Output.WriteLine($"held-out   top-1 {Percent(result.Accuracy)}, top-5 {Percent(result.Top5Accuracy)}, loss {result.Loss.ToString("0.000", CultureInfo.InvariantCulture)}");
            host.Output.WriteLine($"majority   top-1 {Percent(accuracy)} (always {name})");
            if (Linear is not null)
                host.Output.WriteLine($"linear     top-1 {Percent(Linear.Accuracy)} (softmax on the pixels)");
        }
        host.Output.WriteLine($"training   {Percent(Epochs[^1].Accuracy)}, loss {Epochs[^1].Loss.ToString("0.000", CultureInfo.InvariantCulture)}, after {Epochs.Count} epochs");
        host.Output.WriteLine($"weights    {Path}");
    }

    private static string? Name(string? path) =>
        path is null
            ? null
            : System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)));

    private static string Percent(double share) => Tenths(100 * share) + " %";

    private static string Tenths(double number) => number.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);
}
