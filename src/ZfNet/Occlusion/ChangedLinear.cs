using ZfNet.Engine;

namespace ZfNet;

/// <summary>
/// A fully connected layer on pictures of whose maps x some rows differ from those of one picture, x0: y = y0 + W (x - x0), a row at a
/// time, for those batches in which some picture's window has it.
/// </summary>
internal static class ChangedLinear
{
    /// <summary>
    /// Whether few enough rows differ: the columns of W that meet a row are copied together, and a whole product has the better shape.
    /// </summary>
    /// <param name="maps">Shape of the maps, [1, C, H, W].</param>
    /// <param name="windows">Batches of pictures.</param>
    public static bool Pays(Shape maps, IReadOnlyList<MapWindows> windows) =>
        4 * windows.Sum(batch => (long)batch.Count * Enumerable.Range(0, (int)maps[2]).Count(batch.HasRow)) < 3 * windows.Sum(batch => batch.Count * maps[2]);

    /// <summary>The layer's output for all pictures in order, [N, Out]; for the caller to dispose.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="maps">The one picture's maps [1, C, H, W].</param>
    /// <param name="output">What the layer makes of them, [1, Out].</param>
    /// <param name="windows">Batches of pictures made from the one.</param>
    public static Tensor Forward(Linear layer, Tensor maps, Tensor output, IReadOnlyList<MapWindows> windows)
    {
        using var scope = new TensorScope();
        using var mode = Autograd.NoGrad();
        long channels = maps.Shape[1], width = maps.Shape[3], outputs = output.Shape[1];
        var weight = layer.Weight.Reshape(outputs, channels, maps.Shape[2], width);
        var negative = maps.Scale(-1);
        var y = output.Expand([windows.Sum(batch => batch.Count), outputs]).Contiguous();
        for (var row = 0; row < maps.Shape[2]; row++)
        {
            using var own = new TensorScope();
            var changed = windows.Where(batch => batch.HasRow(row)).ToList();
            if (changed.Count == 0)
                continue;
            var before = negative.Narrow(2, row, 1);
            var x = MapWindows.Joined(changed, batch => batch.Row(maps, row).Add(before.Expand([batch.Count, channels, 1, width])));
            var sums = x.Reshape(-1, channels * width).Linear(weight.Narrow(2, row, 1).Reshape(outputs, channels * width));
            int from = 0, to = 0;
            foreach (var batch in windows)
            {
                if (batch.HasRow(row))
                {
                    var target = y.Narrow(0, to, batch.Count);
                    target.CopyFrom(target.Add(sums.Narrow(0, from, batch.Count)));
                    from += batch.Count;
                }
                to += batch.Count;
            }
        }
        return scope.Keep(y);
    }
}
