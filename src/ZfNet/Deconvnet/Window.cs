using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>A rectangle of a layer's maps. Where padding counts as pixels it may lie outside of them.</summary>
internal readonly record struct Window(int Top, int Left, int Height, int Width)
{
    public int Bottom => Top + Height;

    public int Right => Left + Width;

    public bool IsEmpty => Height <= 0 || Width <= 0;

    /// <summary>A whole map of a layer's input or output; [N, F] has maps of one unit.</summary>
    public static Window Whole(Shape maps)
    {
        var (height, width) = Maps.Size(maps);
        return new(0, 0, height, width);
    }

    /// <summary>All that windows of a layer see whose results lie here.</summary>
    public Window Below(Pair kernel, Pair stride, Pair padding, Pair dilation) =>
        IsEmpty
            ? default
            : checked(new Window(
                Top * stride.H - padding.H, Left * stride.W - padding.W,
                (Height - 1) * stride.H + dilation.H * (kernel.H - 1) + 1,
                (Width - 1) * stride.W + dilation.W * (kernel.W - 1) + 1));

    public Window Grow(Pair by) => new(Top - by.H, Left - by.W, Height + 2 * by.H, Width + 2 * by.W);

    public Window ClipTo(Window map)
    {
        int top = Math.Max(Top, map.Top), left = Math.Max(Left, map.Left);
        return new(top, left, Math.Max(Math.Min(Bottom, map.Bottom) - top, 0), Math.Max(Math.Min(Right, map.Right) - left, 0));
    }

    public PixelBox ToPixelBox() => new(Top, Left, Height, Width);
}
