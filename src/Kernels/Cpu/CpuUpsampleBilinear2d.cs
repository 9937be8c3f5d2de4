namespace ZfNet.Kernels;

/// <summary>Bilinear resizing, plane by plane on all threads.</summary>
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void UpsampleBilinear2dForward(in UpsampleBilinear2dGeometry g, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float32)
            context.Pool.Run(g.Planes, new UpsampleBody(g, x.Cpu<float>().Pointer, y.Cpu<float>().Pointer, backward: false));
        else
            base.UpsampleBilinear2dForward(g, x, y);
    }

    /// <inheritdoc/>
    public override void UpsampleBilinear2dBackward(in UpsampleBilinear2dGeometry g, BufferView dy, BufferView dx)
    {
        if (dy.DType == DType.Float32)
            context.Pool.Run(g.Planes, new UpsampleBody(g, dx.Cpu<float>().Pointer, dy.Cpu<float>().Pointer, backward: true));
        else
            base.UpsampleBilinear2dBackward(g, dy, dx);
    }

    /// <summary>Small is the plane before resizing, large the one after it; backward runs from large to small.</summary>
    private readonly struct UpsampleBody(UpsampleBilinear2dGeometry g, float* small, float* large, bool backward) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            float* from = small + index * g.H * g.W, to = large + index * g.OH * g.OW;
            if (backward)
                new Span<float>(from, g.H * g.W).Clear();
            for (var oh = 0; oh < g.OH; oh++)
            {
                var (top, bottom, down) = g.Row(oh);
                for (var ow = 0; ow < g.OW; ow++)
                {
                    var (left, right, across) = g.Column(ow);
                    float a = (float)((1 - down) * (1 - across)), b = (float)((1 - down) * across);
                    float c = (float)(down * (1 - across)), d = (float)(down * across);
                    ref var pixel = ref to[oh * g.OW + ow];
                    if (!backward)
                    {
                        pixel = a * from[top * g.W + left] + b * from[top * g.W + right] + c * from[bottom * g.W + left] + d * from[bottom * g.W + right];
                        continue;
                    }
                    from[top * g.W + left] += a * pixel;
                    from[top * g.W + right] += b * pixel;
                    from[bottom * g.W + left] += c * pixel;
                    from[bottom * g.W + right] += d * pixel;
                }
            }
        }
    }
}
