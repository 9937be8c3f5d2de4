using NUnit.Framework;
using System.Text.Json;
using ZfNet.Tests.Training;

namespace ZfNet.Tests.Cli;

[TestFixture]
internal sealed class EvalCommandTests : CliFixture
{
    [Test]
    public void It_measures_a_network_for_people()
    {
        var result = CliRun.Here("eval", "--model", Weights, "--data", HeldOut);
        Assert.That((result.Code, result.Error), Is.EqualTo((0, "")));
        Assert.That(result.Output, Does.Contain("across").And.Contain("recall").And.Contain("of 9 pictures (95% interval").And.Contain("expected error"));
    }

    [Test]
    public void Its_json_agrees_with_what_classify_says_of_every_picture()
    {
        using var json = JsonDocument.Parse(CliRun.Here("eval", "--weights", Weights, "--data", Data, "--json", "--batch", "5").Output);
        var confusion = json.RootElement.GetProperty("confusion").EnumerateArray().Select(row => row.EnumerateArray().Select(e => e.GetInt32()).ToArray()).ToArray();

        var expected = new int[3, 3];
        var classes = new[] { "across", "diagonal", "down" };
        var paths = Directory.GetFiles(Data, "*.png", SearchOption.AllDirectories);
        using var classified = JsonDocument.Parse(CliRun.Here(["classify", "--weights", Weights, "--json", .. paths]).Output);
        foreach (var one in classified.RootElement.EnumerateArray())
        {
            var label = Path.GetFileName(Path.GetDirectoryName(one.GetProperty("picture").GetString()!));
            expected[Array.IndexOf(classes, label), Array.IndexOf(classes, one.GetProperty("predictions")[0].GetProperty("name").GetString())]++;
        }
        Assert.That(confusion, Is.EqualTo(Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, 3).Select(g => expected[c, g]).ToArray())));
        Assert.That(json.RootElement.GetProperty("top1").GetDouble(), Is.EqualTo((expected[0, 0] + expected[1, 1] + expected[2, 2]) / 18.0));
        Assert.That(json.RootElement.GetProperty("top5").GetDouble(), Is.EqualTo(1), "of three classes");
        Assert.That(json.RootElement.GetProperty("calibration").GetProperty("bins").EnumerateArray().Sum(bin => bin.GetProperty("pictures").GetInt32()), Is.EqualTo(18));
    }

    [Test]
    public void The_report_is_one_page_and_two_pictures()
    {
        var folder = At("report");
        var result = CliRun.Here("eval", "--weights", Weights, "--data", HeldOut, "--out", folder);
        Assert.That(result.Code, Is.Zero, result.Error);
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName).Order(), Is.EqualTo(new[] { "confusion.png", "reliability.png", "report.html" }));
        var page = System.IO.File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.That(page, Does.Contain("compact on held-out").And.Contain("diagonal").And.Not.Contain("{{").And.Not.Contain("http"));
    }

    [Test]
    public void Bad_input_is_one_sentence_and_leaves_nothing_behind()
    {
        Write(At("strange"), new StripedPictures(1, 3, classes: 4, side: 64));
        Assert.That(CliRun.Here("eval", "--weights", Weights, "--data", At("strange"), "--out", At("no")).Sentence, Does.Contain("'other'"));
        Assert.That(CliRun.Here("eval", "--weights", Weights, "--data", At("nowhere"), "--out", At("no")).Sentence, Does.Contain("nowhere"));
        Assert.That(CliRun.Here("eval", "--weights", Weights, "--data", Data, "--out", Weights).Sentence, Does.Contain("is a file"));
        Assert.That(CliRun.Here("eval", "--weights", Weights, "--data", Data, "--crops", "10").Sentence, Does.Contain("Ten crops of 64 x 64"));
        Assert.That(CliRun.Here("eval", "--weights", Weights).Sentence, Is.EqualTo("Option '--data' is required."));
        Assert.That(Directory.Exists(At("no")), Is.False);
    }
}
