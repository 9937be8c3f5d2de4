namespace ZfNet.Pictures;

/// <summary>An sRGB colour of eight bits a channel.</summary>
/// <param name="R">Red, 0 to 255.</param>
/// <param name="G">Green, 0 to 255.</param>
/// <param name="B">Blue, 0 to 255.</param>
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>(255, 255, 255).</summary>
    public static Rgb White => new(255, 255, 255);

    /// <summary>(0, 0, 0).</summary>
    public static Rgb Black => new(0, 0, 0);

    /// <summary>(128, 128, 128): zero in a signed picture, and the usual fill of an occluding square.</summary>
    public static Rgb Grey => new(128, 128, 128);

    /// <summary>The colour as HTML writes it, such as <c>#80ff00</c>.</summary>
    public override string ToString() => $"#{R:x2}{G:x2}{B:x2}";
}
