using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Tests.Models;

public sealed class ModelFileTests
{
    private static readonly Preprocessing Caffe = new()
    {
        Height = 29,
        Width = 37,
        Resize = ResizeRule.SmallestSideCentreCrop,
        SmallestSide = 40,
        ValueRange = 255,
        Mean = new PerColour(123.68f, 116.779f, 103.939f),
        Order = ChannelOrder.Bgr,
    };

    private static readonly string[] Classes = ["cat", "dog", "Bär", "\"x\"\n", "🐻"];
    private TemporaryFolder folder = null!;
    private string path = null!;

    [SetUp]
    public void Make()
    {
        folder = new TemporaryFolder();
        path = folder.File("model.safetensors");
    }

    [TearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void A_model_survives_the_disk()
    {
        using var scope = new TensorScope();
        using var before = new Model(Network.Create(NetworkTests.Small, seed: 4), Caffe, Classes)
        {
            Notes = new Dictionary<string, string> { ["recipe"] = "30 epochs" },
        };
        ModelFile.Save(path, before);
        using var after = ModelFile.Load(path);
        before.Network.Training = after.Network.Training = false;
        var x = Tensor.Normal([2, 3, 29, 37], new Generator(1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(after.Network.Spec, Is.EqualTo(before.Network.Spec));
            Assert.That(after.Preprocessing, Is.EqualTo(Caffe));
            Assert.That(after.Classes, Is.EqualTo(Classes));
            Assert.That(after.ClassName(1), Is.EqualTo("dog"));
            Assert.That(after.Notes, Is.EqualTo(before.Notes));
            Assert.That(Weights(after), Is.EqualTo(Weights(before)));
            Assert.That(after.Network.Forward(x).ToArray<float>(), Is.EqualTo(before.Network.Forward(x).ToArray<float>()));
        }
    }

    [Test]
    public void Saving_what_was_loaded_gives_the_same_bytes()
    {
        using var before = new Model(Network.Create(NetworkTests.Small, seed: 4), Caffe, Classes);
        ModelFile.Save(path, before);
        string second = folder.File("second");
        using (var after = ModelFile.Load(path))
            ModelFile.Save(second, after);
        Assert.That(File.ReadAllBytes(second), Is.EqualTo(File.ReadAllBytes(path)));
    }

    [Test]
    public void A_loaded_model_can_be_saved_over_itself_and_trained_without_touching_the_file()
    {
        using (var before = new Model(Network.Create(NetworkTests.Small, seed: 4), Caffe, []))
            ModelFile.Save(path, before);
        byte[] saved = File.ReadAllBytes(path);
        using var model = ModelFile.Load(path);
        foreach (var (_, parameter) in model.Network.Parameters)
            parameter.Fill(0.25);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(saved));
        ModelFile.Save(path, model);
        using var again = ModelFile.Load(path);
        Assert.That(Weights(again), Is.All.EqualTo(0.25f));
    }

    [Test]
    public void Weights_are_mapped_not_copied()
    {
        // 70 MB of weights: loading must not take that much memory.
        var spec = NetworkTests.Small with { Classifier = [new LinearSpec(400_000), new LinearSpec(5)] };
        using (var network = Network.Create(spec))
        using (var model = new Model(network, Caffe, []))
            ModelFile.Save(path, model);
        var before = Kernels.CpuBackend.Memory.InUse;
        using var loaded = ModelFile.Load(path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(loaded.Network.Plan.Parameters, Is.GreaterThan(15_000_000));
            Assert.That(Kernels.CpuBackend.Memory.InUse - before, Is.LessThan(1 << 20));
        }
    }

    [Test]
    public void A_file_of_tensors_alone_loads_when_the_network_is_named()
    {
        WriteTensors();
        using var model = ModelFile.Load(path, NetworkTests.Small);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.Preprocessing, Is.EqualTo(new Preprocessing { Height = 29, Width = 37 }));
            Assert.That(model.Classes, Is.Empty);
            Assert.That(model.ClassName(3), Is.EqualTo("class 3"));
            Assert.That(() => model.ClassName(5), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(((WeightedLayer)model.Network.Layer("conv1")).Weight.ToArray<float>(), Is.All.EqualTo(1f));
        }

        Refuses("it does not say which network it holds, so the network must be named");
    }

    [Test]
    public void The_number_of_classes_comes_from_the_file()
    {
        WriteTensors();
        using var model = ModelFile.Load(path, NetworkTests.Small.WithClasses(1000));
        Assert.That(model.Network.Spec.Classes, Is.EqualTo(5));
    }

    [Test]
    public void Tensors_that_are_not_the_networks_are_one_sentence()
    {
        var spec = NetworkTests.Small;
        WriteTensors(skip: "features.4.bias");
        Refuses("it lacks tensor 'features.4.bias' [4] of network 'small'.", spec);
        WriteTensors(extra: new WeightInfo("fc.weight\n", WeightDType.F32, [2]));
        Refuses("it has tensor 'fc.weight?', which network 'small' does not.", spec);
        WriteTensors(change: ("features.0.weight", new WeightInfo("features.0.weight", WeightDType.F32, [6, 3, 5, 4])));
        Refuses("its tensor 'features.0.weight' is [6, 3, 5, 4], but network 'small' needs [6, 3, 5, 5].", spec);
        WriteTensors(change: ("features.0.bias", new WeightInfo("features.0.bias", WeightDType.F16, [6])));
        Refuses("its tensor 'features.0.bias' is of F16, but weights are read from F32 and BF16 only.", spec);
        WriteTensors();
        Refuses("its tensor 'features.0.weight' is [6, 3, 5, 5], but network 'wide' needs [96, 3, 7, 7].", Networks.Wide);
    }

    [TestCase("zfnet.network", "{}", "the description of the network")]
    [TestCase("zfnet.network", "nonsense", "the description of the network")]
    [TestCase("zfnet.preprocessing", "{}", "the preprocessing")]
    [TestCase("zfnet.preprocessing", """{"height":29,"width":38}""", "its preprocessing makes pictures of 29x38, but network 'small' needs 29x37")]
    [TestCase("zfnet.classes", "5", "its class names are not a list of texts")]
    [TestCase("zfnet.classes", "[1]", "its class names are not a list of texts")]
    [TestCase("zfnet.classes", "[null,null,null,null,null]", "its class names are not a list of texts")]
    [TestCase("zfnet.classes", """["a"]""", "it has 1 class names for 5 classes")]
    public void Metadata_that_makes_no_sense_is_one_sentence(string key, string value, string sentence)
    {
        var metadata = new Dictionary<string, string> { ["zfnet.network"] = NetworkTests.Small.ToJson(), [key] = value };
        WriteTensors(metadata: metadata);
        Refuses(sentence);
    }

    [Test]
    public void A_description_far_larger_than_the_file_costs_nothing()
    {
        // 2^40 parameters described; the file holds a few.
        var spec = NetworkTests.Small with { Classifier = [new LinearSpec(1 << 20), new LinearSpec(1 << 19), new LinearSpec(5)] };
        WriteTensors(metadata: new Dictionary<string, string> { ["zfnet.network"] = spec.ToJson() });
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refuses("tensor 'classifier.");
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4 << 20));
    }

    [Test]
    public void What_cannot_be_saved_is_refused_and_nothing_is_written()
    {
        using var network = Network.Create(NetworkTests.Small);
        var model = new Model(network, Caffe, ["a"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => ModelFile.Save(path, model), Throws.ArgumentException);
            Assert.That(
                () => ModelFile.Save(path, model with { Classes = [], Notes = new Dictionary<string, string> { ["zfnet.network"] = "x" } }),
                Throws.ArgumentException);
            Assert.That(folder.Files, Is.Empty);
        }
    }

    private void WriteTensors(
        string? skip = null, WeightInfo? extra = null, (string Name, WeightInfo Info)? change = null, Dictionary<string, string>? metadata = null)
    {
        var tensors = NetworkTests.Small.Plan().NamedParameters
            .Where(p => p.Name != skip)
            .Select(p => p.Name == change?.Name ? change.Value.Info : new WeightInfo(p.Name, WeightDType.F32, p.Shape.Sizes));
        SafetensorsWriter.Write(
            path,
            extra is null ? tensors : tensors.Append(extra),
            metadata,
            writer =>
            {
                var ones = new float[writer.Current.ElementCount];
                Array.Fill(ones, 1f);
                if (writer.Current.DType == WeightDType.F32)
                    writer.Write<float>(ones);
                else
                    writer.Write<byte>(new byte[writer.Current.ByteLength]);
            });
    }

    private void Refuses(string sentence, NetworkSpec? spec = null)
    {
        var e = Assert.Throws<WeightsFileException>(() => ModelFile.Load(path, spec).Dispose())!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(e.Message, Does.StartWith($"Weights file '{path}': ").And.EndWith("."));
            Assert.That(e.Message, Does.Contain(sentence));
        }
    }

    private static float[] Weights(Model model) => [.. model.Network.Parameters.SelectMany(p => p.Value.ToArray<float>())];
}
