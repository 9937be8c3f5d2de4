using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet;

/// <summary>Neighbouring rows or columns, both ends included.</summary>
internal readonly record struct CellRange(int First, int Last)
{
    /// <summary>No cells.</summary>
    public static CellRange Empty { get; } = new(0, -1);

    public int Count => Math.Max(Last - First + 1, 0);

    /// <summary>The same cells, counted from another one.</summary>
    public CellRange From(int origin) => new(First - origin, Last - origin);

    public CellRange ClipTo(CellRange map) => new(Math.Max(First, map.First), Math.Min(Last, map.Last));
}

/// <summary>How a layer's windows slide along one axis: window o begins at cell o * Stride - Padding.</summary>
internal readonly record struct WindowAxis(int Kernel, int Stride, int Padding, int Dilation)
{
    /// <summary>Cells from a window's first to its last.</summary>
    public int Extent => checked(Dilation * (Kernel - 1) + 1);

    /// <summary>The inputs under some outputs; padding counts as cells.</summary>
    public CellRange Below(CellRange outputs) =>
        checked(new CellRange(outputs.First * Stride - Padding, outputs.Last * Stride - Padding + Extent - 1));

    /// <summary>The outputs that some inputs reach.</summary>
    /// <param name="inputs">The inputs, inside the map.</param>
    /// <param name="count">How many outputs there are.</param>
    /// <param name="tile">
    /// Outputs that are computed together: what more than one of them sees reaches all (<see cref="Conv2d.OutputTile"/>).
    /// </param>
    public CellRange Above(CellRange inputs, int count, int tile)
    {
        if (inputs.Count == 0)
            return CellRange.Empty;
        // The first tile that ends at or behind the first input, and the last that begins at or before the last one.
        int step = Stride * tile, extent = Extent + Stride * (tile - 1);
        var room = inputs.First + Padding - (extent - 1);
        int first = room <= 0 ? 0 : (room - 1) / step + 1, last = (inputs.Last + Padding) / step;
        // A tile's last input is its last output's alone, and its first one its first output's.
        var endsThere = room == first * step;
        var beginsThere = inputs.Last + Padding == last * step;
        return new CellRange(endsThere ? first * tile + tile - 1 : first * tile, beginsThere ? last * tile : last * tile + tile - 1)
            .ClipTo(new CellRange(0, count - 1));
    }
}

/// <summary>How a layer's windows slide over a map.</summary>
internal readonly record struct SlidingWindow(WindowAxis Rows, WindowAxis Columns)
{
    private SlidingWindow(Pair kernel, Pair stride, Pair padding, Pair dilation)
        : this(new WindowAxis(kernel.H, stride.H, padding.H, dilation.H), new WindowAxis(kernel.W, stride.W, padding.W, dilation.W))
    {
    }

    /// <summary>All that windows see whose results lie in <paramref name="outputs"/>; padding counts as cells.</summary>
    public Window Below(Window outputs)
    {
        if (outputs.IsEmpty)
            return default;
        var (rows, columns) = (Rows.Below(outputs.Rows), Columns.Below(outputs.Columns));
        return new Window(rows.First, columns.First, rows.Count, columns.Count);
    }

    /// <summary>A layer's; null for one whose outputs see one place, or whose reach is not known here.</summary>
    public static SlidingWindow? Of(Layer layer) => layer switch
    {
        Conv2d conv => new(conv.Kernel, conv.Stride, conv.Padding, conv.Dilation),
        MaxPool2d pool => new(pool.Kernel, pool.Stride, pool.Padding, 1),
        AvgPool2d pool => new(pool.Kernel, pool.Stride, pool.Padding, 1),
        LocalResponseNorm { AcrossChannels: false } norm => new(norm.Size, 1, norm.Size / 2, 1),
        _ => null,
    };
}
