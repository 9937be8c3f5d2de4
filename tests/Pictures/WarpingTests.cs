using NUnit.Framework;
using ZfNet.Pictures;

namespace ZfNet.Tests.Pictures;

[TestFixture]
public sealed class WarpingTests
{
    private static readonly Rgb Fill = new(10, 20, 30);

    [Test]
    public void Nothing_asked_for_changes_nothing()
    {
        var picture = PictureFixtures.Noise(7, 9, 5);
        Assert.That(Warping.Apply(picture, 1, 0, 0, 0, Fill).Pixels.SequenceEqual(picture.Pixels));
    }

    [Test]
    public void A_quarter_turn_of_a_square_moves_every_pixel_clockwise()
    {
        var picture = PictureFixtures.Noise(8, 8, 5);
        var turned = Warping.Apply(picture, 1, Math.PI / 2, 0, 0, Fill);
        for (var y = 0; y < 8; y++)
            for (var x = 0; x < 8; x++)
                Assert.That(turned[x, 7 - y], Is.EqualTo(picture[y, x]));
    }

    [Test]
    public void A_shift_moves_down_and_right_and_uncovers_the_fill()
    {
        var picture = PictureFixtures.Noise(6, 5, 5);
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
}
