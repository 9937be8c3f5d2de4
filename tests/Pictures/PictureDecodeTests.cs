using NUnit.Framework;
using SkiaSharp;
using ZfNet.Pictures;

namespace ZfNet.Tests.Pictures;

sealed class PictureDecodeTests
{
    [Test]
    public void A_png_written_by_hand_decodes_to_its_bytes_with_alpha_over_white()
    {
        byte[] rgba = [255, 0, 0, 255, 10, 20, 30, 255, 0, 0, 0, 0, 0, 100, 200, 128, 1, 2, 3, 255, 9, 9, 9, 51];
        Picture picture = Picture.Decode(PictureFixtures.Png(2, 3, rgba), "hand.png");
        Assert.That((picture.Height, picture.Width), Is.EqualTo((2, 3)));
        // (100 * 128 + 255 * 127) / 255 = 177.2; 9 at 51/255 = 0.2 over white: 205.8.
        Assert.That(picture.Pixels.ToArray(), Is.EqualTo(new byte[]
        {
            255, 0, 0, 10, 20, 30, 255, 255, 255, 127, 177, 227, 1, 2, 3, 206, 206, 206,
        }));
    }

    [Test]
    public void Alpha_is_composed_over_the_stated_background()
    {
        byte[] png = PictureFixtures.Png(1, 2, [0, 0, 0, 0, 255, 255, 255, 128]);
        Picture picture = Picture.Decode(png, "a", new DecodeOptions { Background = new Rgb(10, 0, 200) });
        Assert.That(picture[0, 0], Is.EqualTo(new Rgb(10, 0, 200)));
        Assert.That(picture[0, 1], Is.EqualTo(new Rgb(133, 128, 228)));
    }

    [Test]
    public void Png_round_trips_bit_for_bit_and_the_same_picture_gives_the_same_file()
    {
        Picture picture = PictureFixtures.Noise(33, 31, 1);
        Assert.That(Picture.Decode(picture.ToPng(), "x").Pixels.ToArray(), Is.EqualTo(picture.Pixels.ToArray()));
        byte[] first = picture.ToPng(), second = picture.ToPng();
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void Lossless_webp_decodes_exactly_and_jpeg_nearly()
    {
        var flat = Picture.Filled(16, 24, new Rgb(200, 40, 90));
        Assert.That(Picture.Decode(PictureFixtures.Encode(flat, SKEncodedImageFormat.Webp), "w")[7, 9].R, Is.EqualTo(200).Within(2));
        Rgb colour = Picture.Decode(PictureFixtures.Encode(flat, SKEncodedImageFormat.Jpeg), "j")[8, 8];
        Assert.That((int)colour.R, Is.EqualTo(200).Within(2));
        Assert.That((int)colour.G, Is.EqualTo(40).Within(2));
        Assert.That((int)colour.B, Is.EqualTo(90).Within(2));
    }

    // A 16 x 32 picture with one red corner block at the top left, seen through each EXIF orientation.
    [TestCase(1, 16, 32, "top left")]
    [TestCase(2, 16, 32, "top right")]
    [TestCase(3, 16, 32, "bottom right")]
    [TestCase(4, 16, 32, "bottom left")]
    [TestCase(5, 32, 16, "top left")]
    [TestCase(6, 32, 16, "top right")]
    [TestCase(7, 32, 16, "bottom right")]
    [TestCase(8, 32, 16, "bottom left")]
    public void Exif_orientation_is_applied(byte orientation, int height, int width, string corner)
    {
        var bytes = new byte[16 * 32 * 3];
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 8; x++) bytes[(y * 32 + x) * 3] = 255;
        byte[] jpeg = PictureFixtures.Encode(new Picture(16, 32, (ReadOnlySpan<byte>)bytes), SKEncodedImageFormat.Jpeg);
        Picture picture = Picture.Decode(PictureFixtures.WithOrientation(jpeg, orientation), "exif.jpg");
        Assert.That((picture.Height, picture.Width), Is.EqualTo((height, width)));
        var red = new[] { (3, 3, "top left"), (3, width - 4, "top right"), (height - 4, 3, "bottom left"), (height - 4, width - 4, "bottom right") }
            .Where(c => picture[c.Item1, c.Item2].R > 128).Select(c => c.Item3);
        Assert.That(red, Is.EqualTo(new[] { corner }));
    }

    [Test]
    public void Mirrored_quarter_turns_are_told_apart()
    {
        // Two blocks: red at the top left, green to its right. Orientation 5 (transpose) puts green below red,
        // 6 (a quarter turn clockwise) puts it below red at the right edge.
        var bytes = new byte[16 * 32 * 3];
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 16; x++) bytes[(y * 32 + x) * 3 + (x < 8 ? 0 : 1)] = 255;
        byte[] jpeg = PictureFixtures.Encode(new Picture(16, 32, (ReadOnlySpan<byte>)bytes), SKEncodedImageFormat.Jpeg);
        Assert.That(Picture.Decode(PictureFixtures.WithOrientation(jpeg, 5), "5")[11, 3].G, Is.GreaterThan(128));
        Assert.That(Picture.Decode(PictureFixtures.WithOrientation(jpeg, 6), "6")[11, 12].G, Is.GreaterThan(128));
        Assert.That(Picture.Decode(PictureFixtures.WithOrientation(jpeg, 7), "7")[20, 12].G, Is.GreaterThan(128));
        Assert.That(Picture.Decode(PictureFixtures.WithOrientation(jpeg, 8), "8")[20, 3].G, Is.GreaterThan(128));
    }

    [Test]
    public void A_missing_file_a_folder_and_an_empty_file_each_have_a_sentence()
    {
        using var folder = new TemporaryFolder();
        AssertFault(() => Picture.Load(folder.File("no.png")), PictureFault.Missing, "no.png");
        AssertFault(() => Picture.Load(folder.File("no/such/folder.png")), PictureFault.Missing, "folder.png");
        AssertFault(() => Picture.Load(folder.Path), PictureFault.Unreadable, "is a folder");
        AssertFault(() => Picture.Load(folder.Write("zero.png", [])), PictureFault.Damaged, "zero.png");
    }

    [Test]
    public void Text_and_random_bytes_are_not_pictures()
    {
        using var folder = new TemporaryFolder();
        AssertFault(() => Picture.Load(folder.Write("t.png", "hello, world"u8.ToArray())), PictureFault.NotAPicture, "t.png");
        var random = new Random(5);
        for (int i = 0; i < 200; i++)
        {
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            if (bytes[0] is 0x89 or 0xFF) bytes[0] = 0;
            AssertFault(() => Picture.Decode(bytes, "random"), PictureFault.NotAPicture, "random");
        }
    }

    [TestCase("t.png")]
    [TestCase("t.jpg")]
    [TestCase("t.webp")]
    public void A_truncated_picture_is_damaged_and_never_a_half_grey_one(string name)
    {
        Picture noise = PictureFixtures.Noise(24, 20, 3);
        byte[] whole = Path.GetExtension(name) switch
        {
            ".png" => PictureFixtures.NoisePng(24, 20, 2),
            ".jpg" => PictureFixtures.Encode(noise, SKEncodedImageFormat.Jpeg),
            _ => PictureFixtures.Encode(noise, SKEncodedImageFormat.Webp),
        };
        byte[] pixels = Picture.Decode(whole, name).Pixels.ToArray();
        int last = 0;
        for (int length = 12; length < whole.Length; length++)
        {
            Picture? picture = null;
            try
            {
                picture = Picture.Decode(whole[..length], name);
            }
            catch (PictureException e)
            {
                Assert.That(e.Fault, Is.EqualTo(PictureFault.Damaged));
                last = length;
            }
            // Checksums and closing marks at the very end hold no pixel.
            if (picture is not null) Assert.That(picture.Pixels.ToArray(), Is.EqualTo(pixels), $"{length} of {whole.Length} bytes");
        }
        Assert.That(last, Is.GreaterThan(whole.Length - 30));
    }

    [Test]
    public void A_thousand_mutated_pictures_decode_or_are_refused_and_never_crash()
    {
        var random = new Random(11);
        Picture noise = PictureFixtures.Noise(19, 23, 4);
        byte[][] wholes =
        [
            PictureFixtures.NoisePng(19, 23, 4), PictureFixtures.Encode(noise, SKEncodedImageFormat.Jpeg),
            PictureFixtures.Encode(noise, SKEncodedImageFormat.Webp),
        ];
        int refused = 0;
        var options = new DecodeOptions { MaxPixels = 1 << 20 };
        for (int i = 0; i < 1000; i++)
        {
            byte[] bytes = [.. wholes[i % 3]];
            for (int k = random.Next(1, 6); k > 0; k--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Picture picture = Picture.Decode(bytes, "mutant", options);
                Assert.That((long)picture.Height * picture.Width, Is.LessThanOrEqualTo(options.MaxPixels));
            }
            catch (PictureException e)
            {
                refused++;
                Assert.That(e.Message, Does.Contain("mutant"));
            }
        }
        Assert.That(refused, Is.InRange(100, 999));
    }

    [Test]
    public void Absurd_dimensions_are_refused_before_memory_is_taken()
    {
        byte[] png = PictureFixtures.Png(1, 1, [1, 2, 3, 255], claimed: (60_000, 60_000));
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertFault(() => Picture.Decode(png, "bomb.png"), PictureFault.TooLarge, "60000 x 60000");
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
        using var folder = new TemporaryFolder();
        string path = folder.Write("big.png", png);
        AssertFault(() => Picture.Load(path, new DecodeOptions { MaxBytes = 10 }), PictureFault.TooLarge, "big.png");
    }

    static void AssertFault(Action act, PictureFault fault, string part)
    {
        PictureException e = Assert.Throws<PictureException>(act)!;
        Assert.That(e.Fault, Is.EqualTo(fault));
        Assert.That(e.Message, Does.Contain(part).And.EndWith("."));
        Assert.That(e.Message, Does.Not.Contain("\n"));
    }
}
