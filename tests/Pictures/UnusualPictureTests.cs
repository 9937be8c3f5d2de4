using System.Buffers.Binary;
using NUnit.Framework;
using SkiaSharp;
using ZfNet.Pictures;

namespace ZfNet.Tests.Pictures;

/// <summary>Files that real folders of pictures hold besides 8-bit RGB ones.</summary>
sealed class UnusualPictureTests
{
    [TestCase((byte)1, 8, 3)]
    [TestCase((byte)2, 8, 1)]
    [TestCase((byte)4, 16, 1)]
    [TestCase((byte)8, 3, 1)]
    [TestCase((byte)16, 3, 1)]
    public void Grey_pngs_of_any_depth_become_three_equal_channels(byte depth, int width, int height)
    {
        // One row after the other of samples of the given depth, counted up.
        var samples = Enumerable.Range(0, width * height).Select(i => i * 40 % (1 << Math.Min((int)depth, 8))).ToArray();
        byte[] png = PictureFixtures.RawPng(height, width, depth, 0, [.. samples.Chunk(width).SelectMany(row => Pack(row, depth))]);
        Picture picture = Picture.Decode(png, "grey.png");
        for (int i = 0; i < samples.Length; i++)
        {
            // Fewer bits are spread over the range; of sixteen, the upper eight are kept.
            int value = depth < 8 ? samples[i] * 255 / ((1 << depth) - 1) : samples[i];
            Assert.That(picture[i / width, i % width], Is.EqualTo(new Rgb((byte)value, (byte)value, (byte)value)), $"sample {i}");
        }
    }

    [Test]
    public void Sixteen_bit_colour_keeps_its_upper_bytes()
    {
        byte[] samples = [0x12, 0x00, 0x80, 0x10, 0xFF, 0xFF, 0x00, 0x00, 0x7F, 0x20, 0x01, 0x30];
        Picture picture = Picture.Decode(PictureFixtures.RawPng(1, 2, 16, 2, samples), "deep.png");
        for (int i = 0; i < 6; i++)
            Assert.That((int)picture.Pixels[i], Is.EqualTo((int)samples[2 * i]).Within(1));
    }

    [Test]
    public void A_palette_becomes_its_colours()
    {
        byte[] palette = [255, 0, 0, 0, 200, 10, 7, 8, 9];
        Picture picture = Picture.Decode(PictureFixtures.RawPng(1, 4, 8, 3, [2, 1, 0, 1], palette), "palette.png");
        Assert.That(picture.Pixels.ToArray(), Is.EqualTo(new byte[] { 7, 8, 9, 0, 200, 10, 255, 0, 0, 0, 200, 10 }));
    }

    [Test]
    public void A_grey_jpeg_becomes_three_equal_channels()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(16, 8, SKColorType.Gray8, SKAlphaType.Opaque));
        bitmap.GetPixelSpan().Fill(90);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
        byte[] jpeg = data.ToArray();
        Assert.That(jpeg[Find(jpeg, [0xFF, 0xC0]) + 9], Is.EqualTo(1), "one component, or the test proves nothing");
        foreach (byte value in Picture.Decode(jpeg, "grey.jpg").Pixels) Assert.That((int)value, Is.EqualTo(90).Within(1));
    }

    // Adobe's marker says that inks are stored inverted (255: none), as all programs that write CMYK JPEGs do.
    [TestCase(255, 255, 255, 255, 255, 255, 255)]
    [TestCase(255, 255, 255, 0, 0, 0, 0)]
    [TestCase(0, 255, 255, 255, 0, 255, 255)]
    [TestCase(255, 0, 255, 255, 255, 0, 255)]
    [TestCase(255, 255, 0, 255, 255, 255, 0)]
    [TestCase(128, 200, 255, 255, 128, 200, 255)]
    [TestCase(128, 128, 128, 128, 64, 64, 64)]
    public void A_cmyk_jpeg_becomes_red_green_and_blue(int c, int m, int y, int k, int red, int green, int blue)
    {
        Picture picture = Picture.Decode(CmykJpeg(c, m, y, k), "cmyk.jpg");
        Assert.That((picture.Height, picture.Width), Is.EqualTo((8, 8)));
        for (int i = 0; i < 3; i++)
            Assert.That((int)picture.Pixels[i], Is.EqualTo(new[] { red, green, blue }[i]).Within(2), $"channel {i}");
    }

    [Test]
    public void Of_an_animated_webp_the_first_frame_is_taken()
    {
        byte[] file = AnimatedWebp(new Rgb(250, 10, 20), new Rgb(10, 240, 30));
        using (SKData data = SKData.CreateCopy(file))
        using (SKCodec codec = SKCodec.Create(data))
            Assert.That(codec.FrameCount, Is.EqualTo(2), "animated, or the test proves nothing");
        Picture picture = Picture.Decode(file, "moving.webp");
        Assert.That((picture.Height, picture.Width), Is.EqualTo((8, 16)));
        Assert.That(((int)picture[3, 3].R, (int)picture[3, 3].G), Is.EqualTo((250, 10)).Using<int>((a, b) => Math.Abs(a - b) <= 4));
    }

    [Test]
    public void A_frame_that_does_not_cover_an_animated_webp_has_the_background_around_it()
    {
        byte[] red = PictureFixtures.Encode(Picture.Filled(8, 16, new Rgb(250, 10, 20)), SKEncodedImageFormat.Webp)[12..];
        byte[] header = [.. FrameHeader];
        header[0] = 8; // 16 pixels from the left: offsets are halved
        byte[] body = [.. "WEBP"u8, .. Chunk("VP8X"u8, [2, 0, 0, 0, 39, 0, 0, 11, 0, 0]), .. Chunk("ANIM"u8, [0, 0, 0, 0, 0, 0]),
            .. Chunk("ANMF"u8, [.. header, .. red])];
        for (int run = 0; run < 3; run++)
        {
            // Leaves other pixels in the memory that decoding uses again.
            Picture.Decode(PictureFixtures.NoisePng(12, 40, run), "noise.png");
            Picture picture = Picture.Decode(Chunk("RIFF"u8, body), "part.webp");
            Assert.That((picture.Height, picture.Width), Is.EqualTo((12, 40)));
            Assert.That((int)picture[3, 20].G, Is.LessThan(20));
            foreach ((int y, int x) in new[] { (0, 0), (11, 39), (3, 15), (3, 32), (8, 20) })
                Assert.That(picture[y, x], Is.EqualTo(Rgb.White), $"({y}, {x})");
        }
    }

    [Test]
    public void Of_an_animated_png_the_still_picture_is_taken()
    {
        byte[] png = PictureFixtures.NoisePng(5, 6, 3);
        // acTL: two frames; fcTL: the still picture is the first of them. Readers of plain PNG pass over both.
        byte[] control = [0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 10, 0, 0];
        byte[] animated = [.. png[..33], .. PictureFixtures.PngChunk("acTL"u8, [0, 0, 0, 2, 0, 0, 0, 0]), .. PictureFixtures.PngChunk("fcTL"u8, control), .. png[33..]];
        Assert.That(Picture.Decode(animated, "moving.png").Pixels.ToArray(), Is.EqualTo(Picture.Decode(png, "still.png").Pixels.ToArray()));
    }

    [Test]
    public void A_gif_that_calls_itself_something_else_is_refused()
    {
        PictureException e = Assert.Throws<PictureException>(() => Picture.Decode([.. "GIF89a"u8, 1, 0, 1, 0, 0, 0, 0], "moving.png"))!;
        Assert.That((e.Fault, e.Message), Is.EqualTo((PictureFault.NotAPicture, "'moving.png' is not a PNG, JPEG or WebP picture.")));
    }

    /// <summary>Frames of 16 x 8, each of one colour.</summary>
    internal static byte[] AnimatedWebp(params Rgb[] frames) =>
        Chunk("RIFF"u8,
        [
            .. "WEBP"u8, .. Chunk("VP8X"u8, [2, 0, 0, 0, 15, 0, 0, 7, 0, 0]), .. Chunk("ANIM"u8, [0, 0, 0, 0, 0, 0]),
            .. frames.SelectMany(colour => Chunk("ANMF"u8, [.. FrameHeader, .. Still(colour)])),
        ]);

    /// <summary>The bitstream's chunk of a still picture of one colour.</summary>
    static byte[] Still(Rgb colour) => PictureFixtures.Encode(Picture.Filled(8, 16, colour), SKEncodedImageFormat.Webp)[12..];

    /// <summary>16 x 8 at (0, 0) for 100 ms, over a blank canvas.</summary>
    static byte[] FrameHeader => [0, 0, 0, 0, 0, 0, 15, 0, 0, 7, 0, 0, 100, 0, 0, 2];

    static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        return data.Length % 2 == 0 ? [.. type, .. length, .. data] : [.. type, .. length, .. data, 0];
    }

    static IEnumerable<byte> Pack(int[] row, int depth)
    {
        if (depth == 16) return row.SelectMany(value => new byte[] { (byte)value, 0 });
        int each = 8 / depth;
        return row.Chunk(each).Select(chunk => (byte)chunk.Select((value, i) => value << (8 - depth * (i + 1))).Sum());
    }

    static int Find(byte[] bytes, byte[] what) => bytes.AsSpan().IndexOf(what);

    /// <summary>
    /// A baseline JPEG of one 8 x 8 block a component, written by hand: every quantiser is 1 but that of the mean, which
    /// is 8, so that a block's mean is its one coefficient; its size has a code of four bits, and the end of a block is
    /// the code 0.
    /// </summary>
    internal static byte[] CmykJpeg(params int[] inks)
    {
        byte[] tables = [.. Enumerable.Repeat((byte)1, 64)];
        tables[0] = 8;
        var bits = new List<int>();
        foreach (int ink in inks)
        {
            int mean = ink - 128, size = 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)Math.Abs(mean));
            for (int b = 3; b >= 0; b--) bits.Add(size >> b & 1);
            int value = mean >= 0 ? mean : mean + (1 << size) - 1;
            for (int b = size - 1; b >= 0; b--) bits.Add(value >> b & 1);
            bits.Add(0);
        }
        while (bits.Count % 8 != 0) bits.Add(1);
        IEnumerable<byte> data = bits.Chunk(8).Select(octet => (byte)octet.Aggregate(0, (a, b) => 2 * a + b))
            .SelectMany(b => b == 0xFF ? new byte[] { 0xFF, 0 } : [b]);
        byte[] meanCodes = [0x00, 0, 0, 0, 9, .. new byte[12], 0, 1, 2, 3, 4, 5, 6, 7, 8];
        byte[] endCode = [0x10, 1, .. new byte[15], 0];
        return
        [
            0xFF, 0xD8,
            .. Segment(0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0]),
            .. Segment(0xDB, [0, .. tables]),
            .. Segment(0xC0, [8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0]),
            .. Segment(0xC4, meanCodes), .. Segment(0xC4, endCode),
            .. Segment(0xDA, [4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]), .. data,
            0xFF, 0xD9,
        ];
    }

    static byte[] Segment(byte marker, byte[] body) => [0xFF, marker, (byte)((body.Length + 2) >> 8), (byte)(body.Length + 2), .. body];
}
