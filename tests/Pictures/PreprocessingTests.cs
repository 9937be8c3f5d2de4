using NUnit.Framework;
using ZfNet.Pictures;

namespace ZfNet.Tests.Pictures;

sealed class PreprocessingTests
{
    static readonly Preprocessing s_caffe = new()
    {
        Height = 2, Width = 2, ValueRange = 255, Order = ChannelOrder.Bgr, Mean = new PerColour(123.68f, 116.779f, 103.939f),
    };

    static readonly Preprocessing s_torch = new()
    {
        Height = 3, Width = 5, Resize = ResizeRule.SmallestSideCentreCrop, SmallestSide = 8,
        Mean = new PerColour(0.485f, 0.456f, 0.406f), Std = new PerColour(0.229f, 0.224f, 0.225f),
    };

    [Test]
    public void Caffe_order_and_means_by_hand()
    {
        float[] chw = s_caffe.ToChw(Picture.Filled(2, 2, new Rgb(200, 100, 50)));
        Assert.That(chw[0], Is.EqualTo(50 - 103.939f).Within(1e-4), "blue first");
        Assert.That(chw[4], Is.EqualTo(100 - 116.779f).Within(1e-4));
        Assert.That(chw[8], Is.EqualTo(200 - 123.68f).Within(1e-4));
    }

    [Test]
    public void Torch_means_and_deviations_by_hand()
    {
        float[] values = s_torch.ValuesOf(new Rgb(255, 0, 51));
        Assert.That(values[0], Is.EqualTo((1 - 0.485f) / 0.229f).Within(1e-5));
        Assert.That(values[1], Is.EqualTo(-0.456f / 0.224f).Within(1e-5));
        Assert.That(values[2], Is.EqualTo((0.2f - 0.406f) / 0.225f).Within(1e-5));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Pixels_come_back_exactly(bool caffe)
    {
        Preprocessing p = caffe ? s_caffe with { Height = 9, Width = 7 } : s_torch with { Height = 9, Width = 7, SmallestSide = 0, Resize = ResizeRule.Stretch };
        Picture picture = PictureFixtures.Noise(9, 7, 21);
        Assert.That(p.ToPicture(p.ToChw(picture)).Pixels.ToArray(), Is.EqualTo(picture.Pixels.ToArray()));
    }

    [TestCase(ChannelOrder.Rgb)]
    [TestCase(ChannelOrder.Bgr)]
    public void A_mean_for_every_pixel_is_subtracted_there_comes_back_exactly_and_travels_as_json(ChannelOrder order)
    {
        float[] means = [.. Enumerable.Range(0, 3 * 9 * 7).Select(i => 0.25f + i / 512f)];
        Preprocessing p = s_torch with
        {
            Height = 9, Width = 7, SmallestSide = 0, Resize = ResizeRule.Stretch, PixelMean = new(means), Order = order,
        };
        Picture picture = PictureFixtures.Noise(9, 7, 21);
        float[] chw = p.ToChw(picture);
        int red = order == ChannelOrder.Rgb ? 0 : 2;
        Assert.That(chw[red * 63 + 5 * 7 + 2], Is.EqualTo((picture[5, 2].R / 255f - means[5 * 7 + 2]) / 0.229f).Within(1e-6));
        Assert.That(chw[(2 - red) * 63 + 8], Is.EqualTo((picture[1, 1].B / 255f - means[126 + 8]) / 0.225f).Within(1e-6));
        Assert.That(p.ToPicture(chw).Pixels.ToArray(), Is.EqualTo(picture.Pixels.ToArray()));
        Assert.That(p.ValuesOf(Rgb.Grey), Is.EqualTo((p with { PixelMean = null }).ValuesOf(Rgb.Grey)));

        Preprocessing back = Preprocessing.FromJson(p.ToJson());
        Assert.That(back, Is.EqualTo(p));
        Assert.That(back.GetHashCode(), Is.EqualTo(p.GetHashCode()));
        Assert.That(back, Is.Not.EqualTo(p with { PixelMean = null }).And.Not.EqualTo(p with { PixelMean = new(new float[189]) }));
        Assert.That((p with { PixelMean = null }).ToJson(), Does.Not.Contain("pixelMean"), "weights of old are written as they were");
        Assert.That(() => (p with { Width = 6 }).Validate(), Throws.ArgumentException.With.Message.Contains("189 values"));
        Assert.That(() => new PixelMean([1, float.NaN]), Throws.ArgumentException);
    }

    [Test]
    public void Smallest_side_then_centre()
    {
        Picture source = PictureFixtures.Noise(40, 20, 2);
        Picture prepared = s_torch.Prepare(source);
        Assert.That(prepared.Pixels.ToArray(), Is.EqualTo(source.Resize(16, 8).CentreCrop(3, 5).Pixels.ToArray()));
        Assert.That(() => s_torch.ToChw(source, new float[45]), Throws.ArgumentException.With.Message.Contains("prepare it first"));
    }

    [Test]
    public void Json_round_trips_and_says_what_is_wrong()
    {
        Assert.That(Preprocessing.FromJson(s_caffe.ToJson()), Is.EqualTo(s_caffe));
        Assert.That(Preprocessing.FromJson(s_torch.ToJson()), Is.EqualTo(s_torch));
        Assert.That(s_caffe.ToJson(), Does.Contain("\"order\":\"bgr\""));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("[1]")]
    [TestCase("{}")]
    [TestCase("{\"height\":2}")]
    [TestCase("{\"height\":0,\"width\":2}")]
    [TestCase("{\"height\":2,\"width\":2000000}")]
    [TestCase("{\"height\":2,\"width\":2,\"order\":\"rbg\"}")]
    [TestCase("{\"height\":2,\"width\":2,\"order\":1}")]
    [TestCase("{\"height\":2,\"width\":2,\"std\":{\"r\":0,\"g\":1,\"b\":1}}")]
    [TestCase("{\"height\":2,\"width\":2,\"mean\":{\"r\":1e99,\"g\":1,\"b\":1}}")]
    [TestCase("{\"height\":2,\"width\":2,\"valueRange\":-1}")]
    [TestCase("{\"height\":2,\"width\":2,\"colour\":1}")]
    [TestCase("{\"height\":2,\"width\":2,\"pixelMean\":1}")]
    [TestCase("{\"height\":2,\"width\":2,\"pixelMean\":\"A?\"}")]
    [TestCase("{\"height\":2,\"width\":2,\"pixelMean\":\"AAAA\"}")]
    [TestCase("{\"height\":2,\"width\":2,\"pixelMean\":\"AAAAAA==\"}")]
    [TestCase("{\"height\":1,\"width\":1,\"pixelMean\":\"AADAfwAAAAAAAAAA\"}")]
    [TestCase("{\"height\":9,\"width\":9,\"resize\":\"smallestSideCentreCrop\",\"smallestSide\":4}")]
    public void Bad_json_is_an_input_error(string json)
    {
        InputException e = Assert.Throws<InputException>(() => Preprocessing.FromJson(json))!;
        Assert.That(e.Message, Does.StartWith("The preprocessing"));
    }
}
