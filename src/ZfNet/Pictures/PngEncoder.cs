using SkiaSharp;

namespace ZfNet.Pictures;

/// <summary><see cref="Picture"/> to PNG, through Skia.</summary>
static class PngEncoder
{
    internal static byte[] Encode(Picture picture)
    {
        byte[] rgba = ToRgba(picture);
        var info = new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        unsafe
        {
            fixed (byte* p = rgba)
            {
                using var pixmap = new SKPixmap(info, (nint)p, info.RowBytes);
                using SKData data = pixmap.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, 9))
                    ?? throw new InvalidOperationException($"Skia could not encode a {picture.Height} x {picture.Width} PNG.");
                return data.ToArray();
            }
        }
    }

    internal static byte[] ToRgba(Picture picture)
    {
        ReadOnlySpan<byte> rgb = picture.Pixels;
        var rgba = new byte[(long)rgb.Length / 3 * 4];
        for (int i = 0, j = 0; i < rgb.Length; i += 3, j += 4)
        {
            rgb.Slice(i, 3).CopyTo(rgba.AsSpan(j));
            rgba[j + 3] = 255;
        }
        return rgba;
    }
}
