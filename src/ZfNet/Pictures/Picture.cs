using ZfNet.Engine;

namespace ZfNet.Pictures;

/// <summary>An immutable picture: H x W pixels of red, green and blue, eight bits each, row-major and interleaved
/// (H, W, 3). Values are the sRGB bytes as stored in the file.</summary>
public sealed class Picture
{
    private readonly byte[] pixels;

    /// <summary>A picture from a copy of its bytes.</summary>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="rgb">height * width * 3 bytes, (H, W, 3).</param>
    /// <exception cref="ArgumentException">A size below 1, or the wrong number of bytes.</exception>
    public Picture(int height, int width, ReadOnlySpan<byte> rgb) : this(height, width, rgb.ToArray()) { }

    /// <summary>Takes the array over without a copy: the caller must not write to it again.</summary>
    internal Picture(int height, int width, byte[] rgb)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (rgb.Length != (long)height * width * 3)
            throw new ArgumentException(
                $"A {height} x {width} picture takes {(long)height * width * 3} bytes, not {rgb.Length}.", nameof(rgb));
        (Height, Width, this.pixels) = (height, width, rgb);
    }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>All bytes, (H, W, 3) row-major.</summary>
    public ReadOnlySpan<byte> Pixels => this.pixels;

    /// <summary>One pixel.</summary>
    /// <param name="y">Row, from the top.</param>
    /// <param name="x">Column, from the left.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside the picture.</exception>
    public Rgb this[int y, int x]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)y, (uint)Height);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)x, (uint)Width);
            int i = (y * Width + x) * 3;
            return new(this.pixels[i], this.pixels[i + 1], this.pixels[i + 2]);
        }
    }

    /// <summary>A picture of one colour.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="colour">The colour.</param>
    public static Picture Filled(int height, int width, Rgb colour)
    {
        var pixels = new byte[checked(height * width * 3)];
        Fill(pixels, colour);
        return new(height, width, pixels);
    }

    /// <summary>Reads a PNG, JPEG or WebP file. Alpha is composed over <see cref="DecodeOptions.Background"/>, EXIF
    /// orientation is applied, embedded colour profiles are not (as PIL and torchvision do).</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Background and limits; the defaults when null.</param>
    /// <exception cref="PictureException">Missing, unreadable, not a picture, damaged or too large.</exception>
    public static Picture Load(string path, DecodeOptions? options = null) => PictureDecoder.Load(path, options);

    /// <summary>Decodes the bytes of a PNG, JPEG or WebP file, by the rules of <see cref="Load"/>.</summary>
    /// <param name="bytes">The file's content.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="options">Background and limits; the defaults when null.</param>
    /// <exception cref="PictureException">Not a picture, damaged or too large.</exception>
    public static Picture Decode(byte[] bytes, string name, DecodeOptions? options = null) =>
        PictureDecoder.Decode(bytes, name, options ?? DecodeOptions.Default);

    /// <summary>Resamples to a size; see <see cref="ResizeFilter"/> for the exact rules.</summary>
    /// <param name="height">New rows.</param>
    /// <param name="width">New columns.</param>
    /// <param name="filter">The filter.</param>
    public Picture Resize(int height, int width, ResizeFilter filter = ResizeFilter.Bilinear) =>
        ResizePart(height, width, filter, new(0, 0, height, width));

    /// <summary>A part of what <see cref="Resize"/> gives, without the rest.</summary>
    internal Picture ResizePart(int height, int width, ResizeFilter filter, PixelBox part) =>
        height == Height && width == Width ? Crop(part) : Resampling.Resize(this, height, width, filter, part);

    /// <summary>Resamples so that the smaller side has <paramref name="side"/> pixels and the other
    /// floor(side * long / short), at least 1: the aspect ratio is kept.</summary>
    /// <param name="side">The smaller side's new length.</param>
    /// <param name="filter">The filter.</param>
    public Picture ResizeSmallestSide(int side, ResizeFilter filter = ResizeFilter.Bilinear)
    {
        (int height, int width) = SmallestSideOf(side);
        return Resize(height, width, filter);
    }

    /// <summary>The size that <see cref="ResizeSmallestSide"/> gives.</summary>
    internal (int Height, int Width) SmallestSideOf(int side)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        return Height <= Width
            ? (side, (int)((long)side * Width / Height))
            : ((int)((long)side * Height / Width), side);
    }

    /// <summary>The middle; an odd remainder leaves the extra row or column at the bottom or right.</summary>
    /// <param name="height">Rows, at most <see cref="Height"/>.</param>
    /// <param name="width">Columns, at most <see cref="Width"/>.</param>
    /// <exception cref="ArgumentException">The crop is larger than the picture.</exception>
    public Picture CentreCrop(int height, int width)
    {
        if (height > Height || width > Width)
            throw new ArgumentException($"A {height} x {width} crop does not fit a {Height} x {Width} picture.");
        return Crop(new((Height - height) / 2, (Width - width) / 2, height, width));
    }

    /// <summary>The part of the box that lies inside the picture.</summary>
    /// <param name="box">The box; it is clipped to the picture.</param>
    /// <exception cref="ArgumentException">Nothing of the box lies inside.</exception>
    public Picture Crop(PixelBox box)
    {
        PixelBox inside = box.ClipTo(Height, Width);
        if (inside.IsEmpty) throw new ArgumentException($"{box} has no pixel inside a {Height} x {Width} picture.");
        if (inside.Height == Height && inside.Width == Width) return this;
        var pixels = new byte[inside.Height * inside.Width * 3];
        for (int y = 0; y < inside.Height; y++)
            Row(inside.Top + y, inside.Left, inside.Width).CopyTo(pixels.AsSpan(y * inside.Width * 3));
        return new(inside.Height, inside.Width, pixels);
    }

    /// <summary>The whole box, with <paramref name="fill"/> where it reaches over the picture's edge.</summary>
    /// <param name="box">The box; every part of it may lie outside.</param>
    /// <param name="fill">The colour outside the picture.</param>
    public Picture CropPadded(PixelBox box, Rgb fill)
    {
        var pixels = new byte[checked(box.Height * box.Width * 3)];
        Fill(pixels, fill);
        PixelBox inside = box.ClipTo(Height, Width);
        if (!inside.IsEmpty)
            for (int y = inside.Top; y < inside.Bottom; y++)
                Row(y, inside.Left, inside.Width)
                    .CopyTo(pixels.AsSpan(((y - box.Top) * box.Width + inside.Left - box.Left) * 3));
        return new(box.Height, box.Width, pixels);
    }

    /// <summary>With every pixel inside a box in one colour.</summary>
    /// <param name="box">The box; what lies outside the picture changes nothing.</param>
    /// <param name="colour">The colour.</param>
    public Picture Cover(PixelBox box, Rgb colour)
    {
        PixelBox inside = box.ClipTo(Height, Width);
        if (inside.IsEmpty) return this;
        var pixels = this.pixels.ToArray();
        for (int y = inside.Top; y < inside.Bottom; y++)
            Fill(pixels.AsSpan((y * Width + inside.Left) * 3, inside.Width * 3), colour);
        return new(Height, Width, pixels);
    }

    /// <summary>Mirrored left to right.</summary>
    public Picture FlipHorizontal()
    {
        var pixels = new byte[this.pixels.Length];
        for (int y = 0; y < Height; y++)
            for (int x = 0; x < Width; x++)
                this.pixels.AsSpan((y * Width + Width - 1 - x) * 3, 3).CopyTo(pixels.AsSpan((y * Width + x) * 3));
        return new(Height, Width, pixels);
    }

    /// <summary>Each pixel becomes a square of <paramref name="factor"/> x <paramref name="factor"/> pixels.</summary>
    /// <param name="factor">At least 1.</param>
    public Picture Enlarge(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        if (factor == 1) return this;
        int width = checked(Width * factor);
        var pixels = new byte[checked(Height * factor * width * 3)];
        for (int y = 0; y < Height * factor; y++)
            for (int x = 0; x < width; x++)
                this.pixels.AsSpan((y / factor * Width + x / factor) * 3, 3).CopyTo(pixels.AsSpan((y * width + x) * 3));
        return new(Height * factor, width, pixels);
    }

    /// <summary>The picture as a PNG file's bytes (RGB, no alpha). The same picture gives the same bytes.</summary>
    public byte[] ToPng() => PngEncoder.Encode(this);

    /// <summary>Writes a PNG: a temporary beside the target, flushed, then renamed.</summary>
    /// <param name="path">The target. Its folder must exist.</param>
    /// <exception cref="FileWriteException">The file cannot be written; nothing half-written remains.</exception>
    public void SavePng(string path)
    {
        byte[] png = ToPng();
        AtomicFile.Write(path, file => file.Write(png));
    }

    ReadOnlySpan<byte> Row(int y, int x, int count) => this.pixels.AsSpan((y * Width + x) * 3, count * 3);

    static void Fill(Span<byte> pixels, Rgb colour)
    {
        for (int i = 0; i < pixels.Length; i += 3)
            (pixels[i], pixels[i + 1], pixels[i + 2]) = (colour.R, colour.G, colour.B);
    }
}
