using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Seeing;

public sealed class TopActivationsTests
{
    private static readonly string[] Looked = ["relu1", "fc3"];

    [Test]
    public void Finds_what_looking_at_every_picture_finds([Values(1, 4, 50)] int batchSize)
    {
        using var scope = new TensorScope();
        var (network, inputs) = Make("fc-dropout", 23);
        using var owned = network;
        var found = TopActivations.Find(network, inputs, Looked, new() { BatchSize = batchSize });
        Assert.That(found.Layers.Select(layer => layer.Layer), Is.EqualTo(Looked));
        foreach (var layer in Looked)
        {
            var best = new List<(int Map, int Picture, int Place, double Value)>();
            var width = 1;
            for (var picture = 0; picture < 23; picture++)
            {
                using var x = Tensor.From(One(inputs, picture), [1, .. inputs.Picture.Sizes], Backends.Reference);
                using var recording = Recording.Record(network, x, new() { Layers = [layer] });
                var output = recording.Activation(layer);
                var values = Compare.Doubles(output);
                var plane = values.Length / (int)output.Shape[1];
                width = output.Shape.Rank == 4 ? (int)output.Shape[3] : 1;
                for (var map = 0; map < output.Shape[1]; map++)
                {
                    var (place, value) = values.Skip(map * plane).Take(plane).Index().MaxBy(pair => pair.Item);
                    best.Add((map, picture, place, value));
                }
            }
            foreach (var maps in best.GroupBy(entry => entry.Map))
            {
                var expected = maps.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Picture).Take(9).Select((entry, rank) => (rank, entry.Picture, entry.Place / width, entry.Place % width));
                Assert.That(found[layer][maps.Key].Select(unit => (unit.Rank, unit.Picture, unit.Y, unit.X)), Is.EqualTo(expected), $"{layer} map {maps.Key}");
            }
        }
    }

    [Test]
    public void Equal_activations_go_by_the_order_of_the_pictures()
    {
        using var scope = new TensorScope();
        var (network, inputs) = Make("ceil-pool", 1);
        using var owned = network;
        var same = new ArrayInputs(Enumerable.Repeat(One(inputs, 0), 5).SelectMany(values => values).ToArray(), inputs.Picture);
        var found = TopActivations.Find(network, same, ["relu1"], new() { Top = 3, BatchSize = 2 });
        for (var map = 0; map < 4; map++)
            Assert.That(found["relu1"][map].Select(unit => unit.Picture), Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(TopActivations.Find(network, same, ["relu1"])["relu1"][0], Has.Count.EqualTo(5), "no more than there are pictures");
    }

    [Test]
    public void Projections_are_those_of_each_unit_alone_cut_to_its_patch()
    {
        using var scope = new TensorScope();
        var (network, inputs) = Make("ceil-pool", 12);
        using var owned = network;
        var found = TopActivations.Find(network, inputs, ["relu1", "relu2"], new() { Top = 4 });
        var units = found["relu2"][1].Concat(found["relu1"][3]).Concat(found["relu2"][0]).ToArray();
        var reports = new List<WorkProgress>();
        var projections = TopActivations.Project(network, inputs, units, new() { BatchSize = 3 }, new Direct(reports.Add));
        Assert.That(projections.Select(projection => projection.Unit), Is.EqualTo(units));
        Assert.That(reports[^1], Is.EqualTo(new WorkProgress(12, 12)));
        var shown = 0;
        foreach (var projection in projections)
        {
            var unit = projection.Unit;
            using var x = Tensor.From(One(inputs, unit.Picture), [1, .. inputs.Picture.Sizes], Backends.Reference);
            using var recording = Recording.Record(network, x, new() { Layers = [unit.Layer] });
            using var alone = Deconvnet.Project(recording, [Seed.Unit(unit.Layer, unit.Map, unit.Y, unit.X)]);
            Assert.That(projection.Image, Is.EqualTo(alone.PatchImage(0)));
            Assert.That(projection.IsZero, Is.EqualTo(alone.Items[0].IsZero));
            Assert.That((unit.Activation, unit.Patch, unit.ReceptiveField), Is.EqualTo((alone.Items[0].Activation, alone.Items[0].Patch, alone.Items[0].ReceptiveField)));
            var padded = projection.Padded();
            Assert.That(padded, Has.Length.EqualTo(2 * unit.ReceptiveField.Height * unit.ReceptiveField.Width));
            Assert.That(padded.Sum(Math.Abs), Is.EqualTo(projection.Image.Sum(Math.Abs)).Within(0.01).Percent);
            shown += projection.IsZero ? 0 : 1;
        }
        Assert.That(shown, Is.GreaterThan(6), "projections that show something");
    }

    [Test]
    public void Memory_does_not_grow_with_the_set()
    {
        var peaks = new List<int>();
        foreach (var pictures in new[] { 12, 60 })
        {
            using var backend = new CountingBackend();
            using var device = new Device(backend);
            var nets = new TestNets(DType.Float32, device);
            var (network, shape) = nets.Make("fc-dropout");
            using (network)
            {
                backend.ResetPeak();
                var inputs = new ArrayInputs(Random(5, pictures * shape.Count), shape);
                var found = TopActivations.Find(network, inputs, Looked, new() { BatchSize = 4, Top = 3 });
                var units = found["relu1"][0].Concat(found["fc3"][1]).ToArray();
                TopActivations.Project(network, inputs, units, new() { BatchSize = 4 });
                peaks.Add(backend.Peak);
            }
            Assert.That(backend.Live, Is.Zero, "buffers not given back");
        }
        Assert.That(peaks[1], Is.EqualTo(peaks[0]), "buffers alive at once");
    }

    [Test]
    public void Maps_that_nothing_activates_are_counted_and_a_sample_is_spread()
    {
        using var scope = new TensorScope();
        var (network, inputs) = Make("ceil-pool", 6);
        using var owned = network;
        var conv = (Conv2d)network["conv1"];
        var bias = conv.Bias!.ToArray<float>();
        bias[2] = -100;
        conv.Bias.CopyFrom<float>(bias);
        var layer = TopActivations.Find(network, inputs, ["relu1"])["relu1"];
        Assert.Multiple(() =>
        {
            Assert.That(layer.DeadMaps, Is.EqualTo(new[] { 2 }));
            Assert.That(layer.MapCount, Is.EqualTo(4));
            Assert.That(layer.Spread(2), Is.EqualTo(new[] { 0, 2 }));
            Assert.That(layer.Spread(3), Is.EqualTo(new[] { 0, 1, 2 }));
            Assert.That(layer.Spread(9), Is.EqualTo(new[] { 0, 1, 2, 3 }));
            Assert.That(TopActivations.Project(network, inputs, layer[2]), Has.All.Property(nameof(TopProjection.IsZero)).True);
        });
    }

    [Test]
    public void What_is_not_there_is_named()
    {
        using var scope = new TensorScope();
        var (network, inputs) = Make("ceil-pool", 2);
        using var owned = network;
        var damaged = new ArrayInputs(new float[] { float.NaN }.Concat(new float[inputs.Picture.Count - 1]).ToArray(), inputs.Picture);
        Assert.Multiple(() =>
        {
            Assert.That(() => TopActivations.Find(network, inputs, ["conv7"]), Throws.InstanceOf<InputException>().With.Message.StartWith("There is no layer \"conv7\""));
            Assert.That(() => TopActivations.Find(network, inputs, []), Throws.InstanceOf<InputException>());
            Assert.That(() => TopActivations.Find(network, inputs, ["conv1"], new() { Top = 0 }), Throws.InstanceOf<InputException>());
            Assert.That(() => TopActivations.Find(network, new ArrayInputs(Array.Empty<float>(), inputs.Picture), ["conv1"]), Throws.InstanceOf<InputException>());
            Assert.That(() => TopActivations.Find(network, damaged, ["conv1"]), Throws.InstanceOf<InputException>().With.Message.Contains("is NaN on picture 0"));
            Assert.That(() => TopActivations.Find(network, inputs, ["conv1"])["conv1"][4], Throws.InstanceOf<InputException>().With.Message.EqualTo("Layer \"conv1\" has no map 4: its maps are 0 to 3."));
            Assert.That(() => TopActivations.Find(network, inputs, ["conv1"])["conv2"], Throws.InstanceOf<InputException>());
            Assert.That(() => new ArrayInputs(new float[7], [1, 2, 2]), Throws.InstanceOf<ShapeException>());
            Assert.That(() => TopActivations.Find(network, inputs, ["conv1"], null, null, new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());
        });
    }

    [Test]
    public void Random_units_are_other_active_ones_and_do_not_depend_on_their_company()
    {
        using var scope = new TensorScope();
        var (network, inputs) = Make("ceil-pool", 10);
        using var owned = network;
        var units = TopActivations.Find(network, inputs, ["relu1"])["relu1"][1];
        var others = Comparisons.RandomUnits(network, inputs, units, seed: 5);
        Assert.That(others, Has.Count.EqualTo(units.Count));
        for (var i = 0; i < units.Count; i++)
        {
            Assert.That((others[i].Layer, others[i].Picture, others[i].Rank), Is.EqualTo((units[i].Layer, units[i].Picture, units[i].Rank)));
            Assert.That(others[i].Map, Is.Not.EqualTo(1));
            Assert.That(others[i].Activation, Is.Positive);
            Assert.That(Comparisons.RandomUnits(network, inputs, [units[i]], seed: 5), Is.EqualTo(new[] { others[i] }));
        }
        Assert.That(Comparisons.RandomUnits(network, inputs, units, seed: 6), Is.Not.EqualTo(others));
        var projections = TopActivations.Project(network, inputs, others);
        Assert.That(projections.Select(projection => projection.IsZero), Has.All.False);
    }

    [Test]
    public void An_untrained_twin_has_the_shapes_and_none_of_the_weights([ValueSource(typeof(TestNets), nameof(TestNets.Names))] string name)
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float32, Backends.Reference);
        var (network, shape) = nets.Make(name);
        using var owned = network;
        network.Training = true;
        using var twin = Comparisons.Untrained(network, seed: 3);
        using var again = Comparisons.Untrained(network, seed: 3);
        var (mine, its, same) = (network.Parameters.ToArray(), twin.Parameters.ToArray(), again.Parameters.ToArray());
        Assert.That(its.Select(parameter => (parameter.Key, parameter.Value.Shape)), Is.EqualTo(mine.Select(parameter => (parameter.Key, parameter.Value.Shape))));
        for (var i = 0; i < mine.Length; i++)
        {
            Compare.Equal(same[i].Value, its[i].Value, its[i].Key);
            Assert.That(its[i].Value.ToArray<float>(), Is.Not.EqualTo(mine[i].Value.ToArray<float>()), its[i].Key);
        }
        Assert.That((network.Training, twin.Training), Is.EqualTo((true, false)));
        var inputs = new ArrayInputs(Random(9, 3 * shape.Count), shape);
        var layer = new LayerChain(network).Names.First();
        var units = TopActivations.Find(network, inputs, [layer])[layer][1];
        var there = Comparisons.SameMaps(twin, inputs, units);
        Assert.That(there.Select(unit => (unit.Map, unit.Picture)), Is.EqualTo(units.Select(unit => (unit.Map, unit.Picture))));
        var best = TopActivations.Find(twin, inputs, [layer])[layer][1].ToDictionary(unit => unit.Picture);
        Assert.That(there.Select(unit => (unit.Y, unit.X, unit.Activation)), Is.EqualTo(units.Select(unit => (best[unit.Picture].Y, best[unit.Picture].X, best[unit.Picture].Activation))));
    }

    private static (Sequential Network, ArrayInputs Inputs) Make(string name, int pictures)
    {
        var (network, shape) = new TestNets(DType.Float32, Backends.Reference).Make(name);
        return (network, new ArrayInputs(Random(11, pictures * shape.Count), shape));
    }

    private static float[] One(ArrayInputs inputs, int picture)
    {
        var values = new float[inputs.Picture.Count];
        inputs.Read(picture, values);
        return values;
    }

    private static float[] Random(int seed, long count) => Array.ConvertAll(Values.Random(seed, count), value => (float)value);

    private sealed class Direct(Action<WorkProgress> report) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => report(value);
    }
}
