using System.CommandLine;
using System.Globalization;
using ZfNet.Data;
using ZfNet.Pictures;
using ZfNet.Reports;
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
        using var checkpoint = resumed is null ? null : Latest(folder!);
        var path = parse.GetValue(options.Out) is { } file ? OutputPath.File(file) : folder!.Weights;

        var data = Open(config, config.Data, null);
        var training = data.Training;
        var heldOut = config.HeldOut is null ? data.Test : Open(config, config.HeldOut, data.Classes).Evaluation;
        using var source = Source(config);
        var spec = source is null
            ? config.Network(training.Classes.Count)
            : Transfer.Spec(source, training.Classes, config.NewHead);
        var shape = source?.Preprocessing ?? config.Shape(spec);
        using var cache = Cache(config, training, shape);
        using var testCache = heldOut is null ? null : Cache(config, heldOut, shape);
        var prepared = Prepared(training, shape, cache);
        var preprocessing = checkpoint?.Preprocessing ?? source?.Preprocessing
            ?? PictureStatistics.Normalising(prepared, config.Mean, Host.Cancel);
        var pictures = prepared.With(preprocessing);
        var test = heldOut is null ? null : Prepared(heldOut, preprocessing, testCache);

        using var device = Common.Open(config.Device, parse, Host);
        using var network = Network.Create(spec, Initialisers.Find(config.Init), config.Seed, device);
        if (source is not null)
            Transfer.Copy(source, network, config.NewHead);
        if (config.Freeze is { } frozen)
            Transfer.Freeze(network, frozen);
        var recipe = config.Options(network, pictures, data.Background, Common.Workers(parse));
        using var trainer = new Trainer(network.Body, pictures, device, recipe, test);
        if (checkpoint is not null)
            GoOn(checkpoint, trainer);
        if (resumed is null)
            folder?.Create(config);
        else
            config.Save(folder!.Config);
        Host.Say(
            $"Training {spec.Name} ({network.Plan.Parameters.ToString("N0", CultureInfo.InvariantCulture)} parameters) on {pictures.Count} pictures of {pictures.Classes.Count} classes.");
        var json = parse.GetValue(Common.Json);
        var run = folder is null ? null : new TrainingRun(folder, config, preprocessing, trainer);
        var page = folder is null
            ? null
            : Page(config, folder, new Model(network, preprocessing, training.Classes), pictures);
        var epochs = Train(config, trainer, folder, run, page, json);
        if (epochs.Count < config.Epochs)
            Host.Say($"Ended early: the loss has not been lower for {config.EarlyStop} looks.");

        var report = new TrainReport(config, path, epochs, pictures, test);
        if (test is not null && config.Baselines)
            report = report with { Linear = Linear(pictures, test, device, recipe, json) };
        Host.Cancel.ThrowIfCancellationRequested();
        ModelFile.Save(path, new Model(network, preprocessing, training.Classes) { Notes = report.Notes() });
        if (json)
            WriteJson(report.ForJson());
        else
            report.Print(Host);
    }

    private IReadOnlyList<EpochMetrics> Train(
        RunConfig config, Trainer trainer, RunFolder? folder, TrainingRun? run, RunReport? page, bool json) => Host.Live(json, draw =>
    {
        var table = new TrainTable(draw);
        try
        {
            return run is null ? trainer.Run(table, Done, Host.Cancel) : run.Run(table, Done, Host.Cancel);
        }
        catch (OperationCanceledException) when (folder is not null)
        {
            Host.Say($"Saved: 'zfnet train --resume {folder.Path}' goes on.");
            throw;
        }

        void Done(EpochMetrics epoch)
        {
            table.EpochDone(epoch);
            page?.EpochDone(epoch.Epoch, trainer.Done, Host.Cancel);
            if (!json)
                Host.Say(TrainReport.Line(epoch, config.Epochs));
        }
    });

    private static Model? Source(RunConfig config)
    {
        if (config.From is { } path)
            return ModelFile.Load(path);
        return config.NewHead
            ? throw new InputException("--new-head takes --from: the network whose last layer is replaced.")
            : null;
    }

    private static RunReport Page(RunConfig config, RunFolder folder, Model model, PreparedPictures pictures) =>
        new(folder, model, pictures)
        {
            Maps = config.Fig4 is { } maps ? FollowedMap.Parse(maps, model.Network.Plan) : [],
            Epochs = config.Fig4Epochs is { } text
                ? [.. text.Split(',').Select(word => int.TryParse(word, CultureInfo.InvariantCulture, out var epoch) && epoch > 0
                    ? epoch
                    : throw new InputException($"--fig4-epochs takes epochs from 1 with commas between, not '{text}'."))]
                : Snapshots.PaperEpochs,
        };

    private Checkpoint? Latest(RunFolder folder)
    {
        var checkpoint = new CheckpointFolder(folder.Checkpoints).OpenLatest(Host.Say);
        if (checkpoint is null)
            Host.Say($"'{folder.Path}' has no checkpoint yet: the run begins again.");
        return checkpoint;
    }

    private void GoOn(Checkpoint checkpoint, Trainer trainer)
    {
        var now = trainer.State.Backend;
        checkpoint.Restore(trainer);
        Host.Say(string.Create(
            CultureInfo.InvariantCulture, $"Going on after step {checkpoint.State.StepsDone}, in epoch {checkpoint.State.Epoch + 1}."));
        if (checkpoint.State.Backend != now)
            Host.Say($"The run computed with {checkpoint.State.Backend} and goes on with {now}: not bit for bit.");
        // Windows cannot write a file anew that is open.
        checkpoint.Dispose();
    }

    private FrameCache? Cache(RunConfig config, IPictureSource source, Preprocessing shape) =>
        config.Cache is { } folder ? FrameCache.Open(folder, source, shape, Host.Say, Host.Cancel) : null;

    private static PreparedPictures Prepared(IPictureSource source, Preprocessing preprocessing, FrameCache? cache) =>
        cache is null ? new(source, preprocessing) : new(source, preprocessing, cache);

    private DataSet Open(RunConfig config, string path, IReadOnlyList<string>? classes)
    {
        var set = DataSets.Open(
            path,
            new DataSetOptions { Unreadable = config.SkipUnreadable ? UnreadablePictures.Skip : UnreadablePictures.Fail, Classes = classes },
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
