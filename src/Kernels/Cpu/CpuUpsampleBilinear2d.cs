namespace ZfNet.Kernels;

/// <summary>
/// Bilinear resizing, plane by plane on all threads. A row of the large plane goes through one mixed row of the small one:
/// down the columns eight at a time, then across by a table of columns and weights.
/// </summary>
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void UpsampleBilinear2dForward(in UpsampleBilinear2dGeometry g, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float32)
            Upsample(g, x.Cpu<float>().Pointer, y.Cpu<float>().Pointer, backward: false);
        else
            base.UpsampleBilinear2dForward(g, x, y);
    }

    /// <inheritdoc/>
    public override void UpsampleBilinear2dBackward(in UpsampleBilinear2dGeometry g, BufferView dy, BufferView dx)
    {
        if (dy.DType == DType.Float32)
            Upsample(g, dx.Cpu<float>().Pointer, dy.Cpu<float>().Pointer, backward: true);
        else
            base.UpsampleBilinear2dBackward(g, dy, dx);
    }

    private void Upsample(in UpsampleBilinear2dGeometry g, float* small, float* large, bool backward)
    {
        using var table = new Scratch((sizeof(ColumnMix) / sizeof(float)) * (long)g.OW);
        using var rows = new Scratch(context.Pool.Threads * Scratch.Apart(g.W));
        var columns = (ColumnMix*)table.Floats;
        for (var ow = 0; ow < g.OW; ow++)
        {
            var (first, second, weight) = g.Column(ow);
            columns[ow] = new(first, second, (float)(1 - weight), (float)weight);
        }
        context.Pool.Run(g.Planes, new UpsampleBody(g, small, large, columns, rows.Floats, backward));
    }

    /// <summary>The two columns that an output column mixes, and their weights.</summary>
    private readonly record struct ColumnMix(int First, int Second, float FirstWeight, float SecondWeight);

    /// <summary>Small is the plane before resizing, large the one after it; backward runs from large to small.</summary>
    private readonly struct UpsampleBody(
        UpsampleBilinear2dGeometry g, float* small, float* large, ColumnMix* columns, float* rows, bool backward) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            float* from = small + index * g.H * g.W, to = large + index * g.OH * g.OW, row = rows + worker * Scratch.Apart(g.W);
            if (backward)
                new Span<float>(from, g.H * g.W).Clear();
            for (var oh = 0; oh < g.OH; oh++, to += g.OW)
            {
                var (top, bottom, down) = g.Row(oh);
                float* first = from + (long)top * g.W, second = from + (long)bottom * g.W;
                if (backward)
                {
                    Gather(to, row);
                    RowMath.AddScaled(row, (float)(1 - down), first, g.W);
                    RowMath.AddScaled(row, (float)down, second, g.W);
                }
                else
                {
                    RowMath.Mix(first, second, down, row, g.W);
                    Spread(row, to);
                }
            }
        }

        private void Spread(float* row, float* to)
        {
            for (var ow = 0; ow < g.OW; ow++)
            {
                ref readonly var column = ref columns[ow];
                to[ow] = column.FirstWeight * row[column.First] + column.SecondWeight * row[column.Second];
            }
        }

        private void Gather(float* from, float* row)
        {
            new Span<float>(row, g.W).Clear();
            for (var ow = 0; ow < g.OW; ow++)
            {
                ref readonly var column = ref columns[ow];
                row[column.First] += column.FirstWeight * from[ow];
                row[column.Second] += column.SecondWeight * from[ow];
            }
        }
    }
}
