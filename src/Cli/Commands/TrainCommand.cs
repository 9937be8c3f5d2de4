using System.CommandLine;
using System.Globalization;
using ZfNet.Data;
using ZfNet.Pictures;
using ZfNet.Training;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet train: a network of the catalogue on a data set.</summary>
internal sealed class TrainCommand : CliCommand
{
    private readonly TrainOptions options = new();

    public TrainCommand(CliHost host)
        : base("train", "Train a network on a folder of pictures, one folder a class, or on the files of MNIST or CIFAR. The weights are written at the end; Ctrl-C leaves what was there.", host)
    {
        options.AddTo(this);
        Common.AddDevice(this);
        Options.Add(Common.Json);
    }

    protected override void Execute(ParseResult parse)
    {
        var json = parse.GetValue(Common.Json);
        var path = OutputPath.File(parse.GetRequiredValue(options.Out));
        var spec = Networks.Find(parse.GetRequiredValue(options.Arch));
        var initialiser = Initialisers.Find(parse.GetRequiredValue(options.Init));
        var seed = parse.GetValue(options.Seed);

        var data = Open(parse, options.Data, null);
        var training = data.Training;
        var heldOut = parse.GetValue(options.HeldOut) is null ? data.Test : Open(parse, options.HeldOut, data.Classes).Evaluation;
        var shape = new Preprocessing
        {
            Height = spec.Height,
            Width = spec.Width,
            Resize = parse.GetValue(options.Resize) == "stretch" ? ResizeRule.Stretch : ResizeRule.SmallestSideCentreCrop,
            SmallestSide = parse.GetValue(options.SmallestSide),
        };
        using var cache = Cache(parse, training, shape);
        using var testCache = heldOut is null ? null : Cache(parse, heldOut, shape);
        var prepared = Prepared(training, shape, cache);
        var rule = parse.GetValue(options.Mean) == "pixel" ? MeanRule.Pixel : MeanRule.Colour;
        var preprocessing = PictureStatistics.Normalising(prepared, rule, Host.Cancel);
        var pictures = prepared.With(preprocessing);
        var test = heldOut is null ? null : Prepared(heldOut, preprocessing, testCache);

        using var device = Common.Open(parse, Host);
        using var network = Network.Create(spec.WithClasses(training.Classes.Count), initialiser, seed, device);
        var recipe = options.Recipe(parse, network, data.Background, Common.Workers(parse));
        using var trainer = new Trainer(network.Body, pictures, device, recipe, test);
        Host.Say(
            $"Training {spec.Name} ({network.Plan.Parameters.ToString("N0", CultureInfo.InvariantCulture)} parameters) on {pictures.Count} pictures of {pictures.Classes.Count} classes.");
        var epochs = Host.Progress("Training", json, bar => trainer.Run(
            bar.From<TrainingProgress>((it, at) => it.Set(
                (at.Epoch - 1.0) * at.StepsPerEpoch + at.Step, (double)at.Epochs * at.StepsPerEpoch,
                string.Create(CultureInfo.InvariantCulture, $"Epoch {at.Epoch}/{at.Epochs}, loss {at.Loss:0.000}, {at.ImagesPerSecond:0} images/s"))),
            epoch => Host.Say(TrainReport.Line(epoch, recipe.Epochs)),
            Host.Cancel));

        var report = new TrainReport(spec.Name, path, recipe, epochs, pictures, test);
        if (test is not null && parse.GetValue(options.Baselines))
            report = report with { Linear = Linear(pictures, test, device, recipe, json) };
        Host.Cancel.ThrowIfCancellationRequested();
        ModelFile.Save(path, new Model(network, preprocessing, training.Classes) { Notes = report.Notes(seed, initialiser) });
        if (json)
            WriteJson(report.ForJson());
        else
            report.Print(Host);
    }

    private FrameCache? Cache(ParseResult parse, IPictureSource source, Preprocessing shape) =>
        parse.GetValue(options.Cache) is { } folder ? FrameCache.Open(folder, source, shape, Host.Say, Host.Cancel) : null;

    private static PreparedPictures Prepared(IPictureSource source, Preprocessing preprocessing, FrameCache? cache) =>
        cache is null ? new(source, preprocessing) : new(source, preprocessing, cache);

    private DataSet Open(ParseResult parse, Option<string> folder, IReadOnlyList<string>? classes)
    {
        var skips = parse.GetValue(options.SkipUnreadable);
        var set = DataSets.Open(
            parse.GetRequiredValue(folder),
            new DataSetOptions { Unreadable = skips ? UnreadablePictures.Skip : UnreadablePictures.Fail, Classes = classes },
            Host.Cancel);
        foreach (var fault in set.Skipped)
            Host.Say($"Skipped: {fault.Message}");
        return set;
    }

    private EvaluationResult Linear(PreparedPictures pictures, PreparedPictures test, Engine.Device device, TrainingOptions recipe, bool json) =>
        Host.Progress("Linear softmax", json, bar => ZfNet.Training.Baselines.LinearSoftmax(
            pictures, test, device, recipe with { LearningRate = Math.Min(recipe.LearningRate, TrainOptions.LinearLearningRate), LabelSmoothing = 0 },
            bar.From<TrainingProgress>((it, at) => it.Set((at.Epoch - 1.0) * at.StepsPerEpoch + at.Step, (double)at.Epochs * at.StepsPerEpoch)),
            Host.Cancel));
}
