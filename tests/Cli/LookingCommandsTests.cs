using NUnit.Framework;
using System.Text.Json;

namespace ZfNet.Tests.Cli;

[TestFixture]
internal sealed class LookingCommandsTests : CliFixture
{
    [Test]
    public void Classify_lists_the_most_probable_classes_of_each_picture()
    {
        var other = At("data", "across", "0.png");
        var text = CliRun.Here("classify", "--weights", Weights, "--top", "2", Picture, other);
        Assert.That((text.Code, text.Error), Is.EqualTo((0, "")));
        Assert.That(text.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(1 + 2 * 2));
        Assert.That(text.Output, Does.Contain(Picture).And.Contain(other));

        using var json = JsonDocument.Parse(CliRun.Here("classify", "--weights", Weights, "--json", Picture, other).Output);
        var first = json.RootElement[0];
        Assert.That(first.GetProperty("picture").GetString(), Is.EqualTo(Picture));
        var probabilities = first.GetProperty("predictions").EnumerateArray().Select(p => p.GetProperty("probability").GetDouble()).ToArray();
        Assert.That(probabilities, Has.Length.EqualTo(3).And.Ordered.Descending);
        Assert.That(probabilities.Sum(), Is.EqualTo(1).Within(1e-6));
    }

    [Test]
    public void A_batch_answers_as_picture_by_picture_and_the_reference_as_the_fast_device()
    {
        var pictures = Directory.GetFiles(Data, "*.png", SearchOption.AllDirectories);
        var together = Answers("cpu", pictures);
        Assert.That(together, Has.Length.EqualTo(18));
        Assert.That(Answers("cpu", pictures[17])[0], Is.EqualTo(together[17]).Within(1e-5));
        Assert.That(Answers("reference", pictures[..2])[1], Is.EqualTo(together[1]).Within(1e-5));

        double[] Answers(string device, params string[] paths)
        {
            using var json = JsonDocument.Parse(CliRun.Here(["classify", "--weights", Weights, "--json", "--device", device, .. paths]).Output);
            return [.. json.RootElement.EnumerateArray().Select(e => e.GetProperty("predictions")[0].GetProperty("probability").GetDouble())];
        }
    }

    [Test]
    public void A_name_that_begins_with_a_dash_comes_after_two_dashes()
    {
        var odd = Path.Combine(Root, "-odd.png");
        System.IO.File.Copy(Picture, odd, overwrite: true);
        var before = Directory.GetCurrentDirectory();
        try
        {
            Directory.SetCurrentDirectory(Root);
            Assert.That(CliRun.Here("classify", "--weights", Weights, "-odd.png").Sentence, Does.Contain("has no option '-odd.png'"));
            Assert.That(CliRun.Here("classify", "--weights", Weights, "--", "-odd.png").Code, Is.Zero);
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    [Test]
    public void Filters_are_a_picture_of_all_of_them()
    {
        var path = At("filters.png");
        var result = CliRun.Here("filters", "--weights", Weights, "--out", path, "--enlarge", "4");
        Assert.That(result.Code, Is.Zero, result.Error);
        var picture = ZfNet.Pictures.Picture.Load(path);
        // 32 filters of 7x7 enlarged four times: seven columns and five rows of 28 pixels with gutters.
        Assert.That((picture.Width, picture.Height), Is.EqualTo((7 * 28 + 8 * 3, 5 * 28 + 6 * 3)));
    }
}
