using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Seeing;

/// <summary>Projections compute only what the seed sees, and every bit is that of the walk over whole planes.</summary>
[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class WindowedProjectionTests(string backend)
{
    private static IEnumerable<string> Networks => ["overlapping", "padded-ceil", "padding-only", .. TestNets.Names];

    private static IEnumerable<ProjectionOptions> Options =>
    [
        ProjectionOptions.Deconvnet,
        ProjectionOptions.Gradient,
        ProjectionOptions.Guided,
        new() { Unpool = UnpoolMode.Accumulate, Norm = NormRule.Gradient, Seed = SeedValue.One },
        ProjectionOptions.Gradient with { Unpool = UnpoolMode.Overwrite, Norm = NormRule.Identity, RectifySeed = true },
    ];

    private static IEnumerable<TestCaseData> Cases =>
        from name in Networks
        from rule in Options.Index()
        select new TestCaseData(name, rule.Item).SetArgDisplayNames(name, $"rules {rule.Index}");

    [TestCaseSource(nameof(Cases))]
    public void Every_bit_is_that_of_whole_planes(string name, ProjectionOptions options)
    {
        if (Backends.IsSlow(backend) && name is not ("overlapping" or "dilated-groups"))
            Assert.Ignore("Two networks are enough where kernels are interpreted.");
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float32, Backends.Get(backend));
        var (network, picture) = Make(nets, name);
        using var owned = network;
        var chain = new LayerChain(network);
        var names = Enumerable.Range(0, chain.Count).Select(i => chain[i].Key).ToArray();
        using var recording = Recording.Record(network, nets.Pictures(2, picture), RecordingOptions.For(options, names));
        List<Seed> seeds = [.. names.SelectMany(layer => Seeds(layer, recording.Activation(layer).Shape, Backends.IsSlow(backend)))];
        using var projections = Deconvnet.Project(recording, seeds, options with { BatchSize = 5 });
        var lit = 0;
        for (var i = 0; i < seeds.Count; i++)
        {
            using var inner = new TensorScope();
            var dense = DenseWalk.Project(recording, seeds[i], options);
            Compare.Equal(projections.Images.Narrow(0, i, 1), dense, $"{seeds[i]}");
            Assert.That(projections.Items[i].IsZero, Is.EqualTo(Array.TrueForAll(dense.ToArray<float>(), value => value == 0)), $"{seeds[i]}");
            lit += projections.Items[i].IsZero ? 0 : 1;
        }
        Assert.That(lit, Is.GreaterThan(seeds.Count / 4), "projections that show something");
    }

    [Test]
    public void Values_that_are_not_finite_go_where_they_go_in_whole_planes()
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float32, Backends.Get(backend));
        var (network, picture) = Make(nets, "overlapping");
        using var owned = network;
        using var recording = Recording.Record(network, nets.Pictures(1, picture), RecordingOptions.For(ProjectionOptions.Deconvnet, "conv2"));
        recording.Activation("conv2").Narrow(1, 1, 1).Fill(double.PositiveInfinity);
        Seed[] seeds = [Seed.Unit("conv2", 1, 0, 0), Seed.Unit("conv2", 1, 2, 1)];
        using var projections = Deconvnet.Project(recording, seeds);
        for (var i = 0; i < seeds.Length; i++)
        {
            var image = projections.Images.Narrow(0, i, 1);
            Compare.Equal(image, DenseWalk.Project(recording, seeds[i], ProjectionOptions.Deconvnet), $"{seeds[i]}");
            Assert.That(image.ToArray<float>(), Has.Some.Matches<float>(value => !float.IsFinite(value)));
            Assert.That(projections.Items[i].IsZero, Is.False);
        }
    }

    private static (Sequential Network, Shape Picture) Make(TestNets nets, string name) => name switch
    {
        // The article's shapes in small: overlapping 3x3 pools of step 2 and a strided first layer, not square.
        "overlapping" => (TestNets.Net(
            nets.Conv("conv1", 2, 5, 5, 2, 2), TestNets.Relu("relu1"), TestNets.Norm("norm1", true), TestNets.Pool("pool1", 3, 2),
            nets.Conv("conv2", 5, 4, 3, 1, 1), TestNets.Relu("relu2"), TestNets.Pool("pool2", 3, 1)), [2, 30, 25]),
        "padded-ceil" => (TestNets.Net(
            nets.Conv("conv1", 1, 3, 3, 3, 1), TestNets.Relu("relu1"), TestNets.Pool("pool1", 3, 2, padding: 1, ceil: true),
            nets.Conv("conv2", 3, 4, 2, 2, 1), TestNets.Relu("relu2"), TestNets.Pool("pool2", 3, 1, padding: 1)), [1, 31, 36]),
        // Corner units see nothing but padding.
        "padding-only" => (TestNets.Net(nets.Conv("conv1", 1, 2, 2, 1, 2), nets.Conv("conv2", 2, 2, 1)), [1, 5, 4]),
        _ => nets.Make(name),
    };

    /// <summary>Corners, edges and the middle; the strongest; a whole map.</summary>
    private static IEnumerable<Seed> Seeds(string layer, Shape output, bool few)
    {
        if (output.Rank is not (2 or 4))
            yield break;
        int maps = (int)output[1], height = output.Rank == 4 ? (int)output[2] : 1, width = output.Rank == 4 ? (int)output[3] : 1;
        int[] rows = [.. new[] { 0, height / 2, height - 1 }.Distinct()], columns = [.. new[] { 0, 1 % width, width / 2, width - 1 }.Distinct()];
        foreach (var y in few ? rows[..1] : rows)
        foreach (var x in few ? columns[^1..] : columns)
            yield return Seed.Unit(layer, (y + x) % maps, y, x, (y + x) % 2);
        yield return Seed.StrongestUnit(layer, maps - 1, 1);
        yield return Seed.WholeMap(layer, maps / 2);
    }
}
