using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet;

/// <summary>Layers run on a part of their input.</summary>
internal static class LayerReach
{
    /// <summary>Whether every output depends on one place of the input alone, and not on where it is.</summary>
    public static bool IsPlace(Layer layer) => layer is ReLU or Dropout or LocalResponseNorm { AcrossChannels: true };

    /// <summary>
    /// Whether a layer with windows treats all of them alike, those on the border seeing cells of one value there. Average
    /// pooling does not where it divides by another number at the border.
    /// </summary>
    public static bool IsAlikeEverywhere(LayerStep step)
    {
        if (step.Layer is not AvgPool2d pool)
            return true;
        var counted = pool.CountIncludePad ? pool.Padding : new Pair(0, 0);
        return (pool.CountIncludePad || pool.Padding == new Pair(0, 0))
            && (step.Output[2] - 1) * pool.Stride.H + pool.Kernel.H <= step.Input[2] + 2 * counted.H
            && (step.Output[3] - 1) * pool.Stride.W + pool.Kernel.W <= step.Input[3] + 2 * counted.W;
    }

    /// <summary>Outputs of a layer that are computed together, and round together.</summary>
    public static Pair Tile(LayerStep step) => step.Layer is Conv2d conv ? conv.OutputTile(step.Input) : 1;

    /// <summary>
    /// A layer's input with all the cells around it that its windows see, also those of the last tile's outputs that lie beyond the
    /// maps: zeros, or what is never a maximum.
    /// </summary>
    public static Tensor Bordered(LayerStep step, SlidingWindow window, Pair tile, Tensor maps)
    {
        using var scope = new TensorScope();
        var (rows, columns) = (window.Rows, window.Columns);
        Shape shape =
        [
            1, step.Input[1], (Whole(step.Output[2], tile.H) - 1) * rows.Stride + rows.Extent,
            (Whole(step.Output[3], tile.W) - 1) * columns.Stride + columns.Extent,
        ];
        var result = Tensor.Full(shape, step.Layer is MaxPool2d ? double.NegativeInfinity : 0, maps.DType, maps.Device);
        // Rows and columns that no window reaches are left out.
        var height = Math.Min(step.Input[2], shape[2] - rows.Padding);
        var width = Math.Min(step.Input[3], shape[3] - columns.Padding);
        if (height > 0 && width > 0)
            result.Narrow(2, rows.Padding, height).Narrow(3, columns.Padding, width)
                .CopyFrom(maps.Narrow(2, 0, height).Narrow(3, 0, width));
        return scope.Keep(result);
    }

    /// <summary>Cells of as many tiles as it takes.</summary>
    private static long Whole(long cells, int tile) => (cells + tile - 1) / tile * tile;

    /// <summary>A layer on whole maps, with the rectifier after it if asked for.</summary>
    public static Tensor Forward(Layer layer, Tensor x, bool rectified) =>
        layer is Conv2d conv ? Convolve(conv, x, conv.Padding, rectified, null) : layer.Forward(x);

    /// <summary>A layer with windows on a part of <see cref="Bordered"/> input: windows that lie in it wholly, and no others.</summary>
    public static Tensor ForwardInside(LayerStep step, Tensor x, bool rectified)
    {
        switch (step.Layer)
        {
            case Conv2d conv:
                return Convolve(conv, x, 0, rectified, new Pair((int)step.Output[2], (int)step.Output[3]));
            case MaxPool2d pool:
                return x.MaxPool2d(pool.Kernel, pool.Stride);
            case AvgPool2d pool:
                return x.AvgPool2d(pool.Kernel, pool.Stride);
            default:
                // Normalisation within a map: the border's own outputs are of no use.
                var size = ((LocalResponseNorm)step.Layer).Size;
                using (var scope = new TensorScope())
                    return scope.Keep(step.Layer.Forward(x).Narrow(2, size / 2, x.Shape[2] - size + 1).Narrow(3, size / 2, x.Shape[3] - size + 1).Contiguous());
        }
    }

    private static Tensor Convolve(Conv2d conv, Tensor x, Pair padding, bool rectified, Pair? partOf) => x.Conv2d(
        conv.Weight, conv.Bias, conv.Stride, padding, conv.Dilation, conv.Groups, rectified ? ReLURule.Gradient : null, partOf);
}
