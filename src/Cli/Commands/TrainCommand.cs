using System.CommandLine;
using ZfNet.Data;
using ZfNet.Training;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet train: a network of the catalogue on a data set.</summary>
internal sealed class TrainCommand : CliCommand
{
    private readonly TrainOptions options;

    public TrainCommand(CliHost host)
        : base(
            "train",
            "Train a network on a folder of pictures, one folder a class, or on the files of MNIST or CIFAR. "
            + "The weights are written at the end; with --run, Ctrl-C saves and --resume goes on.",
            host)
    {
        options = new(Common);
        options.AddTo(this);
        Common.AddThreads(this);
        Options.Add(Common.Json);
    }

    protected override void Execute(ParseResult parse)
    {
        var config = options.Read(parse);
        var resumed = parse.GetValue(options.Resume);
        var folder = (resumed ?? parse.GetValue(options.Run)) is { } name ? new RunFolder(name) : null;
        using var checkpoint = resumed is null ? null : TrainRunner.Latest(Host, folder!);
        var path = parse.GetValue(options.Out) is { } file ? OutputPath.File(file) : folder!.Weights;

        var sets = RunSets.Open(config, Host.Say, Host.Cancel);
        using var source = Source(config);
        var classes = sets.Data.Classes;
        var spec = source is null ? config.Network(classes.Count) : Transfer.Spec(source, classes, config.NewHead);
        using var pictures = new RunPictures(
            config, sets, source?.Preprocessing ?? config.Shape(spec),
            checkpoint?.Preprocessing ?? source?.Preprocessing, Host.Say, Host.Cancel);

        using var device = Common.Open(config.Device, parse, Host);
        using var network = Network.Create(spec, Initialisers.Find(config.Init), config.Seed, device);
        if (source is not null)
            Transfer.Copy(source, network, config.NewHead);
        if (config.Freeze is { } frozen)
            Transfer.Freeze(network, frozen);
        var recipe = config.Options(network, pictures.Training, sets.Data.Background, Common.Workers(parse));
        using var trainer = new Trainer(network.Body, pictures.Training, device, recipe, pictures.HeldOut);
        if (checkpoint is not null)
            TrainRunner.Restore(Host, checkpoint, trainer);
        if (resumed is null)
            folder?.Create(config);
        else
            config.Save(folder!.Config);
        var json = parse.GetValue(Common.Json);
        var model = new Model(network, pictures.Preprocessing, classes);
        var runner = new TrainRunner(Host, json) { GoesOn = $"'zfnet train --resume {folder?.Path}'" };
        var epochs = runner.Run(config, trainer, model, pictures.Training, folder);

        var report = new TrainReport(config, path, epochs, pictures.Training, pictures.HeldOut);
        if (pictures.HeldOut is { } test && config.Baselines)
            report = report with { Linear = Linear(pictures.Training, test, device, recipe, json) };
        Host.Cancel.ThrowIfCancellationRequested();
        ModelFile.Save(path, new Model(network, pictures.Preprocessing, classes) { Notes = report.Notes() });
        if (json)
            WriteJson(report.ForJson());
        else
            report.Print(Host);
    }

    private static Model? Source(RunConfig config)
    {
        if (config.From is { } path)
            return ModelFile.Load(path);
        return config.NewHead
            ? throw new InputException("--new-head takes --from: the network whose last layer is replaced.")
            : null;
    }

    private EvaluationResult Linear(PreparedPictures pictures, PreparedPictures test, Engine.Device device, TrainingOptions recipe, bool json) =>
        Host.Progress("Linear softmax", json, bar => ZfNet.Training.Baselines.LinearSoftmax(
            pictures, test, device, recipe with { LearningRate = Math.Min(recipe.LearningRate, TrainOptions.LinearLearningRate), LabelSmoothing = 0 },
            bar.From<TrainingProgress>((it, at) => it.Set((at.Epoch - 1.0) * at.StepsPerEpoch + at.Step, (double)at.Epochs * at.StepsPerEpoch)),
            Host.Cancel));
}
