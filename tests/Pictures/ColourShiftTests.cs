using NUnit.Framework;
using ZfNet.Pictures;

namespace ZfNet.Tests.Pictures;

sealed class ColourShiftTests
{
    [Test]
    public void White_black_and_greys_keep_no_colour([Values(0, 40, 128, 255)] byte grey, [Values(0, 0.5, 2)] double saturation)
    {
        Rgb shifted = ColourShift.Apply(Picture.Filled(1, 1, new(grey, grey, grey)), saturation, 1, 1)[0, 0];
        Assert.That(shifted, Is.EqualTo(new Rgb(grey, grey, grey)));
        Rgb bent = ColourShift.Apply(Picture.Filled(1, 1, new(grey, grey, grey)), saturation, 1, 1.5)[0, 0];
        byte expected = (byte)Math.Round(255 * Math.Pow(grey / 255.0, 1.5));
        Assert.That(bent, Is.EqualTo(new Rgb(expected, expected, expected)));
    }

    [Test]
    public void Nothing_changes_at_one_nought_and_one()
    {
        Picture picture = PictureFixtures.Noise(9, 7, 4);
        byte[] shifted = ColourShift.Apply(picture, 1, 0, 1).Pixels.ToArray();
        for (int i = 0; i < shifted.Length; i++)
            Assert.That(shifted[i], Is.EqualTo(picture.Pixels[i]).Within(1), "the two matrices are inverse to three digits");
    }

    [Test]
    public void Without_saturation_the_luma_is_left()
    {
        Rgb shifted = ColourShift.Apply(Picture.Filled(1, 1, new(200, 100, 50)), 0, 0, 1)[0, 0];
        byte luma = (byte)Math.Round(0.299 * 200 + 0.587 * 100 + 0.114 * 50);
        Assert.That(shifted, Is.EqualTo(new Rgb(luma, luma, luma)));
    }

    [Test]
    public void A_third_of_a_turn_takes_red_near_green_or_blue_and_a_whole_turn_back()
    {
        Picture red = Picture.Filled(1, 1, new(180, 60, 60));
        Rgb third = ColourShift.Apply(red, 1, 2 * Math.PI / 3, 1)[0, 0];
        Assert.That(Math.Max(third.G, third.B), Is.GreaterThan(third.R + 20));
        Rgb whole = ColourShift.Apply(red, 1, 2 * Math.PI, 1)[0, 0];
        Assert.That((double)whole.R, Is.EqualTo(180).Within(1));
        Assert.That((double)whole.G, Is.EqualTo(60).Within(1));
    }
}
