namespace ZfNet.Pictures;

/// <summary>A rectangle of pixels: rows [Top, Top + Height), columns [Left, Left + Width). It may lie partly or wholly
/// outside a picture, as the receptive field of a unit at the border does.</summary>
/// <param name="Top">First row.</param>
/// <param name="Left">First column.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct PixelBox(int Top, int Left, int Height, int Width)
{
    /// <summary>One past the last row.</summary>
    public int Bottom => Top + Height;

    /// <summary>One past the last column.</summary>
    public int Right => Left + Width;

    /// <summary>Whether no pixel lies inside.</summary>
    public bool IsEmpty => Height <= 0 || Width <= 0;

    /// <summary>The part inside a picture of the given size; empty when there is none.</summary>
    /// <param name="height">The picture's rows.</param>
    /// <param name="width">The picture's columns.</param>
    public PixelBox ClipTo(int height, int width)
    {
        int top = Math.Clamp(Top, 0, height), left = Math.Clamp(Left, 0, width);
        return new(top, left, Math.Max(0, Math.Min(Bottom, height) - top), Math.Max(0, Math.Min(Right, width) - left));
    }
}
