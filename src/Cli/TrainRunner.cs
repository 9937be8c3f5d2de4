using System.Globalization;
using ZfNet.Data;
using ZfNet.Reports;
using ZfNet.Training;

namespace ZfNet.Cli;

/// <summary>Trains under the live table: a run in a folder, which can go on, or one without.</summary>
/// <param name="host">Where it says what happens.</param>
/// <param name="json">Nothing is shown but messages.</param>
internal sealed class TrainRunner(CliHost host, bool json)
{
    /// <summary>What the table is headed by and every epoch's line begins with; null for nothing.</summary>
    public string? Title { get; init; }

    /// <summary>The command that goes on after Ctrl-C.</summary>
    public string GoesOn { get; init; } = "";

    /// <summary>The last checkpoint of a run that can be used; null where there is none yet.</summary>
    public static Checkpoint? Latest(CliHost host, RunFolder folder)
    {
        var checkpoint = new CheckpointFolder(folder.Checkpoints).OpenLatest(host.Say);
        if (checkpoint is null)
            host.Say($"'{folder.Path}' has no checkpoint yet: the run begins again.");
        return checkpoint;
    }

    /// <summary>Takes a trainer to where a run stood.</summary>
    public static void Restore(CliHost host, Checkpoint checkpoint, Trainer trainer)
    {
        var now = trainer.State.Backend;
        checkpoint.Restore(trainer);
        host.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"Going on after step {checkpoint.State.StepsDone}, in epoch {checkpoint.State.Epoch + 1}."));
        if (checkpoint.State.Backend != now)
            host.Say($"The run computed with {checkpoint.State.Backend} and goes on with {now}: not bit for bit.");
        // Windows cannot write a file anew that is open.
        checkpoint.Dispose();
    }

    /// <summary>Trains to the end.</summary>
    /// <param name="config">The recipe.</param>
    /// <param name="trainer">At the beginning, or restored.</param>
    /// <param name="model">Its network.</param>
    /// <param name="pictures">What it learns.</param>
    /// <param name="folder">Where the run is kept; null for nowhere.</param>
    public IReadOnlyList<EpochMetrics> Run(
        RunConfig config, Trainer trainer, Model model, PreparedPictures pictures, RunFolder? folder)
    {
        var run = folder is null ? null : new TrainingRun(folder, config, model.Preprocessing, trainer);
        var page = folder is null ? null : Page(config, folder, model, pictures);
        var plan = model.Network.Plan;
        host.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"Training {plan.Spec.Name} ({plan.Parameters:N0} parameters) on {pictures.Count} pictures of "
            + $"{pictures.Classes.Count} classes."));
        var epochs = host.Live(json, draw =>
        {
            var table = new TrainTable(draw) { Title = Title };
            try
            {
                return run is null ? trainer.Run(table, Done, host.Cancel) : run.Run(table, Done, host.Cancel);
            }
            catch (OperationCanceledException) when (folder is not null)
            {
                host.Say($"Saved: {GoesOn} goes on.");
                throw;
            }

            void Done(EpochMetrics epoch)
            {
                table.EpochDone(epoch);
                page?.EpochDone(epoch.Epoch, trainer.Done, host.Cancel);
                if (!json)
                    host.Say((Title is null ? "" : Title + ", ") + TrainReport.Line(epoch, config.Epochs));
            }
        });
        if (epochs.Count < config.Epochs)
            host.Say($"Ended early: the loss has not been lower for {config.EarlyStop} looks.");
        return epochs;
    }

    private static RunReport Page(RunConfig config, RunFolder folder, Model model, PreparedPictures pictures) =>
        new(folder, model, pictures)
        {
            Maps = config.Fig4 is { } maps ? FollowedMap.Parse(maps, model.Network.Plan) : [],
            Epochs = config.Fig4Epochs is { } text
                ? [.. text.Split(',').Select(word => Epoch(word)
                    ?? throw new InputException(
                        $"--fig4-epochs takes epochs from 1 with commas between, not '{text}'."))]
                : Snapshots.PaperEpochs,
        };

    private static int? Epoch(string word) =>
        int.TryParse(word, CultureInfo.InvariantCulture, out var epoch) && epoch > 0 ? epoch : null;
}
