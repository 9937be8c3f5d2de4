using ZfNet.Engine;

namespace ZfNet;

/// <summary>Windows of planes as tensors [N, C, h, w], row by row at a place of its own.</summary>
internal static class Windows
{
    /// <summary>Windows of some rows of a tensor of whole planes [N, C, H, W]; of [N, F] the rows.</summary>
    /// <param name="planes">The whole planes.</param>
    /// <param name="rows">Which row each window is of.</param>
    /// <param name="windows">One for each, all of one size.</param>
    public static Tensor Take(Tensor planes, int[] rows, Window[] windows)
    {
        var shape = planes.Shape;
        var whole = windows[0] == Window.Whole(shape);
        if (whole && shape[0] == rows.Length && rows.Index().All(pair => pair.Index == pair.Item))
            return planes.Detach();
        var taken = Tensor.Empty(
            shape.Rank == 4 ? [rows.Length, shape[1], windows[0].Height, windows[0].Width] : [rows.Length, shape[1]], planes.DType, planes.Device);
        for (var row = 0; row < rows.Length; row++)
        {
            using var one = planes.Narrow(0, rows[row], 1);
            using var from = whole ? one.Detach() : Cut(one, Window.Whole(shape), windows[row]);
            using var to = taken.Narrow(0, row, 1);
            to.CopyFrom(from);
        }
        return taken;
    }

    /// <summary>A window inside another, as a view.</summary>
    public static Tensor Cut(Tensor tensor, Window from, Window to)
    {
        using var rows = tensor.Narrow(2, to.Top - from.Top, to.Height);
        return rows.Narrow(3, to.Left - from.Left, to.Width);
    }

    /// <summary>Larger windows, zero where the given ones are not. (Unpooling puts values at places and zeros elsewhere.)</summary>
    public static Tensor Place(Tensor tensor, Window[] from, Window[] to)
    {
        var (small, large) = (from[0], to[0]);
        if ((small.Height, small.Width) == (large.Height, large.Width))
            return tensor.Detach();
        var places = new int[from.Length * small.Height * small.Width];
        var at = 0;
        for (var n = 0; n < from.Length; n++)
        for (var y = 0; y < small.Height; y++)
        for (var x = 0; x < small.Width; x++)
            places[at++] = (from[n].Top - to[n].Top + y) * large.Width + from[n].Left - to[n].Left + x;
        using var once = Tensor.From(places, [from.Length, 1, small.Height, small.Width], tensor.Device);
        using var everywhere = once.Expand(tensor.Shape);
        return tensor.MaxUnpool2d(everywhere, new(large.Height, large.Width));
    }
}
