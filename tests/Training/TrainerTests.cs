using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Training;

namespace ZfNet.Tests.Training;

[TestFixture]
public sealed class TrainerTests
{
    private static readonly TrainingOptions Recipe = new()
    {
        Epochs = 4,
        BatchSize = 8,
        LearningRate = 0.005,
        WeightDecay = 1e-4,
        LabelSmoothing = 0.05,
        Augmentation = new Augmentation { Padding = 1 },
        Schedule = new() { Kind = ScheduleKind.Cosine, WarmUpSteps = 3 },
        Seed = 5,
    };

    [Test]
    public void It_learns_pictures_that_it_has_not_seen()
    {
        using var network = TinyNetwork.Make(1);
        using var trainer = new Trainer(network, new StripedPictures(30, 1).Prepared(), Device.Cpu, Recipe, new StripedPictures(20, 2).Prepared());

        var epochs = trainer.Run();

        Assert.That(epochs.Select(e => e.Epoch), Is.EqualTo(new[] { 1, 2, 3, 4 }));
        Assert.That(epochs[^1].Loss, Is.LessThan(0.6 * epochs[0].Loss));
        Assert.That(epochs[^1].HeldOut!.Accuracy, Is.GreaterThan(0.9));
        Assert.That(epochs[^1].HeldOut!.Accuracy, Is.GreaterThan(epochs[0].HeldOut!.Accuracy).Or.GreaterThan(0.95));
        Assert.That(epochs[^1].LearningRate, Is.LessThan(epochs[0].LearningRate));
        Assert.That(epochs.Select(e => e.ImagesPerSecond), Has.All.Positive);
    }

    [Test]
    public void The_same_seed_gives_the_same_bits_whatever_the_workers_and_the_looks_at_held_out_pictures()
    {
        var first = Train(Recipe with { Workers = 1 }, looks: true);
        var second = Train(Recipe with { Workers = 4 }, looks: false);
        var other = Train(Recipe with { Seed = 6 }, looks: false);

        Assert.That(second, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));

        static byte[] Train(TrainingOptions options, bool looks)
        {
            using var network = TinyNetwork.Make(3);
            using var trainer = new Trainer(
                network, new StripedPictures(7, 1).Prepared(), Device.Cpu, options, looks ? new StripedPictures(3, 2).Prepared() : null);
            trainer.Run();
            return TinyNetwork.Bits(network);
        }
    }

    [Test]
    public void A_run_of_epochs_is_the_epochs_one_by_one()
    {
        using var whole = TinyNetwork.Make(3);
        using var parts = TinyNetwork.Make(3);
        using var one = new Trainer(whole, new StripedPictures(7, 1).Prepared(), Device.Cpu, Recipe);
        using var two = new Trainer(parts, new StripedPictures(7, 1).Prepared(), Device.Cpu, Recipe);

        one.Run();
        for (var epoch = 0; epoch < Recipe.Epochs; epoch++)
            two.RunEpoch();

        Assert.That(TinyNetwork.Bits(parts), Is.EqualTo(TinyNetwork.Bits(whole)));
    }

    [Test]
    public void Progress_counts_every_step_and_the_last_batch_may_be_smaller()
    {
        var seen = new List<TrainingProgress>();
        using var network = TinyNetwork.Make(3);
        using var trainer = new Trainer(network, new StripedPictures(7, 1).Prepared(), Device.Cpu, Recipe with { Epochs = 2 });

        trainer.Run(new Now<TrainingProgress>(seen.Add));

        Assert.That(seen.Select(p => (p.Epoch, p.Step)), Is.EqualTo(new[] { (1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3) }));
        Assert.That(seen.Select(p => p.StepsPerEpoch), Has.All.EqualTo(3));
        Assert.That(seen.Select(p => p.Epochs), Has.All.EqualTo(2));
    }

    [Test]
    public void Cancelling_stops_between_two_steps_with_the_weights_of_the_last_whole_one()
    {
        using var stop = new CancellationTokenSource();
        var steps = 0;
        using var network = TinyNetwork.Make(3);
        using var trainer = new Trainer(network, new StripedPictures(20, 1).Prepared(), Device.Cpu, Recipe);
        byte[] atCancel = [];

        Assert.That(
            () => trainer.Run(
                new Now<TrainingProgress>(_ =>
                {
                    if (++steps == 3)
                    {
                        atCancel = TinyNetwork.Bits(network);
                        stop.Cancel();
                    }
                }),
                cancel: stop.Token),
            Throws.InstanceOf<OperationCanceledException>());

        Assert.That(steps, Is.EqualTo(3));
        Assert.That(TinyNetwork.Bits(network), Is.EqualTo(atCancel));
    }

    [Test]
    public void A_loss_that_is_not_finite_names_the_step_and_moves_nothing()
    {
        using var network = TinyNetwork.Make(3);
        var weight = ((Linear)network["linear"]).Weight;
        using var trainer = new Trainer(network, new StripedPictures(8, 1).Prepared(), Device.Cpu, Recipe);
        byte[] before = [];

        var fault = Assert.Throws<TrainingDivergedException>(() => trainer.Run(new Now<TrainingProgress>(progress =>
        {
            if ((progress.Epoch, progress.Step) == (2, 1))
            {
                weight.Fill(double.NaN);
                before = TinyNetwork.Bits(network);
            }
        })));

        Assert.That((fault.Epoch, fault.Step), Is.EqualTo((2, 2)));
        Assert.That(fault.Message, Is.EqualTo(
            "The loss is not a number at step 2 of epoch 2: it first appears in layer 'linear', whose weight the gradient of an earlier step has spoilt; a lower learning rate or a warm-up may help."));
        Assert.That(TinyNetwork.Bits(network), Is.EqualTo(before));
    }

    [TestCase(1)]
    [TestCase(2)]
    public void Memory_is_steady_from_the_first_step_on(int accumulate)
    {
        using var device = new Device(new CountingBackend());
        var backend = (CountingBackend)device.Backend;
        using var network = TinyNetwork.Make(3, device);
        var live = new List<int>();
        using var trainer = new Trainer(
            network, new StripedPictures(8, 1).Prepared(), device, Recipe with { Accumulate = accumulate, ClipNorm = 0.1, ClassWeights = [1, 2, 3] });

        trainer.Run(new Now<TrainingProgress>(_ => live.Add(backend.Live)));

        Assert.That(live, Has.Count.EqualTo(12 / accumulate + (accumulate == 1 ? 0 : 2)));
        Assert.That(live, Has.All.EqualTo(live[0]), "tensors alive after each step");
    }

    [Test]
    public void Sets_that_do_not_fit_are_refused_with_a_sentence()
    {
        using var network = TinyNetwork.Make(3);
        var pictures = new StripedPictures(8, 1).Prepared();

        Assert.That(
            () => new Trainer(network, pictures, Device.Cpu, Recipe, new StripedPictures(8, 1, classes: 4).Prepared()),
            Throws.TypeOf<InputException>().With.Message.Contain("other"));
        Assert.That(
            () => new Trainer(network, new StripedPictures(0, 1).Prepared(), Device.Cpu, Recipe),
            Throws.TypeOf<InputException>().With.Message.Contain("no pictures"));
        using var tooMany = new Trainer(network, new StripedPictures(8, 1, classes: 4).Prepared(), Device.Cpu, Recipe);
        Assert.That(() => tooMany.Run(), Throws.TypeOf<InputException>().With.Message.Contain("4 classes"));
    }

    [TestCase("Epochs", 0)]
    [TestCase("BatchSize", 0)]
    [TestCase("Accumulate", 0)]
    [TestCase("ClipNorm", 0.0)]
    [TestCase("ClipNorm", double.PositiveInfinity)]
    [TestCase("ClassWeights", new[] { 1.0, 0 })]
    [TestCase("EarlyStop", 0)]
    [TestCase("LearningRate", 0.0)]
    [TestCase("LearningRate", double.NaN)]
    [TestCase("Momentum", 1.0)]
    [TestCase("WeightDecay", -1.0)]
    [TestCase("LabelSmoothing", 1.0)]
    [TestCase("EvaluateEvery", 0)]
    [TestCase("Workers", 0)]
    public void Options_out_of_range_are_named(string name, object value)
    {
        var options = Recipe with { };
        typeof(TrainingOptions).GetProperty(name)!.SetValue(options, value);
        Assert.That(options.Validate, Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith($"{name} is "));
    }
}
