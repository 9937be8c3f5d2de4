using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Training;

namespace ZfNet.Tests.Training;

[TestFixture]
public sealed class AssessmentTests
{
    private static readonly string[] Classes = ["a", "b", "c", "d"];

    [Test]
    public void An_answer_has_the_softmax_and_the_cross_entropy_of_its_scores()
    {
        var random = new Random(5);
        var logits = Enumerable.Range(0, 6 * 7).Select(_ => random.NextSingle() * 8 - 4).ToArray();
        for (var n = 0; n < 6; n++)
        {
            var row = logits[(n * 7)..(n * 7 + 7)];
            using var scope = new TensorScope();
            var x = Tensor.From(row, [1, 7]);
            var answer = Answer.Of(n, n, row);
            Assert.That(answer.Confidence, Is.EqualTo(x.Softmax().ToArray<float>().Max()).Within(1e-6));
            Assert.That(answer.Loss, Is.EqualTo(x.CrossEntropy(Tensor.From([n], [1])).Item()).Within(1e-6));
            Assert.That(answer.Guess, Is.EqualTo(Array.IndexOf(row, row.Max())));
            Assert.That(answer.Rank, Is.EqualTo(row.Count(value => value > row[n])));
        }
    }

    [Test]
    public void Ties_go_to_the_smaller_class_and_not_a_number_is_never_the_guess()
    {
        Assert.That(Answer.Of(0, 1, [2, 3, 3, 1]), Is.EqualTo(Answer.Of(0, 1, [2, 3, 3, 1]) with { Guess = 1, Rank = 0 }));
        var broken = Answer.Of(7, 0, [float.NaN, 1, 2, 0]);
        Assert.That((broken.Guess, broken.Rank, broken.Confidence), Is.EqualTo((2, 3, double.NaN)));
        Assert.That(() => Calibration.Of([broken]), Throws.TypeOf<InputException>().With.Message.Contain("picture 7"));
        Assert.That(Answer.Of(0, 2, [1e30f, 0, -1e30f, 0]), Has.Property("Confidence").EqualTo(1).And.Property("Guess").EqualTo(0));
    }

    [Test]
    public void Confusion_precision_recall_and_f1_are_those_counted_by_hand()
    {
        // a: 3 right, 1 as b; b: 1 right, 2 as a; c: none of 2 right, both as a; d: no pictures, never guessed.
        var matrix = new ConfusionMatrix(
            Answers((0, 0), (0, 0), (0, 1), (0, 0), (1, 1), (1, 0), (1, 0), (2, 0), (2, 0)), Classes);

        Assert.That(matrix.ToRows(), Is.EqualTo(new[]
        {
            new[] { 3, 1, 0, 0 }, new[] { 2, 1, 0, 0 }, new[] { 2, 0, 0, 0 }, new[] { 0, 0, 0, 0 },
        }));
        Assert.That(matrix[1, 0], Is.EqualTo(2));
        Assert.That(matrix.Supports, Is.EqualTo(new[] { 4, 3, 2, 0 }));
        Assert.That(matrix.Scores, Is.EqualTo(new ClassScore[]
        {
            new("a", 4, 3 / 7.0, 0.75), new("b", 3, 0.5, 1 / 3.0), new("c", 2, null, 0), new("d", 0, null, null),
        }));
        Assert.That(matrix.Scores[0].F1, Is.EqualTo(6 / 11.0).Within(1e-12), "2 * 3 / (2 * 3 + 4 false a + 1 missed)");
        Assert.That(matrix.Scores[2].F1, Is.Null);
        Assert.That(new ClassScore("z", 1, 0, 0).F1, Is.Zero);
        Assert.That(matrix.Mistakes(), Is.EqualTo(new Confusion[] { new("b", "a", 2), new("c", "a", 2), new("a", "b", 1) }));
    }

    [Test]
    public void The_calibration_error_is_the_one_worked_out_by_hand()
    {
        // Five bins. (0.2, 0.4]: 0.3 right, 0.4 wrong; (0.4, 0.6]: 0.5 wrong; (0.8, 1]: 0.9 right, 1 right, 0.95 wrong.
        var calibration = Calibration.Of([Sure(0.3, true), Sure(0.4, false), Sure(0.5, false), Sure(0.9, true), Sure(1, true), Sure(0.95, false)], bins: 5);

        Assert.That(calibration.Bins.Select(bin => bin.Count), Is.EqualTo(new[] { 0, 2, 1, 0, 3 }));
        Assert.That(calibration.Bins.Select(bin => bin.Accuracy), Is.EqualTo(new[] { 0, 0.5, 0, 0, 2 / 3.0 }));
        Assert.That(calibration.Bins.Select(bin => bin.Confidence), Is.EqualTo(new[] { 0, 0.35, 0.5, 0, 0.95 }).Within(1e-12));
        Assert.That(calibration.Bins[1].Gap, Is.EqualTo(-0.15).Within(1e-12));
        Assert.That(calibration.ExpectedError, Is.EqualTo((2 * 0.15 + 0.5 + 3 * (0.95 - 2 / 3.0)) / 6).Within(1e-12));
        Assert.That(calibration.MaximumError, Is.EqualTo(0.5).Within(1e-12));
        Assert.That(calibration.Bins.Select(bin => (bin.Low, bin.High)).Last(), Is.EqualTo((0.8, 1.0)));
    }

    [Test]
    public void A_bin_holds_its_upper_edge_and_the_first_one_zero()
    {
        var calibration = Calibration.Of([Sure(0, false), Sure(0.25, true), Sure(0.5, true), Sure(1, true)], bins: 4);
        Assert.That(calibration.Bins.Select(bin => bin.Count), Is.EqualTo(new[] { 2, 1, 0, 1 }));
    }

    [Test]
    public void The_interval_is_wilsons()
    {
        var answers = Answers([.. Enumerable.Range(0, 10).Select(i => (0, i < 8 ? 0 : 1))]);
        var (low, high) = Assessment.Of(answers, Classes).Interval;
        Assert.That(low, Is.EqualTo(0.4901625).Within(1e-6));
        Assert.That(high, Is.EqualTo(0.9433178).Within(1e-6));
        Assert.That(Assessment.Of(answers[..8], Classes).Interval.High, Is.EqualTo(1));
    }

    [Test]
    public void The_surest_mistakes_come_first()
    {
        Answer[] answers = [Sure(0.9, false) with { Picture = 0 }, Sure(0.99, true) with { Picture = 1 }, Sure(0.95, false) with { Picture = 2 }, Sure(0.9, false) with { Picture = 3 }];
        Assert.That(Assessment.Of(answers, Classes).SurestMistakes().Select(answer => answer.Picture), Is.EqualTo(new[] { 2, 0, 3 }));
    }

    private static Answer[] Answers(params (int Label, int Guess)[] pairs) =>
        [.. pairs.Select((pair, i) => new Answer(i, pair.Label, pair.Guess, pair.Label == pair.Guess ? 0 : 1, 0.7, 0.5))];

    private static Answer Sure(double confidence, bool right) => new(0, 0, right ? 0 : 1, right ? 0 : 1, confidence, 0);
}
