using NUnit.Framework;
using ZfNet.Pictures;
using ZfNet.Reports;
using ZfNet.Training;

namespace ZfNet.Tests.Reporting;

[TestFixture]
public sealed class EvaluateReportTests
{
    [TestCase(2)]
    [TestCase(9)]
    [TestCase(37)]
    [TestCase(100)]
    [TestCase(1000)]
    public void A_confusion_matrix_of_any_size_fits_a_screen_and_shows_where_the_answers_are(int classes)
    {
        var names = Enumerable.Range(0, classes).Select(c => $"class number {c} of a long name").ToArray();
        var answers = Enumerable.Range(0, classes).Select(c => new Answer(c, c, c == 1 ? 0 : c, c == 1 ? 1 : 0, 0.9, 0.1));

        var picture = EvaluateReport.Confusion(new ConfusionMatrix(answers, names));

        Assert.That(Math.Max(picture.Width, picture.Height), Is.LessThan(2600));
        Assert.That(Count(picture, c => c.B > c.R + 60), Is.GreaterThanOrEqualTo(classes), "what is right is blue");
        Assert.That(Count(picture, c => c.R > c.B + 60), Is.GreaterThan(0), "what is wrong is red");
    }

    [Test]
    public void No_answer_is_wrong_and_nothing_is_red()
    {
        Answer[] answers = [new(0, 0, 0, 0, 1, 0), new(1, 1, 1, 0, 1, 0)];
        Assert.That(Count(EvaluateReport.Confusion(new ConfusionMatrix(answers, ["a", "b"])), c => c.R > c.B + 60), Is.Zero);
        Assert.That(Count(EvaluateReport.Reliability(Calibration.Of(answers)), c => c.R > c.B + 30), Is.Zero, "no gap");
    }

    [Test]
    public void The_reliability_diagram_draws_the_gap()
    {
        Answer[] answers = [new(0, 0, 0, 0, 0.95, 0), new(1, 0, 1, 1, 0.95, 3)];
        var picture = EvaluateReport.Reliability(Calibration.Of(answers));
        Assert.That(Count(picture, c => c.R > c.B + 30), Is.GreaterThan(1000));
    }

    private static int Count(Picture picture, Func<Rgb, bool> colour)
    {
        var count = 0;
        for (var i = 0; i < picture.Pixels.Length; i += 3)
            if (colour(new(picture.Pixels[i], picture.Pixels[i + 1], picture.Pixels[i + 2])))
                count++;
        return count;
    }
}
