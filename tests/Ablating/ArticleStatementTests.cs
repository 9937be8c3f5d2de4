using System.Globalization;
using NUnit.Framework;
using ZfNet.Ablating;

namespace ZfNet.Tests.Ablating;

public sealed class ArticleStatementTests
{
    private const int Fc = 0, Middle = 1, Size = 2, Wider = 3, Narrower = 4;

    // Errors of 2,000 pictures in percent; the standard error of 10 % is 0.67 %, of the margin about 1.1 %.
    [TestCase(Fc, Verdict.Agrees, "base 10", "without-fc 9")]
    [TestCase(Fc, Verdict.Agrees, "base 10", "without-fc 10")]
    [TestCase(Fc, Verdict.Undecided, "base 10", "without-fc 12")]
    [TestCase(Fc, Verdict.Disagrees, "base 10", "without-fc 16")]
    [TestCase(Middle, Verdict.Agrees, "base 10", "without-middle 16")]
    [TestCase(Middle, Verdict.Undecided, "base 10", "without-middle 13")]
    [TestCase(Middle, Verdict.Disagrees, "base 10", "without-middle 10")]
    [TestCase(Size, Verdict.Agrees, "base 20", "half-fc 21", "double-fc 19")]
    [TestCase(Size, Verdict.Disagrees, "base 20", "half-fc 31", "double-fc 20")]
    [TestCase(Size, Verdict.Disagrees, "base 20", "half-fc 20", "double-fc 10")]
    [TestCase(Size, Verdict.Undecided, "base 20", "half-fc 20", "double-fc 24")]
    [TestCase(Wider, Verdict.Agrees, "base 20 15", "wider 15 1")]
    [TestCase(Wider, Verdict.Disagrees, "base 20 15", "wider 25 1")]
    [TestCase(Wider, Verdict.Disagrees, "base 20 10", "wider 15 14")]
    [TestCase(Wider, Verdict.Undecided, "base 20 15", "wider 19 5")]
    [TestCase(Narrower, Verdict.Agrees, "narrower 20 15", "base 15 1")]
    public void Figures_are_judged_by_two_standard_errors(int statement, Verdict expected, params string[] figures) =>
        Assert.That(ArticleStatement.All[statement].Judge(Read(figures)), Is.EqualTo(expected));

    [TestCase(Fc, "base 10")]
    [TestCase(Size, "base 10", "half-fc 10")]
    [TestCase(Wider, "wider 10")]
    public void Without_a_figure_there_is_no_verdict(int statement, params string[] figures) =>
        Assert.That(ArticleStatement.All[statement].Judge(Read(figures)), Is.Null);

    [Test]
    public void The_papers_own_table_contradicts_the_article_on_the_middle_convolutions()
    {
        Verdict?[] verdicts =
        [
            .. ArticleStatement.All.Select(statement =>
                statement.Judge(In(TableThree.AlexNet)) ?? statement.Judge(In(TableThree.Figure3))),
        ];
        Assert.That(verdicts, Is.EqualTo(
            new Verdict?[] { Verdict.Agrees, Verdict.Disagrees, Verdict.Agrees, Verdict.Agrees, null }));

        static Func<string, AblationErrors?> In(IReadOnlyDictionary<string, TableThreeErrors> table) =>
            change => table.TryGetValue(change, out var errors) ? AblationErrors.Of(errors) : null;
    }

    /// <summary>"base 20 15": 20 % on held-out pictures, 15 % on training pictures (or as many).</summary>
    private static Func<string, AblationErrors?> Read(string[] figures)
    {
        var errors = figures.Select(figure => figure.Split(' ')).ToDictionary(
            words => words[0],
            words => new AblationErrors(Share(words[^1]), Share(words[1])));
        return change => errors.TryGetValue(change, out var found) ? found : null;

        static Estimate Share(string percent) =>
            Estimate.OfShares([20 * int.Parse(percent, CultureInfo.InvariantCulture)], 2000);
    }
}
