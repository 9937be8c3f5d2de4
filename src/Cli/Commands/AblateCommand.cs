using System.CommandLine;
using System.Globalization;
using ZfNet.Ablating;
using ZfNet.Data;
using ZfNet.Reports;
using ZfNet.Training;

namespace ZfNet.Cli.Commands;

/// <summary>zfnet ablate: what a network's layers are worth, beside the paper's Table 3.</summary>
internal sealed class AblateCommand : CliCommand
{
    private readonly AblateOptions options;

    public AblateCommand(CliHost host)
        : base(
            "ablate",
            "Train a network and its changes by one recipe: layers removed or resized (the article's section 2, the "
            + "paper's Table 3), and set the errors beside the paper's. After Ctrl-C the same command goes on.",
            host)
    {
        options = new(Common);
        options.AddTo(this);
        Common.AddThreads(this);
        Options.Add(Common.Json);
    }

    protected override void Execute(ParseResult parse)
    {
        var study = options.Read(parse);
        study.Check();
        var json = parse.GetValue(Common.Json);
        var waiting = study.Runs.Where(run => AblationResult.Read(run.Folder) is null).ToArray();
        if (waiting.Length > 0)
            Train(study, waiting, parse, json);
        var table = study.Results();
        Write(study, table, 0);
        if (json)
            WriteJson(table.ForJson());
        else
            Print(study, table);
    }

    private void Train(AblationStudy study, AblationRun[] waiting, ParseResult parse, bool json)
    {
        var sets = RunSets.Open(study.Config, Host.Say, Host.Cancel);
        if (sets.HeldOut is null)
            throw new InputException("--held-out is missing: the pictures to measure on.");
        // Every change has the base's input.
        using var pictures = new RunPictures(
            study.Config, sets, study.Config.Shape(study.Config.Network(sets.Data.Classes.Count)), known: null,
            Host.Say, Host.Cancel);
        using var device = Common.Open(study.Config.Device, parse, Host);
        var done = study.Runs.Count - waiting.Length;
        foreach (var run in waiting)
        {
            var title = string.Create(
                CultureInfo.InvariantCulture,
                $"{run.Ablation.Change.Name}, seed {run.Config.Seed} ({++done} of {study.Runs.Count})");
            Train(run, sets.Data, pictures, device, title, Common.Workers(parse), json);
            Write(study, study.Results(), study.Runs.Count - done);
        }
    }

    private void Train(
        AblationRun run, DataSet data, RunPictures pictures, Engine.Device device, string title, int workers, bool json)
    {
        var (config, folder) = (run.Config, run.Folder);
        var begun = File.Exists(folder.Config);
        using var checkpoint = begun ? TrainRunner.Latest(Host, folder) : null;
        using var network = Network.Create(
            config.Network(data.Classes.Count), Initialisers.Find(config.Init), config.Seed, device);
        var recipe = config.Options(network, pictures.Training, data.Background, workers);
        using var trainer = new Trainer(network.Body, pictures.Training, device, recipe, pictures.HeldOut);
        if (checkpoint is not null)
            TrainRunner.Restore(Host, checkpoint, trainer);
        if (!begun)
            folder.Create(config);
        var model = new Model(network, pictures.Preprocessing, data.Classes);
        var runner = new TrainRunner(Host, json) { Title = title, GoesOn = "the same command" };
        runner.Run(config, trainer, model, pictures.Training, folder);
        ModelFile.Save(folder.Weights, model);
        new AblationResult(
            network.Plan.Parameters, Measured(pictures.Training), Measured(pictures.HeldOut!), trainer.State.Seconds)
            .Save(folder);

        AblationCounts Measured(PreparedPictures on) => Host.Progress($"Measuring {title}", json, bar =>
            AblationCounts.Of(Evaluation.Run(
                network.Body, on, device, config.Batch, bar.From<int>((it, count) => it.Set(count, on.Count)), workers,
                cancel: Host.Cancel)));
    }

    private static void Write(AblationStudy study, AblationTable table, int missing)
    {
        table.Save(study.Table);
        AblationReport.Write(study.Page, table, missing);
    }

    private void Print(AblationStudy study, AblationTable table)
    {
        Host.Table(
            [
                "change", "layers", ">parameters", ">train %", ">val %", ">±", ">top-5 %", ">gap", ">paper, AlexNet",
                ">paper, Fig. 3",
            ],
            table.Rows.Select(row => new[]
            {
                row.Ablation.Change.Name, row.Ablation.Description,
                row.Parameters.ToString("N0", CultureInfo.InvariantCulture),
                Percent(row.TrainTop1.Value), Percent(row.ValTop1.Value), Percent(row.ValTop1.Error),
                Percent(row.ValTop5.Value), Percent(row.Gap.Value), Paper(row.Ablation.PaperAlexNet),
                Paper(row.Ablation.PaperFigure3),
            }));
        Host.Output.WriteLine(
            "Top-1 errors but for top-5; the paper's: train, val, val top-5. ± is a standard error of val.");
        Host.Table(
            ["the article says", "here", "paper"],
            table.Judgements.Select(judgement => new[]
            {
                judgement.Statement.Text, AblationReport.Word(judgement.Measured), AblationReport.Word(judgement.Paper),
            }));
        Host.Output.WriteLine(study.Table);
        Host.Output.WriteLine(study.Page);
    }

    private static string Percent(double share) => (100 * share).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Paper(TableThreeErrors? errors) => errors is null
        ? ""
        : string.Create(
            CultureInfo.InvariantCulture, $"{errors.TrainTop1:0.0} {errors.ValTop1:0.0} {errors.ValTop5:0.0}");
}
