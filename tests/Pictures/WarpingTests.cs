using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Tests.Pictures;

[TestFixture]
public sealed class WarpingTests
{
    private static readonly Rgb Fill = new(10, 20, 30);

    [Test]
    public void Nothing_asked_for_changes_nothing()
    {
        var picture = Noise(7, 9);
        Assert.That(Warping.Apply(picture, 1, 0, 0, 0, Fill).Pixels.SequenceEqual(picture.Pixels));
    }

    [Test]
    public void A_quarter_turn_of_a_square_moves_every_pixel_clockwise()
    {
        var picture = Noise(8, 8);
        var turned = Warping.Apply(picture, 1, Math.PI / 2, 0, 0, Fill);
        for (var y = 0; y < 8; y++)
            for (var x = 0; x < 8; x++)
                Assert.That(turned[x, 7 - y], Is.EqualTo(picture[y, x]));
    }

    [Test]
    public void A_shift_moves_down_and_right_and_uncovers_the_fill()
    {
        var picture = Noise(6, 5);
        var moved = Warping.Apply(picture, 1, 0, 2, 1, Fill);
        for (var y = 0; y < 6; y++)
            for (var x = 0; x < 5; x++)
                Assert.That(moved[y, x], Is.EqualTo(y >= 2 && x >= 1 ? picture[y - 2, x - 1] : Fill));
    }

    [Test]
    public void Shrinking_by_half_uncovers_the_fill_around_and_enlarging_shows_the_middle()
    {
        var picture = Picture.Filled(16, 16, new(200, 100, 0));
        var small = Warping.Apply(picture, 0.5, 0, 0, 0, Fill);
        Assert.That(small[0, 0], Is.EqualTo(Fill));
        Assert.That(small[8, 8], Is.EqualTo(new Rgb(200, 100, 0)));
        Assert.That(Enumerable.Range(0, 256).Count(i => small[i / 16, i % 16] == new Rgb(200, 100, 0)), Is.EqualTo(64));
        Assert.That(Warping.Apply(picture, 2, 0.7, 0, 0, Fill)[1, 8], Is.EqualTo(new Rgb(200, 100, 0)));
    }

    [Test]
    public void Augmentation_draws_zoom_and_rotation_from_seed_epoch_and_index()
    {
        var picture = Noise(12, 12);
        var turning = new Augmentation { Zoom = 0.3, Rotation = 20, Padding = 2, Flip = true };
        var first = turning.Apply(picture, 1, 0, 0).Pixels.ToArray();
        Assert.That(turning.Apply(picture, 1, 0, 0).Pixels.ToArray(), Is.EqualTo(first));
        Assert.That(turning.Apply(picture, 2, 0, 0).Pixels.ToArray(), Is.Not.EqualTo(first));
        Assert.That(turning.Apply(picture, 1, 1, 0).Pixels.ToArray(), Is.Not.EqualTo(first));
        Assert.That(turning.Apply(picture, 1, 0, 1).Pixels.ToArray(), Is.Not.EqualTo(first));
    }

    [Test]
    public void Numbers_out_of_range_are_named()
    {
        Assert.That(() => new Augmentation { Zoom = -1 }.Apply(Noise(4, 4), 1, 0, 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contain("Zoom"));
        Assert.That(() => new Augmentation { Rotation = double.NaN }.Apply(Noise(4, 4), 1, 0, 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contain("Rotation"));
    }

    private static Picture Noise(int height, int width)
    {
        var rgb = new byte[height * width * 3];
        new Random(5).NextBytes(rgb);
        return new Picture(height, width, (ReadOnlySpan<byte>)rgb);
    }
}
