using System.Text.Json;
using NUnit.Framework;
using ZfNet.Ablating;
using ZfNet.Reports;
using ZfNet.Training;

namespace ZfNet.Tests.Reporting;

public sealed class AblationReportTests
{
    [Test]
    public void The_page_shows_the_table_beside_the_papers_and_every_verdict()
    {
        using var folder = new TemporaryFolder();
        var table = new AblationTable(
            new RunConfig { Arch = "mini", Data = "some/digits & more", Epochs = 3 },
            [Row("base", 149_514, 20, 50), Row("without-fc", 63_626, 60, 52), Row("half-fc", 99_594, 22, 48)]);
        AblationReport.Write(folder.File("page.html"), table, missing: 6);
        var page = File.ReadAllText(folder.File("page.html"));
        foreach (var foreign in new[] { "{{", "{%", "<script", "http", "NaN" })
            Assert.That(page, Does.Not.Contain(foreign));
        Assert.That(page, Does.Contain("6 runs are still to be done").And.Contain("digits &amp; more"));
        Assert.That(page, Does.Contain("149,514").And.Contain("layers 4 and 5 removed"));
        Assert.That(page, Does.Contain("<b>5.00</b>").And.Contain("<b>5.20</b>"), "errors of 1,000 pictures");
        Assert.That(page, Does.Contain(">44.8<").And.Contain(">40.2<"), "both columns of the paper");
        Assert.That(page.Split("class=\"statement\"").Length - 1, Is.EqualTo(4));
        Assert.That(page.Split("class=\"verdict agrees\"").Length - 1, Is.EqualTo(3), "three of the paper's own");
        Assert.That(page.Split("class=\"verdict not measured\"").Length - 1, Is.EqualTo(3), "all but the first, here");
    }

    [Test]
    public void The_table_for_machines_has_shares_and_verdicts()
    {
        using var folder = new TemporaryFolder();
        var table = new AblationTable(
            new RunConfig { Arch = "mini" }, [Row("base", 9, 20, 50), Row("without-fc", 5, 60, 90)]);
        table.Save(folder.File("t.json"));
        var json = JsonDocument.Parse(File.ReadAllText(folder.File("t.json"))).RootElement;
        var row = json.GetProperty("variants")[1];
        Assert.That(row.GetProperty("valTop1Error").GetDouble(), Is.EqualTo(0.09));
        Assert.That(row.GetProperty("gap").GetDouble(), Is.EqualTo(0.06).Within(1e-12));
        var paper = row.GetProperty("paper").GetProperty("alexnet");
        Assert.That(paper.GetProperty("valTop1Error").GetDouble(), Is.EqualTo(0.448).Within(1e-12));
        var statements = json.GetProperty("statements");
        Assert.That(statements[0].GetProperty("measured").GetString(), Is.EqualTo("disagrees"));
        Assert.That(statements[1].GetProperty("measured").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    /// <summary>Wrong answers of 2,000 training pictures and of 1,000 held-out ones.</summary>
    private static AblationRow Row(string change, long parameters, int train, int val) => new(
        Ablation.Of(Networks.Mini).Single(one => one.Change.Name == change),
        [new(parameters, new(2000, 2000 - train, 2000, 0.1), new(1000, 1000 - val, 999, 0.2), 12)]);
}
