using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Seeing;

public sealed class SeedTests
{
    private TestNets nets = null!;
    private Sequential network = null!;
    private Tensor pictures = null!;
    private Recording recording = null!;

    [SetUp]
    public void Record()
    {
        nets = new TestNets(DType.Float32, Backends.Reference);
        (network, var picture) = nets.Make("ceil-pool");
        pictures = nets.Pictures(2, picture);
        recording = Recording.Record(network, pictures, RecordingOptions.For(ProjectionOptions.Guided, "conv2", "relu2", "conv1", "relu1"));
    }

    [TearDown]
    public void Free()
    {
        recording.Dispose();
        pictures.Dispose();
        network.Dispose();
    }

    [Test]
    public void A_convolution_and_its_rectifier_project_alike()
    {
        Seed[] At(string layer) => [Seed.StrongestUnit(layer, 0), Seed.WholeMap(layer, 2, 1), Seed.Unit(layer, 1, 0, 1)];
        using var before = Deconvnet.Project(recording, At("conv2"));
        using var after = Deconvnet.Project(recording, At("relu2"));
        Compare.Equal(before.Images, after.Images, "conv2 against relu2");
    }

    [Test]
    public void A_negative_activation_projects_to_zero_and_says_so()
    {
        var (map, y, x) = Find(recording.Activation("conv2"), value => value < 0);
        using var zero = Deconvnet.Project(recording, [Seed.Unit("conv2", map, y, x), Seed.Unit("relu2", map, y, x)]);
        Assert.That(zero.Items, Has.All.Property(nameof(Projection.IsZero)).True);
        Assert.That(zero.Items[0].Activation, Is.Negative);
        Assert.That(zero.Image(0), Is.All.Zero);

        using var raw = Deconvnet.Project(recording, [Seed.Unit("conv2", map, y, x)], new() { RectifySeed = false });
        Assert.That(raw.Items[0].IsZero, Is.False, "asked for without the rectifier");
        using var one = Deconvnet.Project(recording, [Seed.Unit("conv2", map, y, x)], new() { Seed = SeedValue.One });
        Assert.That(one.Items[0].IsZero, Is.False, "1 is seeded whatever the activation");
    }

    [Test]
    public void Activation_times_the_projection_of_one_is_the_projection()
    {
        Seed[] seed = [Seed.StrongestUnit("relu2", 1)];
        using var one = Deconvnet.Project(recording, seed, ProjectionOptions.Gradient with { Seed = SeedValue.One, Norm = NormRule.Identity });
        using var activation = Deconvnet.Project(recording, seed, ProjectionOptions.Gradient with { Norm = NormRule.Identity });
        Assert.That(activation.Items[0].Activation, Is.Positive);
        using var scaled = one.Images.Scale(activation.Items[0].Activation);
        Compare.Close(activation.Images, scaled, Tolerances.For("network", DType.Float32, "reference"), "linear in the seed");
    }

    [Test]
    public void The_strongest_unit_is_the_first_of_the_largest()
    {
        using var input = Tensor.From<float>([1, 4, 2, 4, -1, -3, -1, -2], [1, 2, 2, 2], Backends.Reference);
        using var flat = new Sequential(KeyValuePair.Create<string, Layer>("relu", new ReLU()));
        using var small = Recording.Record(flat, input);
        using var projections = Deconvnet.Project(small, [Seed.StrongestUnit("relu", 0), Seed.StrongestUnit("relu", 1)]);
        Assert.That((projections.Items[0].Y, projections.Items[0].X, projections.Items[0].Activation), Is.EqualTo((0, 1, 4.0)));
        Assert.That(projections.Items[1].IsZero);
    }

    [TestCase("conv9", 0, 0, 0, 0, "There is no layer \"conv9\"; there are conv1, relu1, pool1, conv2, relu2.")]
    [TestCase("pool1", 0, 0, 0, 0, "The activations of layer \"pool1\" were not kept: name it when recording.")]
    [TestCase("conv2", 3, 0, 0, 0, "Layer \"conv2\" has no map 3: its maps are 0 to 2.")]
    [TestCase("conv2", -1, 0, 0, 0, "Layer \"conv2\" has no map -1: its maps are 0 to 2.")]
    [TestCase("conv2", 0, 2, 0, 0, "Layer \"conv2\" has no unit at row 2, column 0: its maps are 2x2.")]
    [TestCase("conv2", 0, 0, 0, 2, "There is no picture 2 in the recording: its pictures are 0 to 1.")]
    public void What_is_not_there_is_named(string layer, int map, int y, int x, int picture, string sentence) =>
        Assert.That(
            () => Deconvnet.Project(recording, [Seed.Unit(layer, map, y, x, picture)]),
            Throws.InstanceOf<InputException>().With.Message.EqualTo(sentence));

    [Test]
    public void A_rule_whose_tensors_were_not_kept_is_refused()
    {
        using var bare = Recording.Record(network, pictures);
        Assert.That(
            () => Deconvnet.Project(bare, [Seed.StrongestUnit("relu2", 0)], ProjectionOptions.Gradient),
            Throws.InvalidOperationException.With.Message.Contains("KeepRectifiers"));
        Assert.That(() => Deconvnet.Project(bare, []), Throws.InstanceOf<InputException>());
    }

    [Test]
    public void A_layer_that_the_deconvnet_does_not_know_is_refused_by_name()
    {
        using var odd = new Sequential(KeyValuePair.Create<string, Layer>("swish", new Odd()));
        using var small = Recording.Record(odd, pictures);
        Assert.That(
            () => Deconvnet.Project(small, [Seed.StrongestUnit("swish", 0)]),
            Throws.InstanceOf<NotSupportedException>().With.Message.EqualTo("The deconvnet knows no way back through layer \"swish\", a Odd."));
    }

    [Test]
    public void Input_that_is_no_batch_of_pictures_is_refused()
    {
        using var flat = Tensor.Zeros([4, 9], DType.Float32, Backends.Reference);
        Assert.That(() => Recording.Record(network, flat), Throws.InstanceOf<ShapeException>());
        using var none = Tensor.Zeros([0, 2, 12, 11], DType.Float32, Backends.Reference);
        Assert.That(() => Recording.Record(network, none), Throws.InstanceOf<ShapeException>());
    }

    [Test]
    public void Dropout_does_nothing_even_while_training()
    {
        var (network, picture) = nets.Make("fc-dropout");
        using var owned = network;
        using var x = nets.Pictures(1, picture);
        using var still = Recording.Record(network, x);
        network.Training = true;
        using var training = Recording.Record(network, x);
        Compare.Equal(training.Activation("fc3"), still.Activation("fc3"), "logits");
    }

    [Test]
    public void Nothing_leaks()
    {
        NoLeaks.In(device =>
        {
            var nets = new TestNets(DType.Float32, device);
            var (network, picture) = nets.Make("lrn-across");
            using var owned = network;
            using var input = nets.Pictures(2, picture);
            using var recording = Recording.Record(network, input, RecordingOptions.For(ProjectionOptions.Gradient, "conv1", "relu2"));
            using var projections = Deconvnet.Project(recording, [Seed.StrongestUnit("relu2", 0, 1), Seed.WholeMap("conv1", 2)], ProjectionOptions.Gradient);
            Assert.That(() => Deconvnet.Project(recording, [Seed.StrongestUnit("norm1", 0)]), Throws.InstanceOf<InputException>());
            Assert.That(projections.PatchImage(0), Is.Not.Empty);
        });
    }

    private static (int Map, int Y, int X) Find(Tensor output, Func<float, bool> wanted)
    {
        var (height, width) = ((int)output.Shape[2], (int)output.Shape[3]);
        var at = Array.FindIndex(output.ToArray<float>(), value => wanted(value));
        Assert.That(at, Is.InRange(0, output.Count / output.Shape[0] - 1), "a unit to look at");
        return (at / (height * width), at / width % height, at % width);
    }

    private sealed class Odd : Layer
    {
        public override Tensor Forward(Tensor x) => x.Scale(2);
    }
}
