using System.Globalization;
using ZfNet.Data;
using ZfNet.Training;

namespace ZfNet.Reports;

/// <summary>
/// A training run as one page that grows with it: curves of loss, accuracy and learning rate, first-layer filters by
/// epoch, and followed maps by epoch (paper, Fig. 4). It is drawn anew from the log and the snapshots at every epoch's end,
/// so that a resumed run goes on where it was.
/// </summary>
/// <param name="folder">The run.</param>
/// <param name="model">Its network; stays the caller's.</param>
/// <param name="pictures">What it learns: where strongest activations are sought.</param>
public sealed class RunReport(RunFolder folder, Model model, PreparedPictures pictures)
{
    private const string Blue = "#1f5fae";
    private const string Red = "#c2410c";
    private const string Green = "#18794e";

    private readonly Snapshots snapshots = new(folder.Snapshots);

    /// <summary>Maps to follow.</summary>
    public IReadOnlyList<FollowedMap> Maps { get; init; } = [];

    /// <summary>Epochs, from 1, after which a snapshot is taken.</summary>
    public IReadOnlyList<int> Epochs { get; init; } = Snapshots.PaperEpochs;

    /// <summary>To be called at an epoch's end, once its line is in the log: takes a snapshot where one is due, and writes the page.</summary>
    /// <param name="epoch">1-based.</param>
    /// <param name="last">Whether the run ends here, which is always worth a snapshot.</param>
    /// <param name="cancel">Stops the search for strongest activations.</param>
    /// <exception cref="Engine.FileWriteException">A file cannot be written.</exception>
    public void EpochDone(int epoch, bool last = false, CancellationToken cancel = default)
    {
        if (last || Epochs.Contains(epoch))
            snapshots.Take(epoch, model, pictures, Maps, cancel);
        Write();
    }

    private void Write()
    {
        var lines = TrainingLog.Read(folder.Log);
        var epochs = lines.OfType<EpochLine>().ToArray();
        if (epochs.Length == 0)
            return;
        var (done, perEpoch) = (epochs[^1], epochs[^1].Step / (double)epochs[^1].Epoch);
        var steps = lines.OfType<StepLine>().Select(line => (X: line.Step / perEpoch, Line: line)).ToArray();
        var looks = epochs.Where(epoch => epoch.HeldOut is not null).ToArray();
        var best = looks.MaxBy(epoch => epoch.HeldOut!.Top1);
        int[] shown = [.. snapshots.Epochs().Where(epoch => epoch <= done.Epoch)];
        ReportPage.Write(folder.Report, "run", new Dictionary<string, object?>
        {
            ["network"] = model.Network.Spec.Name,
            ["pictures"] = pictures.Count.ToString("N0", CultureInfo.InvariantCulture),
            ["classes"] = pictures.Classes.Count,
            ["facts"] = new[]
            {
                Fact(done.Epoch.ToString(CultureInfo.InvariantCulture), $"epochs, {done.Step.ToString("N0", CultureInfo.InvariantCulture)} steps"),
                Fact(Percent(looks.LastOrDefault()?.HeldOut!.Top1), "held-out top-1"),
                Fact(Percent(best?.HeldOut!.Top1), best is null ? "best of the run" : $"best of the run, after epoch {best.Epoch}"),
                Fact(Percent(done.Top1), "training top-1, as trained"),
                Fact(Span(done.Seconds), string.Create(CultureInfo.InvariantCulture, $"at {done.ImagesPerSecond:0} pictures a second")),
            },
            ["charts"] = new[]
            {
                Chart.Of("Loss",
                [
                    new("steps", Blue, [.. steps.Select(step => (step.X, step.Line.Loss))], Thin: true),
                    new("training", Blue, [.. epochs.Select(epoch => ((double)epoch.Epoch, epoch.Loss))]),
                    new("held out", Red, [.. looks.Select(epoch => ((double)epoch.Epoch, epoch.HeldOut!.Loss))]),
                ], done.Epoch),
                Chart.Of("Accuracy",
                [
                    new("training top-1", Blue, [.. epochs.Select(epoch => ((double)epoch.Epoch, epoch.Top1))]),
                    new("held-out top-1", Red, [.. looks.Select(epoch => ((double)epoch.Epoch, epoch.HeldOut!.Top1))]),
                    new("held-out top-5", Green, [.. looks.Select(epoch => ((double)epoch.Epoch, epoch.HeldOut!.Top5))], Thin: true),
                ], done.Epoch, percent: true),
                Chart.Of("Learning rate",
                [
                    steps.Length > 0
                        ? new("rate", Blue, [.. steps.Select(step => (step.X, step.Line.LearningRate))])
                        : new("rate", Blue, [.. epochs.Select(epoch => ((double)epoch.Epoch, epoch.LearningRate))]),
                ], done.Epoch),
            },
            ["filters"] = shown.Select(epoch => new { epoch, image = Inline(snapshots.Filter(epoch)) }).ToArray(),
            ["maps"] = Maps.Select(map => new
            {
                name = $"{map.Layer}, map {map.Map}",
                cells = shown.Where(epoch => File.Exists(snapshots.Followed(epoch, map)))
                    .Select(epoch => new { epoch, image = Inline(snapshots.Followed(epoch, map)) }).ToArray(),
            }).ToArray(),
        });
    }

    private static string Inline(string path) => "data:image/png;base64," + Convert.ToBase64String(File.ReadAllBytes(path));

    private static object Fact(string value, string label) => new { value, label };

    private static string Percent(double? share) =>
        share is { } value ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + "%" : "–";

    private static string Span(double seconds) => seconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)seconds / 3600}:{(int)seconds / 60 % 60:00}:{(int)seconds % 60:00}");
}
