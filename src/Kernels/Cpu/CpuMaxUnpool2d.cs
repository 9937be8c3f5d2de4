namespace ZfNet.Kernels;

/// <summary>Putting values back to their switches, plane by plane: planes are independent, so no two threads share a pixel.</summary>
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void MaxPool2dBackward(in Pool2dGeometry g, BufferView dy, BufferView switches, BufferView dx)
    {
        if (dy.DType == DType.Float32)
            Scatter(new ScatterBody(g.OH * g.OW, g.H * g.W, UnpoolMode.Accumulate, dy, switches, dx), g.Planes);
        else
            base.MaxPool2dBackward(g, dy, switches, dx);
    }

    /// <inheritdoc/>
    public override void MaxUnpool2dForward(in MaxUnpool2dGeometry g, BufferView x, BufferView switches, BufferView y)
    {
        if (x.DType == DType.Float32)
            Scatter(new ScatterBody(g.H * g.W, g.OH * g.OW, g.Mode, x, switches, y), g.Planes);
        else
            base.MaxUnpool2dForward(g, x, switches, y);
    }

    /// <inheritdoc/>
    public override void MaxUnpool2dBackward(in MaxUnpool2dGeometry g, BufferView dy, BufferView switches, BufferView dx)
    {
        if (dy.DType == DType.Float32)
            context.Pool.Run(g.Planes, new GatherBody(g with { Planes = 1 }, dy, switches, dx));
        else
            base.MaxUnpool2dBackward(g, dy, switches, dx);
    }

    private readonly struct GatherBody(MaxUnpool2dGeometry plane, BufferView dy, BufferView switches, BufferView dx) : IParallelBody
    {
        private readonly float* upstream = dy.Cpu<float>().Pointer, output = dx.Cpu<float>().Pointer;
        private readonly int* positions = switches.Cpu<int>().Pointer;

        public void Run(long index, int worker)
        {
            long pooled = (long)plane.H * plane.W, cells = (long)plane.OH * plane.OW;
            MaxUnpool2dBackward<float>(
                plane, new(upstream + index * cells, cells), new(positions + index * pooled, pooled), new(output + index * pooled, pooled));
        }
    }

    private void Scatter(ScatterBody body, long planes) => context.Pool.Run(planes, body);

    private readonly struct ScatterBody(int pooled, int plane, UnpoolMode mode, BufferView x, BufferView switches, BufferView y) : IParallelBody
    {
        private readonly float* values = x.Cpu<float>().Pointer, output = y.Cpu<float>().Pointer;
        private readonly int* positions = switches.Cpu<int>().Pointer;

        public void Run(long index, int worker)
        {
            float* from = values + index * pooled, to = output + index * plane;
            var at = positions + index * pooled;
            new Span<float>(to, plane).Clear();
            for (var i = 0; i < pooled; i++)
            {
                if ((uint)at[i] >= (uint)plane)
                    ThrowSwitch(at[i], index * pooled + i, plane);
                to[at[i]] = mode == UnpoolMode.Accumulate ? to[at[i]] + from[i] : from[i];
            }
        }
    }
}
