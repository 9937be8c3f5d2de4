using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>A rectangle of a layer's maps. Where padding counts as pixels it may lie outside of them.</summary>
internal readonly record struct Window(int Top, int Left, int Height, int Width)
{
    public int Bottom => Top + Height;

    public int Right => Left + Width;

    public CellRange Rows => new(Top, Bottom - 1);

    public CellRange Columns => new(Left, Right - 1);

    public bool IsEmpty => Height <= 0 || Width <= 0;

    /// <summary>A whole map of a layer's input or output; [N, F] has maps of one unit.</summary>
    public static Window Whole(Shape maps)
    {
        var (height, width) = Maps.Size(maps);
        return new(0, 0, height, width);
    }

    public Window Grow(Pair by) => new(Top - by.H, Left - by.W, Height + 2 * by.H, Width + 2 * by.W);

    public Window ClipTo(Window map)
    {
        int top = Math.Max(Top, map.Top), left = Math.Max(Left, map.Left);
        return new(top, left, Math.Max(Math.Min(Bottom, map.Bottom) - top, 0), Math.Max(Math.Min(Right, map.Right) - left, 0));
    }

    public PixelBox ToPixelBox() => new(Top, Left, Height, Width);
}
