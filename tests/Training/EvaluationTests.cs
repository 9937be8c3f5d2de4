using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Pictures;
using ZfNet.Training;

namespace ZfNet.Tests.Training;

[TestFixture]
public sealed class EvaluationTests
{
    [Test]
    public void It_counts_every_picture_once_by_class()
    {
        // Picture i has its value i in red; the network answers class i % 7 first, then the next ones in a ring.
        using var network = new Ring(7);
        var pictures = new Numbered([0, 1, 2, 3, 4, 5, 6, 0, 2, 4], labels: [0, 1, 3, 3, 1, 0, 6, 6, 2, 4]);

        var result = Evaluation.Run(network, pictures.Prepared(), Device.Cpu, batchSize: 4);

        // Ranks of the labels: 0 0 1 0 4 2 0 6 0 0.
        Assert.That((result.Count, result.Top1, result.Top5), Is.EqualTo((10, 6, 9)));
        Assert.That(result.Accuracy, Is.EqualTo(0.6));
        Assert.That(result.Top5Accuracy, Is.EqualTo(0.9));
        Assert.That(result.Classes.Select(c => (c.Count, c.Top1, c.Top5)), Is.EqualTo(new[]
        {
            (2, 1, 2), (2, 1, 2), (1, 1, 1), (2, 1, 2), (1, 1, 1), (0, 0, 0), (2, 1, 1),
        }));
        Assert.That(result.Classes.Select(c => c.Name), Is.EqualTo(new[] { "0", "1", "2", "3", "4", "5", "6" }));
    }

    [Test]
    public void The_loss_is_the_mean_over_pictures_not_over_batches()
    {
        using var network = new Ring(7);
        var pictures = new Numbered([0, 1, 2, 3, 4], labels: [0, 1, 3, 3, 1]);

        var whole = Evaluation.Run(network, pictures.Prepared(), Device.Cpu, batchSize: 5);
        var parts = Evaluation.Run(network, pictures.Prepared(), Device.Cpu, batchSize: 2);

        // Logits are 6 - rank: cross-entropy = rank - 6 + log(e^0 + ... + e^6).
        var total = Math.Log(Enumerable.Range(0, 7).Sum(i => Math.Exp(i)));
        var expected = new[] { 0, 0, 1, 0, 4 }.Average(rank => rank - 6 + total);
        Assert.That(whole.Loss, Is.EqualTo(expected).Within(1e-5));
        Assert.That(parts.Loss, Is.EqualTo(expected).Within(1e-5));
    }

    [Test]
    public void It_evaluates_without_dropout_or_gradients_and_restores_the_mode()
    {
        using var network = TinyNetwork.Make(3, dropout: 0.9);
        var pictures = new StripedPictures(9, 1).Prepared();

        var first = Evaluation.Run(network, pictures, Device.Cpu);
        var second = Evaluation.Run(network, pictures, Device.Cpu);

        Assert.That(second.Loss, Is.EqualTo(first.Loss));
        Assert.That(network.Training, Is.True);
        Assert.That(network.Parameters.Select(p => p.Value.Grad), Has.All.Null);
        network.Training = false;
        Evaluation.Run(network, pictures, Device.Cpu);
        Assert.That(network.Training, Is.False);
    }

    [Test]
    public void Progress_and_cancelling_work_between_passes()
    {
        using var network = TinyNetwork.Make(3);
        using var stop = new CancellationTokenSource();
        var seen = new List<int>();

        Assert.That(
            () => Evaluation.Run(
                network, new StripedPictures(9, 1).Prepared(), Device.Cpu, batchSize: 10,
                new Now<int>(done =>
                {
                    seen.Add(done);
                    if (done == 20)
                        stop.Cancel();
                }),
                cancel: stop.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(seen, Is.EqualTo(new[] { 10, 20 }));
        Assert.That(network.Training, Is.True);
    }

    [Test]
    public void Ties_go_to_the_smaller_class_and_not_a_number_comes_last()
    {
        Assert.That(Evaluation.Rank([1, 1, 1], 0), Is.EqualTo(0));
        Assert.That(Evaluation.Rank([1, 1, 1], 2), Is.EqualTo(2));
        Assert.That(Evaluation.Rank([0, 5, 3], 2), Is.EqualTo(1));
        Assert.That(Evaluation.Rank([0, float.NaN, 3], 1), Is.EqualTo(2));
        Assert.That(Evaluation.Rank([0, float.NaN, 3], 2), Is.EqualTo(0));
    }

    [Test]
    public void Of_ten_crops_the_probabilities_are_averaged()
    {
        using var network = TinyNetwork.Make(3);
        network.Training = false;
        var preprocessing = StripedPictures.Preprocessing with { Resize = ResizeRule.SmallestSideCentreCrop, SmallestSide = 16 };
        var pictures = new PreparedPictures(new StripedPictures(3, 1, side: 16), preprocessing);

        var answers = Evaluation.Answers(network, pictures, Device.Cpu, batchSize: 25, crops: CropRule.Ten);

        using var mode = Autograd.NoGrad();
        foreach (var answer in answers)
        {
            var means = new double[3];
            for (var k = 0; k < 10; k++)
            {
                var values = new float[preprocessing.Length];
                preprocessing.ToChw(Crops.Of(CropRule.Ten, pictures.Frame(answer.Picture), k, 12, 12), values);
                using var x = Tensor.From(values, [1, 3, 12, 12]);
                foreach (var (c, p) in network.Forward(x).Softmax().ToArray<float>().Index())
                    means[c] += p / 10.0;
            }
            Assert.That(answer.Confidence, Is.EqualTo(means.Max()).Within(1e-5));
            Assert.That(answer.Loss, Is.EqualTo(-Math.Log(means[answer.Label])).Within(1e-5));
            Assert.That(answer.Guess, Is.EqualTo(Array.IndexOf(means, means.Max())));
        }
        Assert.That(answers.Select(answer => answer.Picture), Is.EqualTo(Enumerable.Range(0, 9)));
    }

    [Test]
    public void Another_number_of_classes_is_refused()
    {
        using var network = new Ring(5);
        Assert.That(
            () => Evaluation.Run(network, new Numbered([0], [0]).Prepared(), Device.Cpu),
            Throws.TypeOf<InputException>().With.Message.Contain("7 classes"));
    }

    [Test]
    public void The_majority_is_counted_on_the_training_pictures()
    {
        var training = new Numbered([0, 0, 0, 0, 0], labels: [2, 3, 3, 2, 1]);
        var heldOut = new Numbered([0, 0, 0, 0], labels: [2, 3, 2, 0]);
        Assert.That(Baselines.Majority(training, heldOut), Is.EqualTo((0.5, "2")), "of equal ones, the first");
    }

    [Test]
    public void A_linear_softmax_learns_what_is_linear()
    {
        var pictures = new Numbered([.. Enumerable.Range(0, 70).Select(i => i % 7 / 4 * 6)], labels: [.. Enumerable.Range(0, 70).Select(i => i % 7 / 4)]);
        var recipe = new TrainingOptions { Epochs = 10, BatchSize = 10, LearningRate = 0.05 };

        var result = Baselines.LinearSoftmax(pictures.Prepared(), pictures.Prepared(), Device.Cpu, recipe);

        Assert.That(result.Top1, Is.EqualTo(70));
    }

    /// <summary>Reads a number n from the first pixel, and gives class (n + r) % classes the logit classes - 1 - r.</summary>
    private sealed class Ring(int classes) : Layer
    {
        public override Tensor Forward(Tensor x)
        {
            var (n, pixels) = ((int)x.Shape[0], x.ToArray<float>());
            var logits = new float[n * classes];
            for (var i = 0; i < n; i++)
            {
                var first = (int)MathF.Round(pixels[i * (pixels.Length / n)] * 255) / 10;
                for (var r = 0; r < classes; r++)
                    logits[i * classes + (first + r) % classes] = classes - 1 - r;
            }
            return Tensor.From(logits, [n, classes], x.Device);
        }
    }

    /// <summary>Pictures of one colour: ten times a number, in red.</summary>
    private sealed class Numbered(int[] numbers, int[] labels) : IPictureSource
    {
        public int Count => numbers.Length;

        public IReadOnlyList<string> Classes { get; } = ["0", "1", "2", "3", "4", "5", "6"];

        public Picture Get(int index) => Picture.Filled(4, 4, new((byte)(10 * numbers[index]), 0, 0));

        public int Label(int index) => labels[index];

        public string Name(int index) => $"number {numbers[index]}";

        public PreparedPictures Prepared() => new(this, new Preprocessing { Height = 4, Width = 4 });
    }
}
