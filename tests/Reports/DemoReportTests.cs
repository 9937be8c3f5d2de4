using System.Text.RegularExpressions;
using NUnit.Framework;
using ZfNet.Reports;
using ZfNet.Tests.Training;

namespace ZfNet.Tests.Reports;

public sealed partial class DemoReportTests
{
    private static readonly NetworkSpec Spec = new()
    {
        Name = "tiny",
        Height = 12,
        Width = 12,
        Classes = 3,
        Features = [new ConvSpec(6, 3) { Number = 1 }, new ReluSpec(), new MaxPoolSpec(2, 2), new ConvSpec(5, 3) { Number = 2 }, new ReluSpec()],
        Classifier = [new LinearSpec(3) { Number = 3 }],
    };

    [Test]
    public void The_page_is_self_contained_and_has_every_part()
    {
        using var folder = new TemporaryFolder();
        var page = Write(folder, ["across", "down", "diagonal"]);

        Assert.Multiple(() =>
        {
            Assert.That(Links().Matches(page), Is.Empty, "a link to another file");
            foreach (var part in new[] { "conv1", "conv2", "honesty", "occlusion", "classes" })
                Assert.That(page, Does.Contain($"id=\"{part}\""));
            Assert.That(Sources().Matches(page).Count(match => match.Groups[1].Value.StartsWith("data:image/png;base64,", StringComparison.Ordinal)), Is.GreaterThan(30));
            Assert.That(page, Does.Contain(Spec.Plan().Parameters.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)));
        });
    }

    [Test]
    public void Class_names_are_escaped()
    {
        using var folder = new TemporaryFolder();
        var page = Write(folder, ["<b>across", "down", "diagonal"], "across & more");

        Assert.That(page, Does.Not.Contain("<b>across").And.Contain("&lt;b&gt;across"));
    }

    [Test]
    public void Weights_without_class_names_are_refused_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        var fault = Assert.Throws<InputException>(() => Write(folder, []));

        Assert.That(fault!.Message, Does.Contain("no class names"));
        Assert.That(File.Exists(Path.Combine(folder.Path, "page.html")), Is.False);
    }

    private static string Write(TemporaryFolder folder, string[] classes, string command = "zfnet demo")
    {
        var weights = Path.Combine(folder.Path, "weights.safetensors");
        using (var model = new Model(Network.Create(Spec, seed: 3), StripedPictures.Preprocessing, classes))
            ModelFile.Save(weights, model);
        var striped = new StripedPictures(4, seed: 5);
        for (var i = 0; i < striped.Count; i++)
        {
            var place = Path.Combine(folder.Path, "pictures", classes.Length > 0 ? classes[striped.Label(i)] : "across");
            Directory.CreateDirectory(place);
            striped.Get(i).SavePng(Path.Combine(place, $"{i}.png"));
        }
        var output = Path.Combine(folder.Path, "page.html");
        DemoReport.Write(new DemoOptions(weights, Path.Combine(folder.Path, "pictures"), output) { Maps = 2, Command = command });
        return File.ReadAllText(output);
    }

    [GeneratedRegex("(?:src|href)=\"(?!data:)[^\"]*\"")]
    private static partial Regex Links();

    [GeneratedRegex("src=\"([^\"]*)\"")]
    private static partial Regex Sources();
}
