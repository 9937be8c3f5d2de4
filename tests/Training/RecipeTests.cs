using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Training;

namespace ZfNet.Tests.Training;

/// <summary>Each part of the recipe against what it is by definition, on one step or a few.</summary>
[TestFixture]
public sealed class RecipeTests
{
    private static readonly TrainingOptions Plain = new()
    {
        Epochs = 1, BatchSize = 12, LearningRate = 0.5, Momentum = 0, WeightDecay = 0, Seed = 5,
    };

    [TestCase(4, 3, 0.0, false)]
    [TestCase(6, 2, 0.2, true)]
    [TestCase(1, 12, 0.0, true)]
    [TestCase(5, 3, 0.1, true)]
    public void Accumulated_batches_make_the_step_of_the_large_one(int batch, int accumulate, double smoothing, bool weighted)
    {
        // 27 pictures: with each of them the last step is a smaller one.
        var options = Plain with { LabelSmoothing = smoothing, ClassWeights = weighted ? [0.5, 2, 1.25] : null, LearningRate = 0.01, Momentum = 0.9 };
        var (whole, losses) = Train(9, options with { BatchSize = batch * accumulate });
        var (parts, same) = Train(9, options with { BatchSize = batch, Accumulate = accumulate });

        Assert.That(same, Is.EqualTo(losses).Within(1e-5), "losses of the steps");
        Assert.That(same, Has.Length.EqualTo((27 + batch * accumulate - 1) / (batch * accumulate)));
        Assert.That(parts, Is.EqualTo(whole).Within(2e-6), "weights");
        Assert.That(parts, Is.Not.EqualTo(Weights(Make())).Within(1e-4), "the weights have moved");
    }

    [Test]
    public void Clipping_shortens_the_gradient_to_the_norm_and_keeps_its_direction()
    {
        var start = Weights(Make());
        var free = Moved(start, Train(4, Plain).Weights);
        var norm = Norm(free);
        var clipped = Moved(start, Train(4, Plain with { ClipNorm = norm / 4 / Plain.LearningRate }).Weights);

        Assert.That(Norm(clipped), Is.EqualTo(norm / 4).Within(1e-5 * norm));
        Assert.That(clipped, Is.EqualTo(free.Select(d => d / 4)).Within(1e-6 * norm));
        Assert.That(
            Train(4, Plain with { ClipNorm = 1.01 * norm / Plain.LearningRate }).Weights, Is.EqualTo(Train(4, Plain).Weights),
            "a gradient that is short enough is left alone, bit for bit");
    }

    [Test]
    public void Clipping_sees_the_mean_of_accumulated_gradients()
    {
        var start = Weights(Make());
        var clipped = Moved(start, Train(4, Plain with { BatchSize = 4, Accumulate = 3, ClipNorm = 0.01 }).Weights);
        Assert.That(Norm(clipped), Is.EqualTo(0.01 * Plain.LearningRate).Within(1e-7));
        var whole = Moved(start, Train(4, Plain with { ClipNorm = 0.01 }).Weights);
        Assert.That(clipped, Is.EqualTo(whole).Within(1e-7));
    }

    [Test]
    public void Class_weights_make_the_loss_the_weighted_mean()
    {
        double[] weights = [0.25, 1, 4];
        var pictures = new StripedPictures(4, 1).Prepared();
        using var network = Make();
        var loader = new PictureLoader(pictures, 12) { Seed = Plain.Seed };
        using var batch = loader.Epoch(0).Single();
        var logits = network.Forward(Tensor.From(batch.Values.Span, [12, 3, 12, 12])).ToArray<float>();
        var (sum, total) = (0.0, 0.0);
        for (var n = 0; n < 12; n++)
        {
            var row = logits.AsSpan(n * 3, 3).ToArray().Select(x => (double)x).ToArray();
            var label = batch.Labels.Span[n];
            sum += weights[label] * (Math.Log(row.Sum(Math.Exp)) - row[label]);
            total += weights[label];
        }
        Assert.That(Train(4, Plain with { ClassWeights = weights }).Losses, Is.EqualTo(new[] { sum / total }).Within(1e-5));
        Assert.That(Train(4, Plain).Losses, Is.Not.EqualTo(new[] { sum / total }).Within(1e-5));
    }

    [Test]
    public void Class_weights_are_as_many_as_the_classes()
    {
        using var network = Make();
        Assert.That(
            () => new Trainer(network, new StripedPictures(4, 1).Prepared(), Device.Cpu, Plain with { ClassWeights = [1, 1] }),
            Throws.TypeOf<InputException>().With.Message.EqualTo("There are 2 class weights for 3 classes."));
    }

    [Test]
    public void A_watch_counts_looks_and_falls_by_hand()
    {
        var watch = new LossWatch();
        var falls = new List<(int Falls, int Since)>();
        foreach (var loss in new[] { 2.0, 1.0, 1.0, 0.99995, 1.5, 0.5, double.NaN, 0.6, 0.6, 0.6 })
        {
            watch = watch.See(loss, patience: 1);
            falls.Add((watch.Falls, watch.Since));
        }
        // 0.99995 is not lower than 0.9999 times 1. A fall starts the patience anew, and only a lower loss the count.
        Assert.That(falls, Is.EqualTo(new[] { (0, 0), (0, 0), (0, 1), (1, 2), (1, 3), (1, 0), (1, 1), (2, 2), (2, 3), (3, 4) }));
        Assert.That(watch.Lowest, Is.EqualTo(0.5));
    }

    [Test]
    public void The_plateau_schedule_falls_where_the_held_out_loss_stands_still()
    {
        // So small a rate leaves every bit: the loss stands still from the second look on.
        var options = Plain with
        {
            Epochs = 6, LearningRate = 1e-30, Schedule = new() { Kind = ScheduleKind.Plateau, Patience = 1, StepFactor = 0.5 },
        };
        using var network = Make();
        using var trainer = new Trainer(network, new StripedPictures(4, 1).Prepared(), Device.Cpu, options, new StripedPictures(2, 2).Prepared());
        Assert.That(trainer.Run().Select(epoch => epoch.LearningRate), Is.EqualTo(new[] { 1e-30, 1e-30, 1e-30, 0.5e-30, 0.5e-30, 0.25e-30 }));
    }

    [Test]
    public void Epochs_without_a_look_do_not_count()
    {
        var options = Plain with { Epochs = 100, EvaluateEvery = 3, LearningRate = 1e-30, EarlyStop = 2 };
        using var network = Make();
        using var trainer = new Trainer(network, new StripedPictures(4, 1).Prepared(), Device.Cpu, options, new StripedPictures(2, 2).Prepared());
        Assert.That(trainer.Run(), Has.Count.EqualTo(9));
        Assert.That(trainer.Done);
    }

    [Test]
    public void Early_stopping_goes_by_the_training_loss_where_nothing_is_held_out()
    {
        using var network = Make();
        using var trainer = new Trainer(
            network, new StripedPictures(4, 1).Prepared(), Device.Cpu, Plain with { Epochs = 100, LearningRate = 1e-30, EarlyStop = 4 });
        Assert.That(trainer.Run(), Has.Count.EqualTo(5));
    }

    [Test]
    public void A_gradient_that_is_not_finite_under_a_finite_loss_names_its_parameter_where_its_norm_is_looked_at()
    {
        using var network = Overflowing();
        using var trainer = new Trainer(
            network, new StripedPictures(4, 1).Prepared(), Device.Cpu, Plain with { BatchSize = 3, Accumulate = 2, ClipNorm = 1 });
        var before = TinyNetwork.Bits(network);
        Assert.That(() => trainer.Run(), Throws.TypeOf<TrainingDivergedException>().With.Message.EqualTo(
            "The loss is finite, but its gradient is not, at step 1 of epoch 1: it first appears in that of 'conv.bias'; a lower learning rate or a warm-up may help."));
        Assert.That(TinyNetwork.Bits(network), Is.EqualTo(before));
    }

    [Test]
    public void A_gradient_that_nobody_looked_at_is_blamed_by_the_next_step()
    {
        using var network = Overflowing();
        using var trainer = new Trainer(
            network, new StripedPictures(4, 1).Prepared(), Device.Cpu, Plain with { BatchSize = 3, Accumulate = 2 });
        Assert.That(() => trainer.Run(), Throws.TypeOf<TrainingDivergedException>().With.Message.Match(
            "^The loss is not a number at step 2 of epoch 1: it first appears in layer 'conv', whose (weight|bias) the gradient of an earlier step has spoilt; "));
    }

    [Test]
    public void The_layer_is_named_whose_output_is_the_first_that_is_not_finite()
    {
        using var network = Make();
        ((Conv2d)network["conv"]).Weight.Fill(3e38);
        using var trainer = new Trainer(network, new StripedPictures(4, 1).Prepared(), Device.Cpu, Plain);
        Assert.That(() => trainer.Run(), Throws.TypeOf<TrainingDivergedException>().With.Message.Contain(
            " at step 1 of epoch 1: it first appears in the output of layer 'conv'; "));
    }

    /// <summary>Logits of some thousands, but behind the linear layer a gradient of 6e38.</summary>
    private static Sequential Overflowing()
    {
        var network = Make();
        var conv = (Conv2d)network["conv"];
        conv.Weight.Fill(0);
        conv.Bias!.Fill(2e-38);
        var weight = ((Linear)network["linear"]).Weight;
        var size = (int)weight.Shape[1];
        weight.CopyFrom<float>([.. Enumerable.Repeat(3e38f, size), .. Enumerable.Repeat(-3e38f, size), .. new float[size]]);
        return network;
    }

    private static Sequential Make() => TinyNetwork.Make(3, dropout: 0);

    private static (float[] Weights, double[] Losses) Train(int perClass, TrainingOptions options)
    {
        using var network = Make();
        using var trainer = new Trainer(network, new StripedPictures(perClass, 1).Prepared(), Device.Cpu, options);
        var losses = new List<double>();
        trainer.Run(new Now<TrainingProgress>(at => losses.Add(at.Last.Loss)));
        return (Weights(network), [.. losses]);
    }

    private static float[] Weights(Sequential network) => [.. network.Parameters.SelectMany(p => p.Value.ToArray<float>())];

    private static double[] Moved(float[] from, float[] to) => [.. to.Zip(from, (a, b) => (double)a - b)];

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(v => v * v));
}
