using NUnit.Framework;
using ZfNet.Pictures;

namespace ZfNet.Tests.Pictures;

sealed class SignedPixelsTests
{
    [Test]
    public void Zero_is_mid_grey_and_one_scale_serves_all_channels()
    {
        // Planes: red (2, 0), green (-4, 1), blue (0, 0): scale 4.
        Picture picture = SignedPixels.FromChw([2, 0, -4, 1, 0, 0], 1, 2)!;
        Assert.That(picture[0, 0], Is.EqualTo(new Rgb(192, 1, 128)), "128 + 63.5 rounds away from zero");
        Assert.That(picture[0, 1], Is.EqualTo(new Rgb(128, 160, 128)));
        Picture bgr = SignedPixels.FromChw([2, 0, -4, 1, 0, 0], 1, 2, ChannelOrder.Bgr)!;
        Assert.That(bgr[0, 0], Is.EqualTo(new Rgb(128, 1, 192)));
    }

    [Test]
    public void Sign_is_symmetric_and_scale_free()
    {
        var random = new Random(3);
        float[] v = [.. Enumerable.Range(0, 75).Select(_ => (float)(random.NextDouble() - 0.5))];
        Picture plus = SignedPixels.FromChw(v, 5, 5)!, minus = SignedPixels.FromChw([.. v.Select(x => -x)], 5, 5)!;
        Picture large = SignedPixels.FromChw([.. v.Select(x => x * 1024)], 5, 5)!;
        Assert.That(large.Pixels.ToArray(), Is.EqualTo(plus.Pixels.ToArray()));
        for (int i = 0; i < v.Length; i++) Assert.That(plus.Pixels[i] + minus.Pixels[i], Is.EqualTo(256));
    }

    [Test]
    public void All_zero_is_reported_and_not_finite_is_refused()
    {
        Assert.That(SignedPixels.FromChw(new float[12], 2, 2), Is.Null);
        Assert.That(SignedPixels.FromPlane(new float[4], 2, 2), Is.Null);
        Assert.That(SignedPixels.Scale(new float[4]), Is.Zero);
        Assert.That(() => SignedPixels.FromChw([1, float.NaN, 0], 1, 1), Throws.ArgumentException.With.Message.Contains("NaN"));
        Assert.That(() => SignedPixels.FromPlane([float.NegativeInfinity], 1, 1), Throws.ArgumentException);
        Assert.That(() => SignedPixels.FromChw([1, 2], 1, 1), Throws.ArgumentException);
        Assert.That(SignedPixels.FromChw([1e-38f, 0, -1e-38f], 1, 1)![0, 0], Is.EqualTo(new Rgb(255, 128, 1)));
    }

    [Test]
    public void A_percentile_clips_the_strongest()
    {
        float[] v = [.. Enumerable.Range(1, 99).Select(i => (float)-i), 1000];
        Assert.That(SignedPixels.Scale(v), Is.EqualTo(1000));
        Assert.That(SignedPixels.Scale(v, 99), Is.EqualTo(99));
        Assert.That(SignedPixels.Scale(v, 50), Is.EqualTo(50));
        Assert.That(SignedPixels.Scale([0, 0, 0, 7], 50), Is.EqualTo(7), "a sparse picture keeps its maximum");
        Assert.That(() => SignedPixels.Scale(v, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => SignedPixels.Scale(v, double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void The_diverging_scale_is_white_at_zero_blue_below_red_above()
    {
        Picture picture = SignedPixels.FromPlane([-1, 0, 1], 1, 3)!;
        Assert.That(picture[0, 0].B, Is.GreaterThan(picture[0, 0].R + 100));
        Assert.That(Math.Min(picture[0, 1].R, Math.Min(picture[0, 1].G, picture[0, 1].B)), Is.GreaterThanOrEqualTo(253));
        Assert.That(picture[0, 2].R, Is.GreaterThan(picture[0, 2].B + 100));
    }

    [Test]
    public void Lightness_is_monotone_along_both_scales()
    {
        for (int i = 1; i <= 255; i++)
            Assert.That(Luminance(ColourMap.Sequential, i), Is.GreaterThan(Luminance(ColourMap.Sequential, i - 1)), $"at {i}");
        for (int i = 128; i < 255; i++)
        {
            Assert.That(Luminance(ColourMap.Diverging, i + 1), Is.LessThanOrEqualTo(Luminance(ColourMap.Diverging, i)), $"red at {i}");
            Assert.That(Luminance(ColourMap.Diverging, 254 - i), Is.LessThanOrEqualTo(Luminance(ColourMap.Diverging, 255 - i)), $"blue at {i}");
        }
        Assert.That(ColourMap.Sequential.At(double.NaN), Is.EqualTo(Rgb.Grey));
        Assert.That(ColourMap.Sequential.At(-5), Is.EqualTo(ColourMap.Sequential.At(0)));
    }

    static double Luminance(ColourMap map, int i)
    {
        Rgb c = map.At(i / 255.0);
        return 0.2126 * Linear(c.R) + 0.7152 * Linear(c.G) + 0.0722 * Linear(c.B);
    }

    static double Linear(byte v) => v <= 10 ? v / 255.0 / 12.92 : Math.Pow((v / 255.0 + 0.055) / 1.055, 2.4);
}
