using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using ZfNet.Training;

namespace ZfNet.Cli;

/// <summary>
/// The table of a run's progress that a terminal shows while it trains, drawn anew some times a second.
/// </summary>
/// <param name="draw">Shows it.</param>
internal sealed class TrainTable(Action<IRenderable> draw) : IProgress<TrainingProgress>
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    private readonly Stopwatch rested = new();
    private EpochMetrics? last;

    /// <summary>What it is headed by; null for nothing.</summary>
    public string? Title { get; init; }

    public void Report(TrainingProgress value)
    {
        if (rested.IsRunning && rested.Elapsed < Rest)
            return;
        rested.Restart();
        draw(Render(value));
    }

    /// <summary>Its held-out result stays in the table.</summary>
    public void EpochDone(EpochMetrics epoch) => last = epoch.HeldOut is null ? last : epoch;

    /// <summary>What the table says, row by row.</summary>
    internal IEnumerable<(string Name, string Value)> Rows(TrainingProgress at)
    {
        yield return ("epoch", Text($"{at.Epoch} of {at.Epochs}"));
        yield return ("step", Text($"{at.Step} of {at.StepsPerEpoch}"));
        yield return ("loss", Text($"{at.Loss:0.0000}"));
        yield return ("top-1", Text($"{100 * at.Top1:0.0} %"));
        yield return ("top-5", Text($"{100 * at.Top5:0.0} %"));
        if (last?.HeldOut is { } result)
            yield return (
                "held out", Text($"{100 * result.Accuracy:0.0} %, loss {result.Loss:0.0000} (epoch {last.Epoch})"));
        yield return ("learning rate", Text($"{at.Last.LearningRate:0.######}"));
        yield return ("images/s", Text($"{at.ImagesPerSecond:0}"));
        yield return ("time left", Time(at.Seconds / at.StepsDone * (at.TotalSteps - at.StepsDone)));
    }

    private static string Time(double seconds)
    {
        var left = TimeSpan.FromSeconds(seconds);
        return left.ToString(left.TotalDays >= 1 ? @"d\d\ hh\:mm\:ss" : @"hh\:mm\:ss", CultureInfo.InvariantCulture);
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private Rows Render(TrainingProgress at)
    {
        var table = new Table { Border = TableBorder.Rounded, ShowHeaders = false };
        if (Title is not null)
            table.Title = new TableTitle(Markup.Escape(Title));
        table.AddColumns(new TableColumn(""), new TableColumn(""));
        foreach (var (name, value) in Rows(at))
            table.AddRow(new Text(name), new Text(value));
        var bar = new BreakdownChart { Width = 40, ShowTags = false }
            .AddItem("done", at.StepsDone, Color.Green).AddItem("left", at.TotalSteps - at.StepsDone, Color.Grey);
        return new Rows(table, bar);
    }
}
