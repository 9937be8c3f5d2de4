using System.Buffers;
using System.Numerics;
using ZfNet.Engine;

namespace ZfNet;

/// <summary>Recorded switches of windows of pooled cells, as places in windows of the plane below.</summary>
internal static class SwitchWindows
{
    /// <summary>Moves switches from the whole plane into windows of it.</summary>
    /// <param name="switches">Int32 [N, C, h, w]: the switches of one window of pooled cells a row.</param>
    /// <param name="pool">The pooling that chose.</param>
    /// <param name="pooled">Each row's window of pooled cells.</param>
    /// <param name="planes">Each row's window of the plane below, which holds all that its cells may choose.</param>
    /// <param name="width">Columns of the plane below.</param>
    public static Tensor Move(Tensor switches, MaxPool2d pool, Window[] pooled, Window[] planes, int width)
    {
        var rented = ArrayPool<int>.Shared.Rent(checked((int)switches.Count));
        var values = rented.AsSpan(0, (int)switches.Count);
        switches.CopyTo(values);
        var cells = checked((int)(switches.Shape[2] * switches.Shape[3]));
        int[] moves = new int[cells], rows = new int[cells];
        for (var n = 0; n < pooled.Length; n++)
        {
            var (window, plane) = (pooled[n], planes[n]);
            for (var cell = 0; cell < cells; cell++)
            {
                // In pixel row y a switch s becomes (s / width - top) * (narrower width) + s mod width - left.
                var y = (window.Top + cell / window.Width) * pool.Stride.H - pool.Padding.H;
                moves[cell] = y * (width - plane.Width) + plane.Top * plane.Width + plane.Left;
                rows[cell] = (y + 1) * width;
            }
            var own = values.Slice(n * (values.Length / pooled.Length), values.Length / pooled.Length);
            for (; own.Length > 0; own = own[cells..])
                Move(own[..cells], moves, rows, pool.Kernel.H, width, width - plane.Width);
        }
        var moved = Tensor.Empty(switches.Shape, switches.DType, switches.Device);
        moved.CopyFrom<int>(values);
        ArrayPool<int>.Shared.Return(rented);
        return moved;
    }

    /// <summary>One map: each switch lies in its window's first pixel row or below it, a row for each start passed.</summary>
    private static void Move(Span<int> switches, int[] moves, int[] rows, int kernel, int width, int narrower)
    {
        var i = 0;
        for (; i + Vector<int>.Count <= switches.Length; i += Vector<int>.Count)
        {
            var at = new Vector<int>(switches[i..]);
            var moved = at - new Vector<int>(moves, i);
            var next = new Vector<int>(rows, i);
            for (var row = 1; row < kernel; row++, next += new Vector<int>(width))
                moved -= Vector.GreaterThanOrEqual(at, next) & new Vector<int>(narrower);
            moved.CopyTo(switches[i..]);
        }
        for (; i < switches.Length; i++)
        {
            var moved = switches[i] - moves[i];
            for (var row = 0; row < kernel - 1; row++)
                moved -= switches[i] >= rows[i] + row * width ? narrower : 0;
            switches[i] = moved;
        }
    }
}
