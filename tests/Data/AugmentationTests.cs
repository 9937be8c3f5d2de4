using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Pictures;
using ZfNet.Tests.Pictures;

namespace ZfNet.Tests.Data;

sealed class AugmentationTests
{
    private static readonly Augmentation[] s_kinds =
    [
        new() { Zoom = 0.3, Rotation = 20, Padding = 2, Flip = true },
        new() { Saturation = 0.5, Hue = 20, Gamma = 0.3 },
        new() { Cutout = 9 },
    ];

    [Test]
    public void Every_draw_is_of_seed_epoch_and_index([ValueSource(nameof(s_kinds))] Augmentation kind)
    {
        Picture picture = PictureFixtures.Noise(12, 12, 5);
        byte[] Pixels(ulong seed, int epoch, int index) => kind.Apply(picture, seed, epoch, index).Pixels.ToArray();
        byte[] first = Pixels(1, 0, 0);
        Assert.That(Pixels(1, 0, 0), Is.EqualTo(first));
        foreach (byte[] other in new[] { Pixels(2, 0, 0), Pixels(1, 1, 0), Pixels(1, 0, 1) })
            Assert.That(other, Is.Not.EqualTo(first));
    }

    private static readonly (Augmentation Wrong, string Name)[] s_wrong =
    [
        (new() { Padding = -1 }, "Padding"), (new() { Zoom = -1 }, "Zoom"), (new() { Rotation = double.NaN }, "Rotation"),
        (new() { Saturation = 1.5 }, "Saturation"), (new() { Hue = 181 }, "Hue"), (new() { Gamma = double.NaN }, "Gamma"),
        (new() { Cutout = -1 }, "Cutout"),
    ];

    [Test]
    public void Numbers_out_of_range_are_named([ValueSource(nameof(s_wrong))] (Augmentation Wrong, string Name) number) => Assert.That(
        () => number.Wrong.Apply(PictureFixtures.Noise(4, 4, 6), 1, 0, 0),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contain(number.Name));
}
