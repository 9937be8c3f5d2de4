namespace ZfNet.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void LocalResponseNormForward(in LocalResponseNormGeometry g, BufferView x, BufferView y)
    {
        if (x.DType != DType.Float32 || !g.AcrossChannels)
            base.LocalResponseNormForward(g, x, y);
        else
            LocalResponseNormKernel.Forward(context.Pool, g, Pointer(x), Pointer(y));
    }

    /// <inheritdoc/>
    public override void LocalResponseNormBackward(
        in LocalResponseNormGeometry g, BufferView x, BufferView dy, BufferView dx)
    {
        if (x.DType != DType.Float32 || !g.AcrossChannels)
            base.LocalResponseNormBackward(g, x, dy, dx);
        else
            LocalResponseNormKernel.Backward(context.Pool, g, Pointer(x), Pointer(dy), Pointer(dx));
    }
}
