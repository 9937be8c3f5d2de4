using System.Buffers.Binary;
using System.IO.Compression;
using SkiaSharp;
using ZfNet.Pictures;

namespace ZfNet.Tests.Pictures;

/// <summary>Picture files made by hand, so that decoding is not tested against its own encoder.</summary>
static class PictureFixtures
{
    /// <summary>A PNG of 8-bit RGBA, written chunk by chunk from the format's rules (filter 0).</summary>
    internal static byte[] Png(int height, int width, ReadOnlySpan<byte> rgba, (int H, int W)? claimed = null)
    {
        (int h, int w) = claimed ?? (height, width);
        return File(h, w, 8, 6, height, rgba);
    }

    /// <summary>A PNG of any depth and kind of colour from its rows of packed samples.</summary>
    internal static byte[] RawPng(int height, int width, byte depth, byte colour, ReadOnlySpan<byte> rows, byte[]? palette = null) =>
        File(height, width, depth, colour, height, rows, palette);

    static byte[] File(int claimedHeight, int claimedWidth, byte depth, byte colour, int height, ReadOnlySpan<byte> rows, byte[]? palette = null)
    {
        using var raw = new MemoryStream();
        using (var zlib = new ZLibStream(raw, CompressionLevel.Optimal, leaveOpen: true))
            for (int y = 0; y < height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(rows.Slice(y * (rows.Length / height), rows.Length / height));
            }
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, claimedWidth);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], claimedHeight);
        (header[8], header[9], header[10], header[11], header[12]) = (depth, colour, 0, 0, 0);
        return
        [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. PngChunk("IHDR"u8, header),
            .. palette is null ? [] : PngChunk("PLTE"u8, palette), .. PngChunk("IDAT"u8, raw.ToArray()), .. PngChunk("IEND"u8, []),
        ];
    }

    internal static Picture Noise(int height, int width, int seed)
    {
        var bytes = new byte[height * width * 3];
        new Random(seed).NextBytes(bytes);
        return new(height, width, (ReadOnlySpan<byte>)bytes);
    }

    internal static byte[] NoisePng(int height, int width, int seed)
    {
        var rgba = new byte[height * width * 4];
        new Random(seed).NextBytes(rgba);
        return Png(height, width, rgba);
    }

    /// <summary>Encodes with Skia in a format that is too large to write by hand.</summary>
    internal static byte[] Encode(Picture picture, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int y = 0; y < picture.Height; y++)
            for (int x = 0; x < picture.Width; x++)
                bitmap.SetPixel(x, y, new SKColor(picture[y, x].R, picture[y, x].G, picture[y, x].B));
        using SKData data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    /// <summary>Puts an EXIF block that holds only an orientation behind a JPEG's first marker.</summary>
    internal static byte[] WithOrientation(byte[] jpeg, byte orientation) =>
    [
        0xFF, 0xD8, 0xFF, 0xE1, 0, 34, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0,
        (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
        .. jpeg.AsSpan(2),
    ];

    /// <summary>Length, type, data and checksum.</summary>
    internal static byte[] PngChunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] length = new byte[4], sum = new byte[4], body = [.. type, .. data];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        uint crc = 0xFFFFFFFF;
        foreach (byte b in body)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        BinaryPrimitives.WriteUInt32BigEndian(sum, ~crc);
        return [.. length, .. body, .. sum];
    }
}
