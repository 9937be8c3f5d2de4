namespace ZfNet.Pictures;

/// <summary>How picture files are decoded.</summary>
public sealed record DecodeOptions
{
    /// <summary>White background, 67,108,864 pixels, 512 MiB.</summary>
    public static DecodeOptions Default { get; } = new();

    /// <summary>What shows through transparent pixels; composed on the stored bytes, c = a * c + (1 - a) * background.
    /// </summary>
    public Rgb Background { get; init; } = Rgb.White;

    /// <summary>Pictures of more pixels are refused before anything is allocated for them.</summary>
    public long MaxPixels { get; init; } = 1L << 26;

    /// <summary>Files of more bytes are refused before they are read.</summary>
    public long MaxBytes { get; init; } = 1L << 29;
}
