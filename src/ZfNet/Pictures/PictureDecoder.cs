using System.Buffers;
using SkiaSharp;

namespace ZfNet.Pictures;

/// <summary>PNG, JPEG and WebP to <see cref="Picture"/>, through Skia's codecs.</summary>
static class PictureDecoder
{
    internal static Picture Load(string path, DecodeOptions? options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= DecodeOptions.Default;
        return Decode(ReadAll(path, options.MaxBytes), path, options);
    }

    internal static Picture Decode(byte[] bytes, string name, DecodeOptions options)
    {
        if (bytes.Length == 0)
            throw new PictureException(PictureFault.Damaged, name, $"'{name}' is empty: there is no picture in it.");
        if (!HasKnownSignature(bytes))
            throw new PictureException(PictureFault.NotAPicture, name, $"'{name}' is not a PNG, JPEG or WebP picture.");

        using SKData data = SKData.CreateCopy(bytes);
        using SKCodec codec = SKCodec.Create(data) ?? throw Damaged(name);
        int height = codec.Info.Height, width = codec.Info.Width;
        long pixels = (long)height * width;
        if (pixels > options.MaxPixels)
            throw new PictureException(PictureFault.TooLarge, name,
                $"'{name}' claims {width} x {height} pixels, more than the limit of {options.MaxPixels}.");
        if (height < 1 || width < 1) throw Damaged(name);

        // No colour space: the stored bytes, unconverted.
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        int length = checked((int)(pixels * 4));
        byte[] rgba = ArrayPool<byte>.Shared.Rent(length);
        SKCodecResult result;
        unsafe
        {
            fixed (byte* p = rgba) result = codec.GetPixels(info, (nint)p, info.RowBytes, SKCodecOptions.Default);
        }
        bool opaque = codec.Info.AlphaType == SKAlphaType.Opaque;
        byte[] rgb = result != SKCodecResult.Success ? []
            : opaque ? WithoutAlpha(rgba.AsSpan(0, length))
            : Compose(rgba.AsSpan(0, length), options.Background);
        ArrayPool<byte>.Shared.Return(rgba);
        if (result != SKCodecResult.Success) throw Damaged(name);
        return Oriented(rgb, height, width, codec.EncodedOrigin);
    }

    static PictureException Damaged(string name) => new(PictureFault.Damaged, name,
        $"'{name}' is a damaged picture: it ends early or its data is corrupt.");

    static byte[] ReadAll(string path, long maxBytes)
    {
        if (Directory.Exists(path))
            throw new PictureException(PictureFault.Unreadable, path, $"'{path}' is a folder, not a picture.");
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
            if (file.Length > maxBytes)
                throw new PictureException(PictureFault.TooLarge, path,
                    $"'{path}' has {file.Length} bytes, more than the limit of {maxBytes} for a picture.");
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PictureException(PictureFault.Missing, path, $"There is no picture '{path}'.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new PictureException(PictureFault.Unreadable, path,
                $"Cannot read the picture '{path}': {e.Message.TrimEnd('.')}.", e);
        }
    }

    static bool HasKnownSignature(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith<byte>([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        || bytes.StartsWith<byte>([0xFF, 0xD8, 0xFF])
        || (bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8));

    static byte[] WithoutAlpha(ReadOnlySpan<byte> rgba)
    {
        var rgb = new byte[rgba.Length / 4 * 3];
        for (int i = 0, j = 0; j < rgb.Length; i += 4, j += 3)
            (rgb[j], rgb[j + 1], rgb[j + 2]) = (rgba[i], rgba[i + 1], rgba[i + 2]);
        return rgb;
    }

    static byte[] Compose(ReadOnlySpan<byte> rgba, Rgb background)
    {
        var rgb = new byte[rgba.Length / 4 * 3];
        for (int i = 0, j = 0; i < rgba.Length; i += 4, j += 3)
        {
            int alpha = rgba[i + 3];
            rgb[j] = Blend(rgba[i], background.R, alpha);
            rgb[j + 1] = Blend(rgba[i + 1], background.G, alpha);
            rgb[j + 2] = Blend(rgba[i + 2], background.B, alpha);
        }
        return rgb;
    }

    /// <summary>round((alpha * over + (255 - alpha) * under) / 255).</summary>
    internal static byte Blend(int over, int under, int alpha) =>
        (byte)((over * alpha + under * (255 - alpha) + 127) / 255);

    static Picture Oriented(byte[] rgb, int height, int width, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft) return new(height, width, rgb);
        bool turned = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        (int h, int w) = turned ? (width, height) : (height, width);
        var result = new byte[rgb.Length];
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
            {
                (int sy, int sx) = origin switch
                {
                    SKEncodedOrigin.TopRight => (y, width - 1 - x),
                    SKEncodedOrigin.BottomRight => (height - 1 - y, width - 1 - x),
                    SKEncodedOrigin.BottomLeft => (height - 1 - y, x),
                    SKEncodedOrigin.LeftTop => (x, y),
                    SKEncodedOrigin.RightTop => (height - 1 - x, y),
                    SKEncodedOrigin.RightBottom => (height - 1 - x, width - 1 - y),
                    SKEncodedOrigin.LeftBottom => (x, width - 1 - y),
                    _ => (y, x),
                };
                rgb.AsSpan((sy * width + sx) * 3, 3).CopyTo(result.AsSpan((y * w + x) * 3));
            }
        return new(h, w, result);
    }
}
