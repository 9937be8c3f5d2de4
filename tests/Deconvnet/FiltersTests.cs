using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Tests.Seeing;

public sealed class FiltersTests
{
    [Test]
    public void Colour_filters_are_signed_with_zero_at_grey()
    {
        using var network = Net(3, [1, 0, -1, 0, 0, 0, 0.5f, 0, 0.25f]);
        var filters = Filters.FirstLayer(network);
        Assert.That((filters.Layer, filters.Count, filters.Channels, filters.Height, filters.Width), Is.EqualTo(("conv1", 3, 3, 1, 1)));
        var each = filters.Tiles();
        var shared = filters.Tiles(scale: FilterScale.Shared);
        Assert.Multiple(() =>
        {
            Assert.That(each[0]![0, 0], Is.EqualTo(new Rgb(255, 128, 1)));
            Assert.That(each[1], Is.Null, "all zero: said, not drawn");
            Assert.That(each[2]![0, 0], Is.EqualTo(new Rgb(255, 128, 192)));
            Assert.That(shared[2]![0, 0], Is.EqualTo(new Rgb(192, 128, 160)));
            Assert.That(filters.Tiles(ChannelOrder.Bgr)[0]![0, 0], Is.EqualTo(new Rgb(1, 128, 255)));
            Assert.That(filters.Rms(0), Is.EqualTo(Math.Sqrt(2.0 / 3)).Within(1e-12));
            Assert.That(filters.Sheet(enlarge: 4, columns: 3).Width, Is.EqualTo(3 * 4 + 2 * 3 + 2 * 3));
        });
    }

    [Test]
    public void Other_filters_are_grey_the_mean_over_their_channels()
    {
        using var network = Net(2, [1, 0.5f, -0.75f, -0.75f]);
        var tiles = Filters.FirstLayer(network).Tiles(scale: FilterScale.Shared);
        Assert.That(tiles.Select(tile => tile![0, 0]), Is.EqualTo(new[] { new Rgb(255, 255, 255), new Rgb(1, 1, 1) }));
    }

    [Test]
    public void A_network_without_convolutions_has_none()
    {
        using var network = new Sequential(KeyValuePair.Create<string, Layer>("flatten", new Flatten()));
        Assert.That(() => Filters.FirstLayer(network), Throws.InstanceOf<InputException>());
    }

    private static Sequential Net(int channels, float[] weights)
    {
        var conv = new Conv2d(channels, weights.Length / channels, 1, device: Backends.Reference);
        conv.Weight.CopyFrom<float>(weights);
        return new Sequential(KeyValuePair.Create<string, Layer>("relu0", new ReLU()), KeyValuePair.Create<string, Layer>("conv1", conv));
    }
}
