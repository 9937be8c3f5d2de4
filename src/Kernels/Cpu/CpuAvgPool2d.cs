namespace ZfNet.Kernels;

/// <summary>Average pooling and unpooling, plane by plane on all threads.</summary>
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void AvgPool2dForward(in Pool2dGeometry g, bool countIncludePad, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float32)
            context.Pool.Run(g.Planes, new AvgPoolForwardBody(g, countIncludePad, x.Cpu<float>().Pointer, y.Cpu<float>().Pointer));
        else
            base.AvgPool2dForward(g, countIncludePad, x, y);
    }

    /// <inheritdoc/>
    public override void AvgPool2dBackward(in Pool2dGeometry g, bool countIncludePad, BufferView dy, BufferView dx)
    {
        if (dy.DType == DType.Float32)
            context.Pool.Run(g.Planes, new WindowFillBody(g, UnpoolMode.Accumulate, divide: true, countIncludePad, dy.Cpu<float>().Pointer, dx.Cpu<float>().Pointer));
        else
            base.AvgPool2dBackward(g, countIncludePad, dy, dx);
    }

    /// <inheritdoc/>
    public override void AvgUnpool2dForward(in Pool2dGeometry g, UnpoolMode mode, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float32)
            context.Pool.Run(g.Planes, new WindowFillBody(g, mode, divide: false, false, x.Cpu<float>().Pointer, y.Cpu<float>().Pointer));
        else
            base.AvgUnpool2dForward(g, mode, x, y);
    }

    /// <inheritdoc/>
    public override void AvgUnpool2dBackward(in Pool2dGeometry g, UnpoolMode mode, BufferView dy, BufferView dx)
    {
        if (dy.DType == DType.Float32)
            context.Pool.Run(g.Planes, new AvgUnpoolBackwardBody(g with { Planes = 1 }, mode, dy.Cpu<float>().Pointer, dx.Cpu<float>().Pointer));
        else
            base.AvgUnpool2dBackward(g, mode, dy, dx);
    }

    private readonly struct AvgUnpoolBackwardBody(Pool2dGeometry plane, UnpoolMode mode, float* dy, float* dx) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            long cells = (long)plane.H * plane.W, windows = (long)plane.OH * plane.OW;
            AvgUnpool2dBackward<float>(plane, mode, new(dy + index * cells, cells), new(dx + index * windows, windows));
        }
    }

    private readonly struct AvgPoolForwardBody(Pool2dGeometry g, bool countIncludePad, float* x, float* y) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            int height = g.OH, width = g.OW;
            float* plane = x + index * g.H * g.W, output = y + index * height * width;
            for (var oh = 0; oh < height; oh++)
            for (var ow = 0; ow < width; ow++)
            {
                var (top, bottom) = g.Rows(oh);
                var (left, right) = g.Columns(ow);
                var total = 0f;
                for (var h = top; h < bottom; h++)
                    for (var w = left; w < right; w++)
                        total += plane[h * g.W + w];
                output[oh * width + ow] = total / Divisor(g, countIncludePad, oh * width + ow);
            }
        }
    }

    /// <summary>Fills each window with its value, whole (unpooling) or over its divisor (the gradient of pooling).</summary>
    private readonly struct WindowFillBody(Pool2dGeometry g, UnpoolMode mode, bool divide, bool countIncludePad, float* values, float* y) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            int height = g.OH, width = g.OW;
            float* plane = y + index * g.H * g.W, from = values + index * height * width;
            new Span<float>(plane, g.H * g.W).Clear();
            for (var oh = 0; oh < height; oh++)
            for (var ow = 0; ow < width; ow++)
            {
                var (top, bottom) = g.Rows(oh);
                var (left, right) = g.Columns(ow);
                var value = from[oh * width + ow];
                if (divide)
                    value /= Divisor(g, countIncludePad, oh * width + ow);
                for (var h = top; h < bottom; h++)
                    for (var w = left; w < right; w++)
                        plane[h * g.W + w] = mode == UnpoolMode.Accumulate ? plane[h * g.W + w] + value : value;
            }
        }
    }
}
