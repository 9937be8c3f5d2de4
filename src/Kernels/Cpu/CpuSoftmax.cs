namespace ZfNet.Kernels;

/// <summary>Softmax and its logarithm: a task is some indices of the outer axis; see <see cref="SoftmaxKernel"/>.</summary>
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void SoftmaxForward(long outer, int size, long inner, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float32)
            SoftmaxKernel.Forward(context.Pool, outer, size, inner, Pointer(x), Pointer(y), logarithm: false);
        else
            base.SoftmaxForward(outer, size, inner, x, y);
    }

    /// <inheritdoc/>
    public override void SoftmaxBackward(long outer, int size, long inner, BufferView y, BufferView dy, BufferView dx)
    {
        if (y.DType == DType.Float32)
            SoftmaxKernel.Backward(context.Pool, outer, size, inner, Pointer(y), Pointer(dy), Pointer(dx), logarithm: false);
        else
            base.SoftmaxBackward(outer, size, inner, y, dy, dx);
    }

    /// <inheritdoc/>
    public override void LogSoftmaxForward(long outer, int size, long inner, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float32)
            SoftmaxKernel.Forward(context.Pool, outer, size, inner, Pointer(x), Pointer(y), logarithm: true);
        else
            base.LogSoftmaxForward(outer, size, inner, x, y);
    }

    /// <inheritdoc/>
    public override void LogSoftmaxBackward(long outer, int size, long inner, BufferView y, BufferView dy, BufferView dx)
    {
        if (y.DType == DType.Float32)
            SoftmaxKernel.Backward(context.Pool, outer, size, inner, Pointer(y), Pointer(dy), Pointer(dx), logarithm: true);
        else
            base.LogSoftmaxBackward(outer, size, inner, y, dy, dx);
    }
}
