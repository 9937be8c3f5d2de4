using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Seeing;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class DeconvnetTests(string backend)
{
    private Device Device => Backends.Get(backend);

    [Test]
    public void A_hand_worked_example()
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float32, Device);
        using var network = TestNets.Net(nets.Conv("conv", 1, 1, 2), TestNets.Relu("relu"), TestNets.Pool("pool", 2, 2));
        var conv = (Conv2d)network["conv"];
        conv.Weight.CopyFrom<float>([1, -1, 0, 2]);
        conv.Bias!.CopyFrom<float>([0.5f]);
        // conv: 1 - 0 + 2*3 + .5 = 7.5, 0 - 2 + 2*1 + .5 = .5, 0 - 3 + 2*1 + .5 = -.5, 3 - 1 + 0 + .5 = 2.5; the pool takes 7.5.
        var picture = nets.From([1, 0, 2, 0, 3, 1, 1, 1, 0], [1, 1, 3, 3]);
        using var recording = Recording.Record(network, picture, new() { Layers = ["pool"] });
        using var projections = Deconvnet.Project(recording, [Seed.StrongestUnit("pool", 0)]);

        Compare.Equal(projections.Images, [7.5, -7.5, 0, 0, 15, 0, 0, 0, 0], [1, 1, 3, 3], "pixels");
        var item = projections.Items[0];
        Assert.Multiple(() =>
        {
            Assert.That(item.Activation, Is.EqualTo(7.5));
            Assert.That((item.Y, item.X, item.IsZero), Is.EqualTo((0, 0, false)));
            Assert.That(item.Patch, Is.EqualTo(new ZfNet.Pictures.PixelBox(0, 0, 3, 3)));
        });
    }

    [Test]
    public void Overlapping_windows_place_or_add_by_the_named_mode()
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float32, Device);
        using var network = TestNets.Net(nets.Conv("conv", 1, 1, 1), TestNets.Relu("relu"), new("pool", new MaxPool2d(new Pair(1, 2), 1)));
        var conv = (Conv2d)network["conv"];
        conv.Weight.CopyFrom<float>([2]);
        conv.Bias!.CopyFrom<float>([0]);
        var picture = nets.From([1, 3, 2], [1, 1, 1, 3]);
        // Both windows choose the 6 in the middle; the whole map is seeded with (6, 6).
        using var recording = Recording.Record(network, picture, new() { Layers = ["pool"], KeepRectifiers = true });
        Seed[] seed = [Seed.WholeMap("pool", 0)];

        using var placed = Deconvnet.Project(recording, seed);
        using var added = Deconvnet.Project(recording, seed, new() { Unpool = UnpoolMode.Accumulate });
        using var gradient = Deconvnet.Project(recording, seed, new() { Rule = ReLURule.Gradient });
        Compare.Equal(placed.Images, [0, 12, 0], [1, 1, 1, 3], "overwrite, the deconvnet's");
        Compare.Equal(added.Images, [0, 24, 0], [1, 1, 1, 3], "accumulate");
        Compare.Equal(gradient.Images, [0, 24, 0], [1, 1, 1, 3], "the gradient's default");
    }

    [Test]
    public void The_deconvnet_rule_equals_plain_loops_at_every_layer()
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float64, Device);
        using var network = TestNets.Net(
            nets.Conv("conv1", 3, 5, 4, 2, 1), TestNets.Relu("relu1"), TestNets.Pool("pool1", 3, 2), nets.Conv("conv2", 5, 6, 3, 1, 1), TestNets.Relu("relu2"),
            TestNets.Pool("pool2", 2, 1), new("flatten", new Flatten()), nets.Linear("fc3", 24, 8), TestNets.Relu("relu3"), nets.Linear("fc4", 8, 4));
        var pictures = nets.Pictures(2, [3, 15, 16]);
        string[] names = [.. network.Layers.Select(layer => layer.Key)];
        using var recording = Recording.Record(network, pictures, new() { Layers = names });
        var shown = 0;
        foreach (var name in names)
        for (var picture = 0; picture < 2; picture++)
        {
            var plain = new PlainDeconvnet(network, pictures.Narrow(0, picture, 1).ToArray<double>(), 3, 15, 16, name);
            var seeds = new List<Seed>();
            for (var map = 0; map < Math.Min(plain.C, 8); map++)
                seeds.Add(Seed.Unit(name, map, plain.H - 1 - map % plain.H, map % plain.W, picture));
            using var projections = Deconvnet.Project(recording, seeds);
            for (var i = 0; i < seeds.Count; i++)
            {
                // Nothing rectifies a logit, so that a negative one projects too; the plain loops rectify every seed.
                if (name == "fc4" && projections.Items[i].Activation < 0)
                    continue;
                using var image = projections.Images.Narrow(0, i, 1);
                Compare.Close(image, plain.Project(seeds[i].Map, seeds[i].Y, seeds[i].X), [1, 3, 15, 16], Tolerances.For("network", DType.Float64, "reference"), $"{seeds[i]}");
                shown += projections.Items[i].IsZero ? 0 : 1;
            }
        }
        Assert.That(shown, Is.GreaterThan(40), "projections that show something");
    }

    [Test]
    public void Guided_lets_through_what_both_rules_do()
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float64, Device);
        using var network = TestNets.Net(nets.Conv("conv1", 1, 2, 1), TestNets.Relu("relu1"), nets.Conv("conv2", 2, 1, 1));
        ((Conv2d)network["conv1"]).Weight.CopyFrom<double>([1, -1]);
        ((Conv2d)network["conv1"]).Bias!.Fill(0);
        ((Conv2d)network["conv2"]).Weight.CopyFrom<double>([3, 5]);
        // At 2 the first map is lit, at -2 the second one. Both weights above are positive, so only guided and gradient tell them apart.
        var picture = nets.From([2, -2], [1, 1, 1, 2]);
        using var recording = Recording.Record(network, picture, new() { KeepRectifiers = true, Layers = ["conv2"] });
        Seed[] seed = [Seed.Unit("conv2", 0, 0, 0), Seed.Unit("conv2", 0, 0, 1)];
        using var guided = Deconvnet.Project(recording, seed, ProjectionOptions.Guided with { Seed = SeedValue.One });
        using var deconvnet = Deconvnet.Project(recording, seed, new() { Seed = SeedValue.One });
        Compare.Equal(guided.Images, [3, 0, 0, -5], [2, 1, 1, 2], "guided");
        Compare.Equal(deconvnet.Images, [-2, 0, 0, -2], [2, 1, 1, 2], "deconvnet");
    }

    [Test]
    public void Many_projections_in_a_batch_are_bit_for_bit_those_one_by_one([Values(1, 3, 16)] int batchSize)
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float32, Device);
        var (network, picture) = nets.Make("fc-dropout");
        using var owned = network;
        using var recording = Recording.Record(network, nets.Pictures(3, picture), RecordingOptions.For(ProjectionOptions.Guided, "relu1", "pool1", "fc3"));
        var seeds = new List<Seed>();
        for (var i = 0; i < 12; i++)
            seeds.Add((i % 3) switch
            {
                0 => Seed.StrongestUnit("pool1", i % 4, i % 3),
                1 => Seed.WholeMap("relu1", i % 4, (i + 1) % 3),
                _ => Seed.Unit("fc3", i % 5, 0, 0, i / 4),
            });
        using var together = Deconvnet.Project(recording, seeds, new() { BatchSize = batchSize });
        for (var i = 0; i < seeds.Count; i++)
        {
            using var alone = Deconvnet.Project(recording, [seeds[i]]);
            using var image = together.Images.Narrow(0, i, 1);
            Compare.Equal(image, alone.Images, $"{seeds[i]}");
            Assert.That(together.Items[i], Is.EqualTo(alone.Items[0]));
        }
    }
}
