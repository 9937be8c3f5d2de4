using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Tests.Pictures;

sealed class PictureGeometryTests
{
    [Test]
    public void Halving_by_area_is_the_mean_of_pairs() =>
        Assert.That(Reds(Row(10, 20, 30, 50).Resize(1, 2, ResizeFilter.Area)), Is.EqualTo(new byte[] { 15, 40 }));

    [Test]
    public void Area_weighs_fractional_borders()
    {
        // Three pixels to two: each new pixel covers 1.5 old ones. (30 + 0.5 * 60) / 1.5 = 40; (0.5 * 60 + 90) / 1.5 = 80.
        Assert.That(Reds(Row(30, 60, 90).Resize(1, 2, ResizeFilter.Area)), Is.EqualTo(new byte[] { 40, 80 }));
    }

    [Test]
    public void Halving_bilinearly_is_a_triangle_of_half_width_two()
    {
        // New centre 1: old centres .5, 1.5, 2.5 with weights .75, .75, .25, the fourth outside the reach.
        // (.75 * 0 + .75 * 100 + .25 * 200) / 1.75 = 71.4. New centre 3: 1.5, 2.5, 3.5 with .25, .75, .75:
        // (.25 * 100 + .75 * 200 + .75 * 240) / 1.75 = 202.9.
        Assert.That(Reds(Row(0, 100, 200, 240).Resize(1, 2)), Is.EqualTo(new byte[] { 71, 203 }));
    }

    [Test]
    public void Doubling_bilinearly_interpolates_between_centres()
    {
        // Centres at .25, .75, 1.25, 1.75 of two pixels at .5 and 1.5.
        Assert.That(Reds(Row(0, 200).Resize(1, 4)), Is.EqualTo(new byte[] { 0, 50, 150, 200 }));
    }

    [TestCase(ResizeFilter.Bilinear)]
    [TestCase(ResizeFilter.Area)]
    public void Rows_and_columns_are_treated_alike_and_a_flat_picture_stays_flat(ResizeFilter filter)
    {
        Picture noise = PictureFixtures.Noise(13, 7, 8);
        Picture a = Transpose(noise.Resize(5, 11, filter)), b = Transpose(noise).Resize(11, 5, filter);
        for (int i = 0; i < a.Pixels.Length; i++)
            Assert.That((int)a.Pixels[i], Is.EqualTo(b.Pixels[i]).Within(1), "rounding order only");
        Picture flat = Picture.Filled(31, 17, new Rgb(3, 200, 255)).Resize(9, 40, filter);
        Assert.That(flat.Pixels.ToArray(), Is.EqualTo(Picture.Filled(9, 40, new Rgb(3, 200, 255)).Pixels.ToArray()));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(64)]
    [TestCase(443)]
    public void Weights_sum_to_one_for_every_size(int from)
    {
        foreach (ResizeFilter filter in Enum.GetValues<ResizeFilter>())
            for (int to = 1; to < 70; to += 3)
                foreach (Resampling.Tap tap in Resampling.Taps(from, to, filter))
                {
                    Assert.That(tap.First, Is.GreaterThanOrEqualTo(0));
                    Assert.That(tap.First + tap.Weights.Length, Is.LessThanOrEqualTo(from));
                    Assert.That(tap.Weights.Sum(w => (double)w), Is.EqualTo(1).Within(1e-6));
                }
    }

    [TestCase(300, 200, 100, 150, 100)]
    [TestCase(200, 301, 100, 100, 150)]
    [TestCase(500, 1, 3, 1500, 3)]
    public void The_smallest_side_sets_the_size(int h, int w, int side, int newH, int newW)
    {
        Picture picture = Picture.Filled(h, w, Rgb.Grey).ResizeSmallestSide(side);
        Assert.That((picture.Height, picture.Width), Is.EqualTo((newH, newW)));
    }

    [Test]
    public void Crops_are_clipped_or_padded()
    {
        Picture picture = PictureFixtures.Noise(5, 6, 9);
        Picture clipped = picture.Crop(new PixelBox(-2, 4, 4, 9));
        Assert.That((clipped.Height, clipped.Width), Is.EqualTo((2, 2)));
        Assert.That(clipped[1, 1], Is.EqualTo(picture[1, 5]));
        Picture padded = picture.CropPadded(new PixelBox(-2, 4, 4, 9), Rgb.Grey);
        Assert.That((padded.Height, padded.Width), Is.EqualTo((4, 9)));
        Assert.That((padded[1, 0], padded[2, 0], padded[3, 1], padded[3, 2]),
            Is.EqualTo((Rgb.Grey, picture[0, 4], picture[1, 5], Rgb.Grey)));
        Assert.That(picture.CropPadded(new PixelBox(50, 50, 2, 2), Rgb.Black)[1, 1], Is.EqualTo(Rgb.Black));
        Assert.That(() => picture.Crop(new PixelBox(5, 0, 3, 3)), Throws.ArgumentException);
    }

    [Test]
    public void A_box_is_covered_as_far_as_it_lies_inside()
    {
        Picture picture = PictureFixtures.Noise(5, 6, 9);
        Picture covered = picture.Cover(new PixelBox(-2, 4, 4, 9), Rgb.Grey);
        for (int y = 0; y < 5; y++)
            for (int x = 0; x < 6; x++) Assert.That(covered[y, x], Is.EqualTo(y < 2 && x >= 4 ? Rgb.Grey : picture[y, x]));
        Assert.That(picture.Cover(new PixelBox(5, 0, 3, 3), Rgb.Grey), Is.SameAs(picture));
    }

    [Test]
    public void Centre_crop_flip_and_enlarge_by_hand()
    {
        Picture picture = PictureFixtures.Noise(5, 4, 10);
        Picture centre = picture.CentreCrop(2, 2);
        Assert.That((centre[0, 0], centre[1, 1]), Is.EqualTo((picture[1, 1], picture[2, 2])));
        Assert.That(() => picture.CentreCrop(6, 2), Throws.ArgumentException);
        Assert.That(picture.FlipHorizontal()[3, 0], Is.EqualTo(picture[3, 3]));
        Assert.That(picture.FlipHorizontal().FlipHorizontal().Pixels.ToArray(), Is.EqualTo(picture.Pixels.ToArray()));
        Picture large = picture.Enlarge(3);
        for (int y = 0; y < 15; y++)
            for (int x = 0; x < 12; x++) Assert.That(large[y, x], Is.EqualTo(picture[y / 3, x / 3]));
    }

    [Test]
    public void A_picture_is_immutable_and_checks_its_size()
    {
        byte[] bytes = [1, 2, 3];
        var picture = new Picture(1, 1, (ReadOnlySpan<byte>)bytes);
        bytes[0] = 99;
        Assert.That(picture[0, 0].R, Is.EqualTo(1));
        Assert.That(() => new Picture(2, 2, (ReadOnlySpan<byte>)bytes), Throws.ArgumentException.With.Message.Contains("12 bytes, not 3"));
        Assert.That(() => picture[1, 0], Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_saved_picture_replaces_the_old_one_whole_or_not_at_all()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("p.png", [1, 2, 3]);
        PictureFixtures.Noise(8, 8, 1).SavePng(path);
        Assert.That(Picture.Load(path).Pixels.ToArray(), Is.EqualTo(PictureFixtures.Noise(8, 8, 1).Pixels.ToArray()));

        Directory.CreateDirectory(folder.File("taken"));
        FileWriteException e = Assert.Throws<FileWriteException>(() => PictureFixtures.Noise(8, 8, 1).SavePng(folder.File("taken")))!;
        Assert.That(e.Message, Does.Contain("taken").And.Contain("is a folder"));
        e = Assert.Throws<FileWriteException>(() => PictureFixtures.Noise(8, 8, 1).SavePng(folder.File("none/p.png")))!;
        Assert.That(e.Message, Does.Contain("does not exist"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName), Is.EquivalentTo(new[] { "p.png", "taken" }),
            "no temporary is left behind");
    }

    static Picture Row(params byte[] reds) =>
        new(1, reds.Length, (ReadOnlySpan<byte>)reds.SelectMany(r => new byte[] { r, 0, 255 }).ToArray());

    static byte[] Reds(Picture picture) => [.. Enumerable.Range(0, picture.Width).Select(x => picture[0, x].R)];

    static Picture Transpose(Picture p)
    {
        var bytes = new byte[p.Pixels.Length];
        for (int y = 0; y < p.Height; y++)
            for (int x = 0; x < p.Width; x++)
                (bytes[(x * p.Height + y) * 3], bytes[(x * p.Height + y) * 3 + 1], bytes[(x * p.Height + y) * 3 + 2]) =
                    (p[y, x].R, p[y, x].G, p[y, x].B);
        return new(p.Width, p.Height, (ReadOnlySpan<byte>)bytes);
    }

    // What Resampling's vectors must give to the last bit: columns, then rows, each a plain sum in float32.
    [TestCase(375, 500, 256, 341, ResizeFilter.Bilinear)]
    [TestCase(31, 17, 64, 33, ResizeFilter.Bilinear)]
    [TestCase(17, 31, 7, 11, ResizeFilter.Area)]
    [TestCase(5, 3, 1, 1, ResizeFilter.Area)]
    [TestCase(1, 1, 9, 23, ResizeFilter.Bilinear)]
    public void Resizing_is_the_plain_sums_to_the_bit_and_a_part_is_cut_out_of_the_whole(int h, int w, int height, int width, ResizeFilter filter)
    {
        Picture source = PictureFixtures.Noise(h, w, 7);
        Resampling.Tap[] columns = Resampling.Taps(w, width, filter), rows = Resampling.Taps(h, height, filter);
        var expected = new byte[height * width * 3];
        for (int i = 0; i < expected.Length; i++)
        {
            (int y, int x, int c) = (i / 3 / width, i / 3 % width, i % 3);
            float sum = 0;
            for (int k = 0; k < rows[y].Weights.Length; k++)
            {
                float across = 0;
                for (int j = 0; j < columns[x].Weights.Length; j++)
                    across += columns[x].Weights[j] * source.Pixels[((rows[y].First + k) * w + columns[x].First + j) * 3 + c];
                sum += rows[y].Weights[k] * across;
            }
            expected[i] = (byte)Math.Clamp(sum + 0.5f, 0f, 255f);
        }
        Picture whole = source.Resize(height, width, filter);
        Assert.That(whole.Pixels.SequenceEqual(expected));
        foreach (PixelBox part in new PixelBox[]
        {
            new(0, 0, height, width), new(height / 2, width / 3, height - height / 2, width - width / 3), new(0, width - 1, 1, 1),
        })
            Assert.That(source.ResizePart(height, width, filter, part).Pixels.SequenceEqual(whole.Crop(part).Pixels), $"{part}");
    }
}
