using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Pictures;
using ZfNet.Training;

namespace ZfNet.Tests.Models;

/// <summary>Networks whose linear layers keep their weights in bfloat16: in memory, on disk, and what they refuse.</summary>
public sealed class LinearWeightsTests
{
    private static readonly NetworkSpec Spec = NetworkTests.Small;

    private TemporaryFolder folder = null!;
    private TensorScope scope = null!;
    private string path = null!;

    [SetUp]
    public void Make()
    {
        folder = new TemporaryFolder();
        path = folder.File("model.safetensors");
        scope = new TensorScope();
    }

    [TearDown]
    public void Remove()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Test]
    public void Scores_and_projections_are_those_of_the_rounded_weights(
        [Values("reference", "cpu-1-thread", "cpu-2-threads", "cpu-portable")] string backend, [Values(1, 3, 20)] int batch)
    {
        var device = Backends.Get(backend);
        using Network stored = Made(device), rounded = Rounded(device);
        stored.StoreLinearWeightsAs(DType.BFloat16);
        var x = Tensor.Normal([batch, 3, 29, 37], new Generator(1), device: device);
        Assert.That(Types(stored), Is.EqualTo(new[] { DType.Float32, DType.BFloat16 }), "convolutions and biases stay");
        Assert.That(((LayerChain)stored).DType, Is.EqualTo(DType.Float32));
        Assert.That(Scores(stored, x), Is.EqualTo(Scores(rounded, x)));
        Assert.That(Projection(stored, x), Is.EqualTo(Projection(rounded, x)).And.Some.Not.Zero);

        stored.StoreLinearWeightsAs(DType.Float32);
        Assert.That(Types(stored), Is.EqualTo(new[] { DType.Float32 }));
        Assert.That(Scores(stored, x), Is.EqualTo(Scores(rounded, x)));
    }

    [Test]
    public void Memory_is_halved_layer_by_layer()
    {
        using var network = Network.Create(Spec with { Classifier = [new LinearSpec(4000), new LinearSpec(5)] });
        var weights = network.Layer("classifier.0").Parameters.First().Value;
        var before = CpuBackend.Memory.InUse;
        network.StoreLinearWeightsAs(DType.BFloat16);
        Assert.That(weights.IsDisposed);
        Assert.That(before - CpuBackend.Memory.InUse, Is.GreaterThan(weights.Count * 2 - (1 << 16)));
    }

    [Test]
    public void An_untrained_network_to_compare_with_stores_its_weights_likewise()
    {
        using var network = Made(Device.Cpu);
        network.StoreLinearWeightsAs(DType.BFloat16);
        using var fresh = Comparisons.Untrained(network, 3);
        Assert.That(fresh.Layers.Select(layer => layer.Value).OfType<Linear>().Select(linear => linear.Weight.DType), Is.All.EqualTo(DType.BFloat16));
        Assert.That(fresh.Forward(Tensor.Normal([2, 3, 29, 37], new Generator(1))).Shape, Is.EqualTo(new Shape(2, 5)));
    }

    [Test]
    public void A_file_is_read_as_asked_for_whichever_way_it_holds_them()
    {
        using var rounded = Rounded(Device.Cpu);
        var x = Tensor.Normal([2, 3, 29, 37], new Generator(1));
        var expected = Scores(rounded, x);
        using (var network = Made(Device.Cpu))
            Save(path, network);
        var narrow = folder.File("narrow.safetensors");
        using (var stored = ModelFile.Load(path, linearWeights: DType.BFloat16))
        {
            Assert.That(Types(stored.Network), Is.EqualTo(new[] { DType.Float32, DType.BFloat16 }));
            Assert.That(Scores(stored.Network, x), Is.EqualTo(expected));
            ModelFile.Save(narrow, stored);
        }
        using (var file = SafetensorsFile.Open(narrow))
            Assert.That(
                file.Entries.Where(entry => entry.DType == WeightDType.BF16).Select(entry => entry.Name),
                Is.EquivalentTo(new[] { "classifier.1.weight", "classifier.3.weight" }));

        var again = folder.File("again.safetensors");
        using (var stored = ModelFile.Load(narrow, linearWeights: DType.BFloat16))
        {
            Assert.That(Scores(stored.Network, x), Is.EqualTo(expected));
            ModelFile.Save(again, stored);
        }
        Assert.That(File.ReadAllBytes(again), Is.EqualTo(File.ReadAllBytes(narrow)));
        foreach (var device in new[] { Device.Cpu, Device.Reference, Backends.Get("cuda-software") })
        {
            using var wide = ModelFile.Load(narrow, device: device);
            Assert.That(Types(wide.Network), Is.EqualTo(new[] { DType.Float32 }), $"{device}");
            Assert.That(Weights(wide.Network), Is.EqualTo(Weights(rounded)), $"{device}");
        }
    }

    [Test]
    public void Weights_that_a_file_holds_in_bfloat16_are_mapped_not_copied()
    {
        var spec = Spec with { Classifier = [new LinearSpec(40_000), new LinearSpec(5)] };
        using (var network = Network.Create(spec))
        {
            network.StoreLinearWeightsAs(DType.BFloat16);
            Save(path, network);
        }
        var before = CpuBackend.Memory.InUse;
        using var loaded = ModelFile.Load(path, linearWeights: DType.BFloat16);
        Assert.That(loaded.Network.Plan.Parameters, Is.GreaterThan(1_500_000));
        Assert.That(CpuBackend.Memory.InUse - before, Is.LessThan(1 << 19));
    }

    [Test]
    public void A_file_all_in_bfloat16_is_read()
    {
        SafetensorsWriter.Write(
            path, Spec.Plan().NamedParameters.Select(p => new WeightInfo(p.Name, WeightDType.BF16, p.Shape.Sizes)), null, writer =>
            {
                var values = new BFloat16[writer.Current.ElementCount];
                Array.Fill(values, BFloat16.Round(0.25f));
                writer.Write<BFloat16>(values);
            });
        using var model = ModelFile.Load(path, Spec, linearWeights: DType.BFloat16);
        Assert.That(Types(model.Network), Is.EqualTo(new[] { DType.Float32, DType.BFloat16 }));
        Assert.That(Weights(model.Network), Is.All.EqualTo(0.25f));
    }

    [Test]
    public void Training_is_refused_in_one_sentence()
    {
        using var network = Made(Device.Cpu);
        network.StoreLinearWeightsAs(DType.BFloat16);
        Assert.That(
            () => new Sgd(network.Parameters, 0.1).Dispose(),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo(
                "sgd: \"classifier.1.weight\" is stored in bfloat16, which is for inference; store it in float32 to train it."));
        Assert.That(network.Layer("classifier.1").Parameters.First().Value.RequiresGrad, Is.False);

        network.StoreLinearWeightsAs(DType.Float32);
        using var sgd = new Sgd(network.Parameters, 0.1);
        network.Forward(Tensor.Normal([2, 3, 29, 37], new Generator(1))).Sum().Backward();
        sgd.Step();
    }

    [Test]
    public void Another_network_may_begin_with_its_weights()
    {
        using Network stored = Made(Device.Cpu), rounded = Rounded(Device.Cpu), other = Network.Create(Spec, seed: 9);
        stored.StoreLinearWeightsAs(DType.BFloat16);
        using var model = new Model(stored, new Preprocessing { Height = 29, Width = 37 }, []);
        Transfer.Copy(model, other, newHead: false);
        Assert.That(Weights(other), Is.EqualTo(Weights(rounded)));
    }

    [Test]
    public void What_cannot_be_is_one_sentence()
    {
        using Network network = Made(Device.Cpu), wide = Network.Create(Spec, device: Device.Reference, dtype: DType.Float64);
        using var gpu = Made(Backends.Get("cuda-software"));
        Save(path, network);
        using (Assert.EnterMultipleScope())
        {
            Refuses<ShapeException>(() => gpu.StoreLinearWeightsAs(DType.BFloat16), "Device cuda holds no bfloat16: weights are stored so on the CPU only.");
            Refuses<ShapeException>(
                () => ModelFile.Load(path, device: gpu.Device, linearWeights: DType.BFloat16), "Device cuda holds no bfloat16: weights are stored so on the CPU only.");
            Refuses<ShapeException>(() => network.StoreLinearWeightsAs(DType.Int32), "store_weight_as: storage is Int32; expected Float32 or BFloat16.");
            Refuses<ShapeException>(
                () => wide.StoreLinearWeightsAs(DType.BFloat16), "to_bfloat16: tensor is float64 [7, 48] on reference; expected Float32.");
            Refuses<ArgumentException>(
                () => ModelFile.Load(path, linearWeights: DType.Int32), "Linear layers' weights are kept as Float32 or BFloat16, not as Int32. (Parameter 'linearWeights')");
            Refuses<ShapeException>(
                () => _ = new Conv2d(Tensor.Zeros([1, 1, 2, 2]).ToBFloat16(), null),
                "layer: weight is bfloat16 [1, 1, 2, 2] on cpu; expected float32 or float64: bfloat16 only stores the weights of linear layers.");
            Refuses<ShapeException>(
                () => _ = new Linear(Tensor.Zeros([4, 2]).ToBFloat16(), Tensor.Zeros([4], DType.Float64)),
                "layer: bias is float64 [4] on cpu; expected Float32 on cpu, beside a weight in bfloat16.");
        }
    }

    private static void Refuses<TException>(Action action, string sentence)
        where TException : Exception => Assert.That(Assert.Throws<TException>(() => action())!.Message, Is.EqualTo(sentence));

    private static Network Made(Device device)
    {
        var network = Network.Create(Spec, seed: 4, device: device);
        network.Training = false;
        return network;
    }

    private static Network Rounded(Device device)
    {
        var network = Made(device);
        foreach (var linear in network.Classifier.Layers.Select(layer => layer.Value).OfType<Linear>())
            linear.Weight.CopyFrom<float>(Array.ConvertAll(linear.Weight.ToArray<float>(), weight => BFloat16.Round(weight).ToSingle()));
        return network;
    }

    private static void Save(string path, Network network) => ModelFile.Save(path, new Model(network, new Preprocessing { Height = 29, Width = 37 }, []));

    private static DType[] Types(Network network) => [.. network.Parameters.Select(p => p.Value.DType).Distinct().Order()];

    private static float[] Scores(Network network, Tensor x)
    {
        network.Training = false;
        return network.Forward(x).ToArray<float>();
    }

    private static float[] Projection(Network network, Tensor x)
    {
        var layer = network.Plan.Layer("classifier.3").Alias;
        using var one = x.Narrow(0, 0, 1);
        using var recording = Recording.Record(network, one, RecordingOptions.For(ProjectionOptions.Deconvnet, layer));
        using var projections = Deconvnet.Project(recording, [Seed.StrongestUnit(layer, 2)]);
        return projections.Image(0).ToArray();
    }

    private static float[] Weights(Network network) => [.. network.Parameters.SelectMany(p =>
        p.Value.DType == DType.BFloat16 ? Array.ConvertAll(p.Value.ToArray<BFloat16>(), weight => weight.ToSingle()) : p.Value.ToArray<float>())];
}
