using System.Globalization;
using ZfNet.Ablating;

namespace ZfNet.Reports;

/// <summary>An ablation as one page: the table beside the paper's, and the article's statements.</summary>
public static class AblationReport
{
    /// <summary>Writes the page, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="table">With at least one row; it may lack others yet.</param>
    /// <param name="missing">Runs that are still to be done.</param>
    /// <exception cref="Engine.FileWriteException">It cannot be written.</exception>
    public static void Write(string path, AblationTable table, int missing = 0)
    {
        ArgumentNullException.ThrowIfNull(table);
        var counts = table.Rows[0].Runs[0];
        var highest = Math.Max(table.Rows.Max(row => Math.Max(row.ValTop1.Value, row.TrainTop1.Value)), 1e-9);
        ReportPage.Write(path, "ablation", new Dictionary<string, object?>
        {
            ["network"] = table.Config.Arch,
            ["data"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(table.Config.Data)),
            ["missing"] = missing,
            ["matters"] = Number(100 * ArticleStatement.Matters, "0"),
            ["facts"] = new[]
            {
                Fact(Whole(table.Rows.Count), "networks"),
                Fact(Whole(table.Rows.Sum(row => row.Runs.Count)), "training runs"),
                Fact(Whole(table.Config.Epochs), "epochs each"),
                Fact(Whole(counts.Training.Pictures), "training pictures"),
                Fact(Whole(counts.HeldOut.Pictures), "validation pictures"),
            },
            ["rows"] = table.Rows.Select(row => new
            {
                name = row.Ablation.Change.Name,
                description = row.Ablation.Description,
                parameters = Whole(row.Parameters),
                train = Percent(row.TrainTop1.Value),
                val = Percent(row.ValTop1.Value),
                error = Percent(row.ValTop1.Error),
                top5 = Percent(row.ValTop5.Value),
                gap = Percent(row.Gap.Value),
                alexnet = Paper(row.Ablation.PaperAlexNet),
                figure3 = Paper(row.Ablation.PaperFigure3),
                trainBar = Bar(row.TrainTop1.Value),
                valBar = Bar(row.ValTop1.Value),
            }).ToArray(),
            ["statements"] = table.Judgements.Select(judgement => new
            {
                text = judgement.Statement.Text,
                rule = judgement.Statement.Rule,
                measured = Word(judgement.Measured),
                paper = Word(judgement.Paper),
                figures = judgement.Statement.Changes.Select(table.Row).OfType<AblationRow>().Select(row => new
                {
                    change = row.Ablation.Change.Name,
                    val = Percent(row.ValTop1.Value),
                    error = Percent(row.ValTop1.Error),
                    gap = Percent(row.Gap.Value),
                }).ToArray(),
            }).ToArray(),
        });

        string Bar(double share) => Number(100 * share / highest, "0.#");
    }

    /// <summary>What a verdict is called: agrees, disagrees, undecided, or that it was not measured.</summary>
    public static string Word(Verdict? verdict) => verdict switch
    {
        Verdict.Agrees => "agrees",
        Verdict.Disagrees => "disagrees",
        Verdict.Undecided => "undecided",
        _ => "not measured",
    };

    private static object Fact(string value, string label) => new { value, label };

    private static object? Paper(TableThreeErrors? errors) => errors is null
        ? null
        : new
        {
            train = Number(errors.TrainTop1, "0.0"),
            val = Number(errors.ValTop1, "0.0"),
            top5 = Number(errors.ValTop5, "0.0"),
            gap = Number(errors.ValTop1 - errors.TrainTop1, "0.0"),
        };

    private static string Percent(double share) => Number(100 * share, "0.00");

    private static string Whole(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
