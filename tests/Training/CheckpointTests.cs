using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Training;

namespace ZfNet.Tests.Training;

[TestFixture]
public sealed class CheckpointTests
{
    private static readonly TrainingOptions Recipe = new()
    {
        Epochs = 4, BatchSize = 3, Accumulate = 2, LearningRate = 0.005, WeightDecay = 1e-3, LabelSmoothing = 0.1, ClipNorm = 1, Seed = 5,
        Augmentation = new() { Padding = 1, Flip = true },
        Schedule = new() { Kind = ScheduleKind.Plateau, Patience = 0, WarmUpSteps = 4 },
    };

    private TemporaryFolder folder = null!;

    [SetUp]
    public void Make() => folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => folder.Dispose();

    [TestCase("reference")]
    [TestCase("cpu-1-thread")]
    [TestCase("cpu-2-threads")]
    [TestCase("cuda-software")]
    public void A_run_that_is_stopped_after_any_step_goes_on_bit_for_bit(string backend)
    {
        var device = Backends.Get(backend);
        var (pictures, epochs) = Backends.IsSlow(backend) ? (2, 4) : (6, 4);
        using var straight = new Parts(device, pictures, epochs);
        var whole = straight.Run();
        int[] stops = Backends.IsSlow(backend) ? [3] : [.. Enumerable.Range(0, (int)whole.State.StepsDone + 1)];
        foreach (var stop in stops)
        {
            var path = folder.File("checkpoint.safetensors");
            using (var first = new Parts(device, pictures, epochs))
            {
                first.RunTo(stop);
                Checkpoint.Save(path, first.Trainer, new RunConfig { Epochs = 4 }, StripedPictures.Preprocessing);
            }
            using var second = new Parts(device, pictures, epochs, forgetful: true);
            using (var checkpoint = Checkpoint.Open(path))
            {
                Assert.That(checkpoint.Config, Is.EqualTo(new RunConfig { Epochs = 4 }));
                Assert.That(checkpoint.Preprocessing, Is.EqualTo(StripedPictures.Preprocessing));
                Assert.That(checkpoint.State.StepsDone, Is.EqualTo(stop));
                checkpoint.Restore(second.Trainer);
            }
            var resumed = second.Run();
            Assert.That(resumed.Weights, Is.EqualTo(whole.Weights), $"weights after a stop at step {stop}");
            Assert.That(resumed.Momentum, Is.EqualTo(whole.Momentum), $"momentum after a stop at step {stop}");
            Assert.That(resumed.Metrics, Is.EqualTo(whole.Metrics), $"metrics after a stop at step {stop}");
            Assert.That(resumed.State.Watch, Is.EqualTo(whole.State.Watch));
            Assert.That(resumed.State.Generators, Is.EqualTo(whole.State.Generators));
        }
    }

    [Test]
    public void A_checkpoint_cut_at_any_byte_is_refused_in_a_sentence_and_the_one_before_it_is_used()
    {
        var (run, first, second) = TwoCheckpoints();
        var bytes = File.ReadAllBytes(second);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(second, bytes.AsSpan(0, length));
            Refused(run, first, second);
        }
        File.WriteAllBytes(second, bytes);
        using var whole = run.OpenLatest(Assert.Fail);
        Assert.That(whole!.State.StepsDone, Is.EqualTo(2));
    }

    [Test]
    public void A_checkpoint_with_one_bit_changed_or_a_byte_more_is_refused()
    {
        var (run, first, second) = TwoCheckpoints();
        var bytes = File.ReadAllBytes(second);
        var random = new Random(1);
        foreach (var bit in Enumerable.Range(0, 2000).Select(_ => random.Next(8 * bytes.Length)))
        {
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            File.WriteAllBytes(second, bytes);
            Refused(run, first, second);
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
        }
        File.WriteAllBytes(second, [.. bytes, 0]);
        Refused(run, first, second);
        File.WriteAllBytes(second, new byte[bytes.Length]);
        Refused(run, first, second);
    }

    [Test]
    public void A_large_checkpoint_cut_where_a_disk_may_cut_it_is_refused()
    {
        var path = folder.File("large.safetensors");
        using (var network = Network.Create(Networks.Compact.WithClasses(3), seed: 4))
        using (var trainer = new Trainer(network.Body, new StripedPictures(2, 1).Prepared(), Device.Cpu, Recipe))
            Checkpoint.Save(path, trainer, new(), StripedPictures.Preprocessing);
        var bytes = File.ReadAllBytes(path);
        var random = new Random(2);
        foreach (var length in Enumerable.Range(0, 100).Select(_ => random.Next(bytes.Length)).Concat([4096, 1 << 20, bytes.Length - 1, bytes.Length - 4, bytes.Length - 5]))
        {
            File.WriteAllBytes(path, bytes.AsSpan(0, length));
            Assert.That(() => Checkpoint.Open(path).Dispose(), Throws.TypeOf<InputException>(), $"{length} bytes");
            // As some file systems leave a file after a power cut: the length is there, the bytes are not.
            File.WriteAllBytes(path, [.. bytes.AsSpan(0, length), .. new byte[bytes.Length - length]]);
            if (!bytes.AsSpan(length).ContainsAnyExcept((byte)0))
                continue;
            Assert.That(() => Checkpoint.Open(path).Dispose(), Throws.TypeOf<InputException>(), $"{length} bytes, then zeros");
        }
    }

    [Test]
    public void Nothing_but_damaged_checkpoints_and_no_checkpoints_are_told_apart()
    {
        var run = new CheckpointFolder(folder.File("none"));
        Assert.That(run.OpenLatest(Assert.Fail), Is.Null);
        folder.Write("none/step-000000003.safetensors", [1, 2, 3]);
        Assert.That(
            () => run.OpenLatest(_ => { }), Throws.TypeOf<InputException>().With.Message.EqualTo($"None of the checkpoints in '{folder.File("none")}' can be used."));
    }

    [Test]
    public void The_last_few_are_kept_and_later_ones_and_leftovers_are_cleared()
    {
        var run = new CheckpointFolder(folder.Path);
        folder.Write("mine.txt", [1]);
        folder.Write(".step-000000009.safetensors.abc.tmp", [1]);
        foreach (var step in new[] { 1, 2, 3, 40, 4 })
            run.Save(step, keep: 2, path => File.WriteAllText(path, "x"));
        Assert.That(folder.Files, Is.EqualTo(new[] { "mine.txt", "step-000000003.safetensors", "step-000000004.safetensors" }));
    }

    [Test]
    public void A_disk_that_is_full_leaves_the_checkpoints_there_are()
    {
        var run = new CheckpointFolder(folder.Path);
        run.Save(1, 1, path => File.WriteAllText(path, "x"));
        Assert.That(
            () => run.Save(2, 1, path => throw new FileWriteException($"Could not write '{path}': the disk is full; nothing was changed.")),
            Throws.TypeOf<FileWriteException>());
        Assert.That(folder.Files, Is.EqualTo(new[] { "step-000000001.safetensors" }));
    }

    [Test]
    public void Another_networks_pictures_or_dropouts_checkpoint_is_refused_in_a_sentence()
    {
        var path = folder.File("checkpoint.safetensors");
        using (var parts = new Parts(Device.Cpu, 6, 4))
        {
            parts.RunTo(1);
            Checkpoint.Save(path, parts.Trainer, new(), StripedPictures.Preprocessing);
        }
        using var checkpoint = Checkpoint.Open(path);
        using var fewer = new Parts(Device.Cpu, 5, 4);
        Assert.That(() => checkpoint.Restore(fewer.Trainer), Throws.TypeOf<InputException>().With.Message.Contain("18 pictures of 3 classes; these are 15 of 3"));
        using var network = Network.Create(Networks.Compact.WithClasses(3));
        using var other = new Trainer(network.Body, new StripedPictures(6, 1).Prepared(), Device.Cpu, Recipe);
        Assert.That(() => checkpoint.Restore(other), Throws.TypeOf<InputException>().With.Message.StartsWith($"The checkpoint '{path}' is of another network: "));
        using var seeds = TinyNetwork.Make(4);
        using var dropout = new Trainer(seeds, new StripedPictures(6, 1).Prepared(), Device.Cpu, Recipe);
        Assert.That(() => checkpoint.Restore(dropout), Throws.TypeOf<InputException>().With.Message.Contain("dropout has another seed"));
    }

    private static void Refused(CheckpointFolder run, string first, string second)
    {
        string? sentence = null;
        using var used = run.OpenLatest(words => sentence = words);
        Assert.That(used!.State.StepsDone, Is.EqualTo(1), first);
        Assert.That(sentence, Does.StartWith($"The checkpoint '{second}' cannot be used: ").And.EndWith("."));
        Assert.That(sentence, Does.Not.Contain('\n'));
    }

    /// <summary>Of a network of few bytes.</summary>
    private (CheckpointFolder Run, string First, string Second) TwoCheckpoints()
    {
        var pictures = new StripedPictures(2, 1).Prepared();
        using var network = new Sequential([new("flatten", new Flatten()), new("head", new Head()), new("linear", new Linear(3, 3))]);
        var run = new CheckpointFolder(folder.Path);
        using var trainer = new Trainer(network, pictures, Device.Cpu, Recipe with { Accumulate = 1 });
        foreach (var (_, weight) in network.Parameters)
            weight.Fill(0.01);
        var step = 0;
        trainer.RunEpoch(new Now<TrainingProgress>(
            _ => run.Save(++step, 2, path => Checkpoint.Save(path, trainer, new(), StripedPictures.Preprocessing))));
        var files = run.List();
        Assert.That(files.Select(file => file.Step), Is.EqualTo(new[] { 2L, 1 }));
        return (run, files[1].Path, files[0].Path);
    }

    /// <summary>The first three values of each row.</summary>
    private sealed class Head : Layer
    {
        public override Tensor Forward(Tensor x) => x.Narrow(1, 0, 3).Contiguous();
    }

    /// <summary>A network and its trainer, always the same ones; a forgetful one's weights are not even its first.</summary>
    private sealed class Parts : IDisposable
    {
        private readonly Sequential network;

        public Parts(Device device, int perClass, int epochs, bool forgetful = false)
        {
            network = TinyNetwork.Make(3, device);
            if (forgetful)
                foreach (var (_, weight) in network.Parameters)
                    weight.Fill(9);
            Trainer = new Trainer(
                network, new StripedPictures(perClass, 1).Prepared(), device, Recipe with { Epochs = epochs }, new StripedPictures(1, 2).Prepared());
        }

        public Trainer Trainer { get; }

        public (byte[] Weights, float[] Momentum, object[] Metrics, TrainerState State) Run()
        {
            Trainer.Run();
            var state = Trainer.State;
            return (
                TinyNetwork.Bits(network), [.. Trainer.Optimiser.Velocities.OrderBy(v => v.Key, StringComparer.Ordinal).SelectMany(v => v.Value.ToArray<float>())],
                [.. state.Epochs.Select(e => (object)(e.Epoch, e.LearningRate, e.Loss, e.Accuracy, e.Top5, e.HeldOut!.Loss, e.HeldOut.Top1))], state);
        }

        public void RunTo(int step)
        {
            using var stop = new CancellationTokenSource();
            try
            {
                if (step == 0)
                    stop.Cancel();
                Trainer.Run(new Now<TrainingProgress>(at =>
                {
                    if (at.StepsDone == step)
                        stop.Cancel();
                }), cancel: stop.Token);
            }
            catch (OperationCanceledException)
            {
            }
        }

        public void Dispose()
        {
            Trainer.Dispose();
            network.Dispose();
        }
    }
}
