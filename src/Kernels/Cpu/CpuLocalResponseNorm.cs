namespace ZfNet.Kernels;

/// <summary>Local response normalisation: across channels by its own kernel, within a channel the plain loops, a plane a task.</summary>
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void LocalResponseNormForward(in LocalResponseNormGeometry g, BufferView x, BufferView y)
    {
        if (x.DType != DType.Float32)
            base.LocalResponseNormForward(g, x, y);
        else if (g.AcrossChannels)
            LocalResponseNormKernel.Forward(context.Pool, g, Pointer(x), Pointer(y));
        else
            context.Pool.Run((long)g.N * g.C, new WithinForwardBody(g with { N = 1, C = 1 }, Pointer(x), Pointer(y)));
    }

    /// <inheritdoc/>
    public override void LocalResponseNormBackward(
        in LocalResponseNormGeometry g, BufferView x, BufferView dy, BufferView dx)
    {
        if (x.DType != DType.Float32)
            base.LocalResponseNormBackward(g, x, dy, dx);
        else if (g.AcrossChannels)
            LocalResponseNormKernel.Backward(context.Pool, g, Pointer(x), Pointer(dy), Pointer(dx));
        else
            context.Pool.Run((long)g.N * g.C, new WithinBackwardBody(g with { N = 1, C = 1 }, Pointer(x), Pointer(dy), Pointer(dx)));
    }

    private readonly struct WithinForwardBody(LocalResponseNormGeometry plane, float* x, float* y) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            var cells = (long)plane.H * plane.W;
            LocalResponseNormForward<float>(plane, new(x + index * cells, cells), new(y + index * cells, cells));
        }
    }

    private readonly struct WithinBackwardBody(LocalResponseNormGeometry plane, float* x, float* dy, float* dx) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            var cells = (long)plane.H * plane.W;
            LocalResponseNormBackward<float>(
                plane, new(x + index * cells, cells), new(dy + index * cells, cells), new(dx + index * cells, cells));
        }
    }
}
