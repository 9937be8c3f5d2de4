using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Pictures;
using ZfNet.Training;

namespace ZfNet.Tests.Training;

[TestFixture]
public sealed class PictureStatisticsTests
{
    private static readonly Preprocessing Shape = new() { Height = 8, Width = 8, Order = ChannelOrder.Bgr };

    [Test]
    public void Every_channel_gets_mean_0_and_deviation_1_over_the_set()
    {
        var pictures = new StripedPictures(10, 3);
        var preprocessing = PictureStatistics.Normalising(pictures, Shape);

        var values = Enumerable.Range(0, pictures.Count).Select(i => preprocessing.ToChw(pictures.Get(i))).ToArray();
        for (var c = 0; c < 3; c++)
        {
            var channel = values.SelectMany(picture => picture.Skip(c * 64).Take(64)).Select(v => (double)v).ToArray();
            var mean = channel.Average();
            Assert.That(mean, Is.EqualTo(0).Within(1e-6));
            Assert.That(Math.Sqrt(channel.Average(v => (v - mean) * (v - mean))), Is.EqualTo(1).Within(1e-6));
        }
        Assert.That(preprocessing with { Mean = default, Std = PerColour.All(1) }, Is.EqualTo(Shape), "nothing else is changed");
    }

    [Test]
    public void Every_pixel_gets_mean_0_and_every_colour_deviation_1_where_that_is_asked_for()
    {
        var pictures = new StripedPictures(10, 3);
        var preprocessing = PictureStatistics.Normalising(new PreparedPictures(pictures, Shape), MeanRule.Pixel);

        var values = Enumerable.Range(0, pictures.Count).Select(i => preprocessing.ToChw(pictures.Get(i))).ToArray();
        for (var i = 0; i < Shape.Length; i++)
            Assert.That(values.Average(picture => (double)picture[i]), Is.EqualTo(0).Within(1e-6), $"value {i}");
        for (var c = 0; c < 3; c++)
            Assert.That(
                Math.Sqrt(values.SelectMany(picture => picture.Skip(c * 64).Take(64)).Average(v => (double)v * v)), Is.EqualTo(1).Within(1e-6));
        var colour = PictureStatistics.Normalising(pictures, Shape);
        Assert.That(preprocessing.Mean, Is.EqualTo(colour.Mean), "the average of the pixels'");
        Assert.That(preprocessing with { PixelMean = null, Std = colour.Std }, Is.EqualTo(colour));
    }

    [Test]
    public void A_colour_that_never_varies_is_only_centred()
    {
        var preprocessing = PictureStatistics.Normalising(new Given(Picture.Filled(8, 8, new(51, 0, 255))), Shape);
        Assert.That(preprocessing.Mean, Is.EqualTo(new PerColour(0.2f, 0, 1)));
        Assert.That(preprocessing.Std, Is.EqualTo(PerColour.All(1)));
    }

    [Test]
    public void Of_several_bad_pictures_the_first_is_named()
    {
        var good = Picture.Filled(8, 8, Rgb.Grey);
        Assert.That(
            () => PictureStatistics.Normalising(new Given(good, null, good, null, null), Shape),
            Throws.InstanceOf<InputException>().With.Message.EqualTo("Picture 1 is bad."));
        Assert.That(() => PictureStatistics.Normalising(new Given(), Shape), Throws.InstanceOf<InputException>());
    }

    [Test]
    public void A_networks_body_has_the_names_and_the_answers_of_the_network()
    {
        using var network = Network.Create(Networks.Compact.WithClasses(4), seed: 3);
        network.Training = false;
        Assert.That(network.Body.Parameters.Select(p => p.Key), Is.EqualTo(network.Parameters.Select(p => p.Key)));
        Assert.That(network.Body.Parameters.Select(p => p.Value), Is.EqualTo(network.Parameters.Select(p => p.Value)));

        using var scope = new TensorScope();
        using var mode = Autograd.NoGrad();
        var x = Tensor.Normal([2, 3, 64, 64], new Generator(1));
        Assert.That(network.Body.Forward(x).ToArray<float>(), Is.EqualTo(network.Forward(x).ToArray<float>()));
        network.Training = true;
        Assert.That(network.Body.Training && network.Classifier.Training && network.Layer("drop6").Training);
    }

    [Test]
    public void Filter_renormalisation_finds_convolutions_inside_of_a_body()
    {
        using var network = Network.Create(Networks.Compact.WithClasses(4), seed: 3);
        Assert.That(FilterRenormaliser.FirstLayer(network.Body, radius: 1e-6).Apply(), Is.EqualTo(32));
        Assert.That(FilterRenormaliser.AllLayers(network.Body, radius: 1e-6).Apply(), Is.GreaterThanOrEqualTo(64 + 96 + 128 + 96));
        foreach (var name in new[] { "conv1", "conv2", "conv3", "conv4", "conv5" })
            Assert.That(FilterRenormaliser.RootMeanSquares((Conv2d)network.Layer(name)), Has.All.EqualTo(1e-6).Within(1e-9), name);
    }

    private sealed class Given(params Picture?[] pictures) : IPictureSource
    {
        public int Count => pictures.Length;

        public IReadOnlyList<string> Classes => [];

        public Picture Get(int index) => pictures[index] ?? throw new InputException($"Picture {index} is bad.");

        public int Label(int index) => -1;

        public string Name(int index) => $"picture {index}";
    }
}
