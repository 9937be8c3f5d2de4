using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Pictures;
using ZfNet.Reports;
using ZfNet.Tests.Training;
using ZfNet.Training;

namespace ZfNet.Tests.Cuda;

/// <summary>What a user does with a model, on a CUDA device, beside the same on the plain loops.</summary>
[TestFixture]
public sealed class LibraryTests
{
    private static readonly Tolerance Near = Tolerances.For("network", DType.Float32, "reference");

    private TemporaryFolder folder = null!;
    private Device gpu = null!;
    private Device reference = null!;
    private Model onGpu = null!;
    private Model onReference = null!;

    private static PreparedPictures Pictures => new StripedPictures(3, 5).Prepared();

    [OneTimeSetUp]
    public void Load()
    {
        folder = new TemporaryFolder();
        TinyModel.Write(folder.File("tiny"));
        (gpu, reference) = (SoftwareMachine.Gpu(), new Device(new ReferenceBackend()));
        onGpu = ModelFile.Load(folder.File("tiny"), device: gpu);
        onReference = ModelFile.Load(folder.File("tiny"), device: reference);
        onGpu.Network.Training = onReference.Network.Training = false;
    }

    // The software GPU throws where something was not given back, or a kernel did what it must not.
    [OneTimeTearDown]
    public void Close()
    {
        onGpu.Dispose();
        onReference.Dispose();
        gpu.Dispose();
        reference.Dispose();
        folder.Dispose();
    }

    [Test]
    public void A_model_is_saved_from_the_device_as_it_was_loaded()
    {
        ModelFile.Save(folder.File("again"), onGpu);
        Assert.That(File.ReadAllBytes(folder.File("again")), Is.EqualTo(File.ReadAllBytes(folder.File("tiny"))));
    }

    [Test]
    public void Pictures_are_classified()
    {
        var source = new StripedPictures(3, 5);
        var actual = Classification.Run(onGpu, source, top: 3, batchSize: 4).ToArray();
        var expected = Classification.Run(onReference, source, top: 3, batchSize: 4).ToArray();
        Assert.That(Names(actual), Is.EqualTo(Names(expected)));
        Close(Probabilities(actual), Probabilities(expected), "probabilities");

        static IEnumerable<string> Names(Classified[] answers) =>
            answers.SelectMany(a => a.Predictions.Select(p => p.Name));
        static IEnumerable<float> Probabilities(Classified[] answers) =>
            answers.SelectMany(a => a.Predictions.Select(p => (float)p.Probability));
    }

    [Test]
    public void An_activation_is_projected([Values] ReLURule rule, [Values("conv1", "relu2", "fc3")] string layer)
    {
        var norm = rule == ReLURule.Gradient ? NormRule.Gradient : NormRule.Identity;
        var options = new ProjectionOptions { Rule = rule, Norm = norm };
        var picture = Pictures.Get(4);
        var actual = ProjectReport.Make(onGpu, picture, Seed.StrongestUnit(layer, 2), options);
        var expected = ProjectReport.Make(onReference, picture, Seed.StrongestUnit(layer, 2), options);
        Assert.That(Place(actual.Projection), Is.EqualTo(Place(expected.Projection)));
        Close(actual.Image, expected.Image, "pixels");

        static (int, int, PixelBox) Place(Projection p) => (p.Y, p.X, p.Patch);
    }

    [Test]
    public void The_strongest_units_are_found_and_drawn()
    {
        var options = new VisualizeOptions { Layers = ["conv1", "conv2"], Maps = 2, Top = 3, BatchSize = 4 };
        var actual = Units(VisualizeReport.Make(onGpu, new StripedPictures(3, 5), options));
        var expected = Units(VisualizeReport.Make(onReference, new StripedPictures(3, 5), options));
        Assert.That(actual.Select(Place), Is.EqualTo(expected.Select(Place)));
        Close(actual.SelectMany(Image), expected.SelectMany(Image), "projections");

        static TopProjection[] Units(IReadOnlyList<LayerPanels> layers) =>
            [.. layers.SelectMany(layer => layer.Panels.Concat(layer.RandomWeights)).SelectMany(map => map.Projections)];
        static (int, int, int, int) Place(TopProjection p) => (p.Unit.Map, p.Unit.Picture, p.Unit.Y, p.Unit.X);
        static IEnumerable<float> Image(TopProjection p) => p.Image;
    }

    [Test]
    public void A_square_is_moved_over_a_picture()
    {
        var options = new OcclusionOptions
        {
            Square = 5,
            Stride = 3,
            Fill = OcclusionFill.Mean,
            BatchSize = 4,
            KeepAllProbabilities = true,
        };
        var actual = Occlusion.Run(onGpu, Pictures.Get(1), options);
        var expected = Occlusion.Run(onReference, Pictures.Get(1), options);
        Assert.That(Chosen(actual), Is.EqualTo(Chosen(expected)));
        Close(actual.AllProbabilityGrid, expected.AllProbabilityGrid, "probabilities");
        Close(actual.ActivityGrid, expected.ActivityGrid, "activity");

        static (int, int, int?) Chosen(OcclusionMap map) => (map.Class, map.Label, map.ActivityMap);
    }

    [Test]
    public void The_filters_are_drawn_as_they_are()
    {
        var (actual, expected) = (Filters.FirstLayer(onGpu.Network), Filters.FirstLayer(onReference.Network));
        Assert.That(
            actual.Sheet(ChannelOrder.Rgb).Pixels.SequenceEqual(expected.Sheet(ChannelOrder.Rgb).Pixels));
    }

    [Test]
    public void It_trains_as_the_plain_loops_do_and_twice_the_same()
    {
        var (epochs, weights) = Train(gpu);
        var (again, bits) = Train(gpu);
        var (expected, reached) = Train(reference);
        Assert.That(bits, Is.EqualTo(weights), "two runs, bit for bit");
        Assert.That(again.Select(epoch => epoch.Loss), Is.EqualTo(epochs.Select(epoch => epoch.Loss)));
        Assert.That(epochs.Select(epoch => epoch.Accuracy), Is.EqualTo(expected.Select(epoch => epoch.Accuracy)));
        Assert.That(epochs[^1].HeldOut!.Classes, Is.EqualTo(expected[^1].HeldOut!.Classes));
        Close(Losses(epochs), Losses(expected), "losses");
        Close(weights, reached, "weights");

        static IEnumerable<float> Losses(IReadOnlyList<EpochMetrics> epochs) =>
            epochs.SelectMany(epoch => new[] { (float)epoch.Loss, (float)epoch.HeldOut!.Loss });
    }

    private (IReadOnlyList<EpochMetrics> Epochs, float[] Weights) Train(Device device)
    {
        using var model = ModelFile.Load(folder.File("tiny"), seed: 3, device: device);
        using var trainer = new Trainer(model.Network.Body, Pictures, device, new()
        {
            Epochs = 2,
            BatchSize = 4,
            LearningRate = 0.01,
            WeightDecay = 1e-3,
            LabelSmoothing = 0.1,
            Augmentation = new Augmentation { Flip = true, Padding = 1 },
            Renormaliser = FilterRenormaliser.AllLayers(model.Network.Features, 0.1),
            Seed = 5,
        }, new StripedPictures(2, 6).Prepared());
        var epochs = trainer.Run();
        return (epochs, [.. model.Network.Parameters.SelectMany(parameter => parameter.Value.ToArray<float>())]);
    }

    private static void Close(IEnumerable<float> actual, IEnumerable<float> expected, string what)
    {
        double[] a = [.. actual.Select(value => (double)value)], e = [.. expected.Select(value => (double)value)];
        Assert.That(e, Has.Some.Not.Zero, what);
        var agreement = Compare.Measure(a, e, [e.Length], Near, what);
        Assert.That(agreement.Passed, agreement.Message);
    }
}
