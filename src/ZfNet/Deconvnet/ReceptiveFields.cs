using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>Which pixels units see, walked down window by window through the layers that a forward pass met.</summary>
internal static class ReceptiveFields
{
    /// <summary>What a unit, or a whole map, of a layer sees.</summary>
    /// <param name="steps">The layers, from the input on.</param>
    /// <param name="layer">Index of the unit's layer.</param>
    /// <param name="unit">Row and column; null means the whole map.</param>
    /// <param name="clip">
    /// Clip windows at the edge of every layer, which leaves exactly the pixels that the unit depends on; else padding
    /// counts as pixels, and units of a layer all have fields of one size.
    /// </param>
    /// <returns>Empty for a unit that sees nothing but padding.</returns>
    public static PixelBox Of(IReadOnlyList<LayerStep> steps, int layer, (int Y, int X)? unit, bool clip)
    {
        var whole = WholeMap(steps[layer].Output);
        var rows = unit is { } at ? new Span(at.Y, at.Y) : whole.Rows;
        var columns = unit is { } place ? new Span(place.X, place.X) : whole.Columns;
        for (var i = layer; i >= 0; i--)
        {
            var step = steps[i];
            if (step.Layer is Flatten or Linear)
                (rows, columns) = WholeMap(step.Input);
            else if (Window(step.Layer) is var (kernel, stride, padding, dilation))
            {
                rows = rows.Below(kernel.H, stride.H, padding.H, dilation.H);
                columns = columns.Below(kernel.W, stride.W, padding.W, dilation.W);
            }
            if (clip)
            {
                var map = WholeMap(step.Input);
                (rows, columns) = (rows.ClipTo(map.Rows), columns.ClipTo(map.Columns));
            }
        }
        return new PixelBox(rows.First, columns.First, Math.Max(rows.Last - rows.First + 1, 0), Math.Max(columns.Last - columns.First + 1, 0));
    }

    private static (Span Rows, Span Columns) WholeMap(Shape shape) =>
        shape.Rank == 4 ? (new Span(0, checked((int)shape[2]) - 1), new Span(0, checked((int)shape[3]) - 1)) : (new Span(0, 0), new Span(0, 0));

    private static (Pair Kernel, Pair Stride, Pair Padding, Pair Dilation)? Window(Layer layer) => layer switch
    {
        Conv2d conv => (conv.Kernel, conv.Stride, conv.Padding, conv.Dilation),
        MaxPool2d pool => (pool.Kernel, pool.Stride, pool.Padding, 1),
        AvgPool2d pool => (pool.Kernel, pool.Stride, pool.Padding, 1),
        LocalResponseNorm { AcrossChannels: false } norm => (norm.Size, 1, norm.Size / 2, 1),
        _ => null,
    };

    /// <summary>Rows or columns, both ends included.</summary>
    private readonly record struct Span(int First, int Last)
    {
        public Span Below(int kernel, int stride, int padding, int dilation) =>
            checked(new Span(First * stride - padding, Last * stride - padding + dilation * (kernel - 1)));

        public Span ClipTo(Span map) => new(Math.Max(First, map.First), Math.Min(Last, map.Last));
    }
}
