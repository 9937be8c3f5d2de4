using SkiaSharp;

namespace ZfNet.Pictures;

/// <summary>Where a line of text stands relative to its x.</summary>
enum TextAlign
{
    Left,
    Centre,
    Right,
}

/// <summary>A surface to draw on, with our own font, so that text looks alike on machines with and without fonts.
/// </summary>
sealed class Canvas : IDisposable
{
    private static readonly Lazy<SKTypeface> Typeface = new(LoadTypeface);

    private readonly SKBitmap bitmap;
    private readonly SKCanvas canvas;

    /// <summary>A surface of one colour.</summary>
    /// <param name="height">Rows, in the units that everything is drawn in.</param>
    /// <param name="width">Columns, likewise.</param>
    /// <param name="background">The colour.</param>
    /// <param name="scale">Pixels a unit: 2 is sharp on screens of high density.</param>
    internal Canvas(int height, int width, Rgb background, int scale = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Height, Width) = (height, width);
        bitmap = new SKBitmap(new SKImageInfo(width * scale, height * scale, SKColorType.Rgba8888, SKAlphaType.Opaque));
        canvas = new SKCanvas(bitmap);
        canvas.Scale(scale);
        canvas.Clear(Colour(background));
    }

    internal int Height { get; }

    internal int Width { get; }

    internal void Draw(Picture picture, int top, int left)
    {
        byte[] rgba = PngEncoder.ToRgba(picture);
        unsafe
        {
            fixed (byte* p = rgba)
            {
                var info = new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
                using SKImage image = SKImage.FromPixelCopy(info, (nint)p);
                canvas.DrawImage(image, left, top, SKSamplingOptions.Default);
            }
        }
    }

    internal void FillBox(PixelBox box, Rgb colour)
    {
        using var paint = new SKPaint { Color = Colour(colour), IsAntialias = false };
        canvas.DrawRect(Rect(box), paint);
    }

    /// <summary>A frame of whole pixels just inside the box.</summary>
    internal void Frame(PixelBox box, Rgb colour, int thickness = 1)
    {
        FillBox(box with { Height = thickness }, colour);
        FillBox(box with { Top = box.Bottom - thickness, Height = thickness }, colour);
        FillBox(box with { Width = thickness }, colour);
        FillBox(box with { Left = box.Right - thickness, Width = thickness }, colour);
    }

    /// <summary>Diagonal stripes: no data, told apart from any picture at a glance.</summary>
    internal void Hatch(PixelBox box, Rgb back, Rgb stripe, int step = 8)
    {
        FillBox(box, back);
        canvas.Save();
        canvas.ClipRect(Rect(box));
        using var paint = new SKPaint { Color = Colour(stripe), IsAntialias = true, StrokeWidth = Math.Max(1, step / 5f) };
        for (int x = box.Left - box.Height; x < box.Right; x += step)
            canvas.DrawLine(x, box.Bottom, x + box.Height, box.Top, paint);
        canvas.Restore();
    }

    internal void Text(string text, float x, float baseline, float size, Rgb colour, TextAlign align = TextAlign.Left)
    {
        using SKFont font = Font(size);
        using var paint = new SKPaint { Color = Colour(colour), IsAntialias = true };
        float width = font.MeasureText(text);
        float left = align switch { TextAlign.Centre => x - width / 2, TextAlign.Right => x - width, _ => x };
        canvas.DrawText(text, left, baseline, SKTextAlign.Left, font, paint);
    }

    /// <summary>Text that begins at a point and runs upwards at an angle.</summary>
    internal void TextUp(string text, float x, float y, float size, Rgb colour, float degrees)
    {
        canvas.Save();
        canvas.RotateDegrees(-degrees, x, y);
        Text(text, x, y, size, colour);
        canvas.Restore();
    }

    /// <summary>A line; dashes where a length is given.</summary>
    internal void Line(float x0, float y0, float x1, float y1, Rgb colour, float thickness = 1, float dash = 0)
    {
        using var paint = new SKPaint { Color = Colour(colour), IsAntialias = true, StrokeWidth = thickness };
        using SKPathEffect? dashes = dash > 0 ? SKPathEffect.CreateDash([dash, dash], 0) : null;
        paint.PathEffect = dashes;
        canvas.DrawLine(x0, y0, x1, y1, paint);
    }

    internal static float Measure(string text, float size)
    {
        using SKFont font = Font(size);
        return font.MeasureText(text);
    }

    /// <summary>The text, cut with an ellipsis when it is wider than <paramref name="width"/>.</summary>
    internal static string Fit(string text, float size, float width)
    {
        using SKFont font = Font(size);
        if (font.MeasureText(text) <= width) return text;
        for (int length = text.Length - 1; length > 0; length--)
        {
            string cut = text[..length].TrimEnd() + "…";
            if (font.MeasureText(cut) <= width) return cut;
        }
        return "";
    }

    internal Picture ToPicture()
    {
        canvas.Flush();
        ReadOnlySpan<byte> rgba = bitmap.GetPixelSpan();
        var (height, width) = (bitmap.Height, bitmap.Width);
        var rgb = new byte[checked(height * width * 3)];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = rgba.Slice(y * bitmap.RowBytes, width * 4);
            for (int x = 0; x < width; x++) row.Slice(x * 4, 3).CopyTo(rgb.AsSpan((y * width + x) * 3));
        }
        return new(height, width, rgb);
    }

    public void Dispose()
    {
        canvas.Dispose();
        bitmap.Dispose();
    }

    static SKFont Font(float size) =>
        new(Typeface.Value, size) { Edging = SKFontEdging.Antialias, Hinting = SKFontHinting.None, Subpixel = true };

    static SKTypeface LoadTypeface()
    {
        using Stream stream = typeof(Canvas).Assembly.GetManifestResourceStream("ZfNet.Pictures.Inter.ttf")
            ?? throw new InvalidOperationException("The embedded font is missing from the assembly.");
        return SKTypeface.FromStream(stream) ?? throw new InvalidOperationException("Skia cannot read the embedded font.");
    }

    static SKColor Colour(Rgb c) => new(c.R, c.G, c.B);

    static SKRect Rect(PixelBox box) => new(box.Left, box.Top, box.Right, box.Bottom);
}
