using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ZfNet.Engine;
using ZfNet.Training;

namespace ZfNet.Ablating;

/// <summary>What figures say to a statement of the article.</summary>
/// <param name="Statement">The statement.</param>
/// <param name="Measured">What was measured says; null where a network is missing.</param>
/// <param name="Paper">By the same rule, the paper's Table 3 says; null where it lacks a network.</param>
public sealed record Judgement(ArticleStatement Statement, Verdict? Measured, Verdict? Paper);

/// <summary>The results of an ablation beside the paper's, and what both say to the article's statements.</summary>
/// <param name="Config">The recipe, with the unchanged network's name.</param>
/// <param name="Rows">One for each network of which a run is done.</param>
public sealed record AblationTable(RunConfig Config, IReadOnlyList<AblationRow> Rows)
{
    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Every statement that speaks of changes that there are for the network, measured or not.</summary>
    public IReadOnlyList<Judgement> Judgements =>
    [
        .. ArticleStatement.All
            .Where(statement => statement.Changes.All(change => Variants.Any(variant => variant.Change.Name == change)))
            .Select(statement => new Judgement(
                statement, statement.Judge(Measured),
                statement.Judge(In(TableThree.AlexNet)) ?? statement.Judge(In(TableThree.Figure3)))),
    ];

    private IReadOnlyList<Ablation> Variants => Ablation.Of(Networks.Find(Config.Arch));

    /// <summary>The row of a change; null where none of its runs is done.</summary>
    public AblationRow? Row(string change) => Rows.FirstOrDefault(row => row.Ablation.Change.Name == change);

    /// <summary>Everything, for machines; errors are shares, 0 to 1.</summary>
    public object ForJson() => new
    {
        network = Config.Arch,
        data = Config.Data,
        heldOut = Config.HeldOut,
        epochs = Config.Epochs,
        variants = Rows.Select(row => new
        {
            change = row.Ablation.Change.Name,
            network = row.Ablation.Spec.Name,
            description = row.Ablation.Description,
            parameters = row.Parameters,
            runs = row.Runs.Count,
            trainTop1Error = row.TrainTop1.Value,
            valTop1Error = row.ValTop1.Value,
            valTop1StandardError = row.ValTop1.Error,
            valTop5Error = row.ValTop5.Value,
            gap = row.Gap.Value,
            seconds = row.Runs.Sum(run => run.Seconds),
            paper = new { alexnet = Shares(row.Ablation.PaperAlexNet), figure3 = Shares(row.Ablation.PaperFigure3) },
        }),
        statements = Judgements.Select(judgement => new
        {
            statement = judgement.Statement.Text,
            rule = judgement.Statement.Rule,
            measured = judgement.Measured,
            paper = judgement.Paper,
        }),
    };

    /// <summary>Writes <see cref="ForJson"/> to a file, whole or not at all.</summary>
    /// <exception cref="FileWriteException">The disk refused it.</exception>
    public void Save(string path) =>
        AtomicFile.Write(
            path, file => file.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(ForJson(), Form) + "\n")));

    private AblationErrors? Measured(string change) => Row(change) is { } row ? AblationErrors.Of(row) : null;

    private static Func<string, AblationErrors?> In(IReadOnlyDictionary<string, TableThreeErrors> table) =>
        change => table.TryGetValue(change, out var errors) ? AblationErrors.Of(errors) : null;

    private static object? Shares(TableThreeErrors? errors) => errors is null
        ? null
        : new
        {
            trainTop1Error = errors.TrainTop1 / 100,
            valTop1Error = errors.ValTop1 / 100,
            valTop5Error = errors.ValTop5 / 100,
        };
}
