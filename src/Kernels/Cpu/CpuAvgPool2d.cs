namespace ZfNet.Kernels;

/// <summary>
/// Average pooling and unpooling, plane by plane on all threads. A row of windows goes through one row of sums: down the columns
/// eight at a time, across them window by window.
/// </summary>
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void AvgPool2dForward(in Pool2dGeometry g, bool countIncludePad, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float32)
            SumWindows(g, divide: true, countIncludePad, x, y);
        else
            base.AvgPool2dForward(g, countIncludePad, x, y);
    }

    /// <inheritdoc/>
    public override void AvgPool2dBackward(in Pool2dGeometry g, bool countIncludePad, BufferView dy, BufferView dx)
    {
        if (dy.DType == DType.Float32)
            FillWindows(g, UnpoolMode.Accumulate, divide: true, countIncludePad, dy, dx);
        else
            base.AvgPool2dBackward(g, countIncludePad, dy, dx);
    }

    /// <inheritdoc/>
    public override void AvgUnpool2dForward(in Pool2dGeometry g, UnpoolMode mode, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float32)
            FillWindows(g, mode, divide: false, countIncludePad: false, x, y);
        else
            base.AvgUnpool2dForward(g, mode, x, y);
    }

    /// <inheritdoc/>
    public override void AvgUnpool2dBackward(in Pool2dGeometry g, UnpoolMode mode, BufferView dy, BufferView dx)
    {
        if (dy.DType != DType.Float32)
            base.AvgUnpool2dBackward(g, mode, dy, dx);
        else
            SumWindows(g, divide: false, countIncludePad: false, dy, dx, lastOnly: mode == UnpoolMode.Overwrite);
    }

    private void SumWindows(in Pool2dGeometry g, bool divide, bool countIncludePad, BufferView x, BufferView y, bool lastOnly = false)
    {
        using var scratch = new Scratch(g.OW + context.Pool.Threads * Scratch.Apart(g.W));
        var divisors = divide ? ColumnDivisors(g, countIncludePad, scratch.Floats) : null;
        context.Pool.Run(g.Planes, new WindowSumBody(g, divisors, countIncludePad, lastOnly, x.Cpu<float>().Pointer, y.Cpu<float>().Pointer, scratch.Floats + g.OW));
    }

    private void FillWindows(in Pool2dGeometry g, UnpoolMode mode, bool divide, bool countIncludePad, BufferView x, BufferView y)
    {
        using var scratch = new Scratch(g.OW + context.Pool.Threads * Scratch.Apart(g.W));
        var divisors = divide ? ColumnDivisors(g, countIncludePad, scratch.Floats) : null;
        context.Pool.Run(g.Planes, new WindowFillBody(g, mode, divisors, countIncludePad, x.Cpu<float>().Pointer, y.Cpu<float>().Pointer, scratch.Floats + g.OW));
    }

    private static float* ColumnDivisors(in Pool2dGeometry g, bool countIncludePad, float* divisors)
    {
        for (var ow = 0; ow < g.OW; ow++)
            divisors[ow] = g.ColumnDivisor(ow, countIncludePad);
        return divisors;
    }

    /// <summary>
    /// Each window's sum, over its divisor where there are divisors; where asked, a cell of several windows counts in the last one only.
    /// </summary>
    private readonly struct WindowSumBody(
        Pool2dGeometry g, float* divisors, bool countIncludePad, bool lastOnly, float* x, float* y, float* scratch) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            int height = g.OH, width = g.OW;
            float* plane = x + index * g.H * g.W, to = y + index * height * width, sums = scratch + worker * Scratch.Apart(g.W);
            for (var oh = 0; oh < height; oh++, to += width)
            {
                var (top, bottom) = lastOnly && oh + 1 < height ? Before(g.Rows(oh), g.Rows(oh + 1)) : g.Rows(oh);
                new Span<float>(sums, g.W).Clear();
                for (var h = top; h < bottom; h++)
                    RowMath.Add(plane + (long)h * g.W, sums, g.W);
                for (var ow = 0; ow < width; ow++)
                {
                    var (left, right) = lastOnly && ow + 1 < width ? Before(g.Columns(ow), g.Columns(ow + 1)) : g.Columns(ow);
                    var total = 0f;
                    for (var w = left; w < right; w++)
                        total += sums[w];
                    to[ow] = total;
                }
                if (divisors == null)
                    continue;
                var rows = g.RowDivisor(oh, countIncludePad);
                for (var ow = 0; ow < width; ow++)
                    to[ow] /= divisors[ow] * rows;
            }
        }

        private static (int Start, int End) Before((int Start, int End) window, (int Start, int End) next) =>
            (window.Start, Math.Min(window.End, next.Start));
    }

    /// <summary>Fills each window with its value, whole (unpooling) or over its divisor (the gradient of pooling).</summary>
    private readonly struct WindowFillBody(
        Pool2dGeometry g, UnpoolMode mode, float* divisors, bool countIncludePad, float* values, float* y, float* scratch) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            int height = g.OH, width = g.OW;
            float* plane = y + index * g.H * g.W, from = values + index * height * width, row = scratch + worker * Scratch.Apart(g.W);
            new Span<float>(plane, g.H * g.W).Clear();
            for (var oh = 0; oh < height; oh++, from += width)
            {
                var (top, bottom) = g.Rows(oh);
                var rows = g.RowDivisor(oh, countIncludePad);
                new Span<float>(row, g.W).Clear();
                for (var ow = 0; ow < width; ow++)
                {
                    var (left, right) = g.Columns(ow);
                    var value = divisors == null ? from[ow] : from[ow] / (divisors[ow] * rows);
                    for (var w = left; w < right; w++)
                        row[w] = mode == UnpoolMode.Accumulate ? row[w] + value : value;
                }
                for (var h = top; h < bottom; h++)
                {
                    // Columns that no window covers are zero in every row.
                    if (mode == UnpoolMode.Accumulate)
                        RowMath.Add(row, plane + (long)h * g.W, g.W);
                    else
                        new Span<float>(row, g.W).CopyTo(new Span<float>(plane + (long)h * g.W, g.W));
                }
            }
        }
    }
}
