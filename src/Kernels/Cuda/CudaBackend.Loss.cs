namespace ZfNet.Kernels.Cuda;

/// <content>Softmax and cross-entropy.</content>
public sealed unsafe partial class CudaBackend
{
    /// <inheritdoc/>
    public void SoftmaxForward(long outer, int size, long inner, BufferView x, BufferView y) =>
        kernels.SoftmaxForward(x.DType, logarithm: false, outer, size, inner, At(x), At(y), Stream);

    /// <inheritdoc/>
    public void SoftmaxBackward(long outer, int size, long inner, BufferView y, BufferView dy, BufferView dx) =>
        kernels.SoftmaxBackward(y.DType, logarithm: false, outer, size, inner, At(y), At(dy), At(dx), Stream);

    /// <inheritdoc/>
    public void LogSoftmaxForward(long outer, int size, long inner, BufferView x, BufferView y) =>
        kernels.SoftmaxForward(x.DType, logarithm: true, outer, size, inner, At(x), At(y), Stream);

    /// <inheritdoc/>
    public void LogSoftmaxBackward(long outer, int size, long inner, BufferView y, BufferView dy, BufferView dx) =>
        kernels.SoftmaxBackward(y.DType, logarithm: true, outer, size, inner, At(y), At(dy), At(dx), Stream);

    /// <inheritdoc/>
    public void CrossEntropyForward(
        CrossEntropyGeometry g, BufferView x, BufferView labels, BufferView? weight, BufferView loss)
    {
        using var scratch = memory.Allocate(CudaCrossEntropy.CrossEntropyScratch(x.DType, g));
        kernels.CrossEntropyForward(
            x.DType, g, At(x), At(labels), At(weight), At(loss), scratch.Pointer, Stream);
        if (LooksAtIndices)
            ThrowBadLabel(g, scratch, labels);
    }

    /// <inheritdoc/>
    public void CrossEntropyBackward(
        CrossEntropyGeometry g, BufferView x, BufferView labels, BufferView? weight, BufferView dloss, BufferView dx)
    {
        using var scratch = memory.Allocate(CudaCrossEntropy.CrossEntropyScratch(x.DType, g));
        kernels.CrossEntropyBackward(
            x.DType, g, At(x), At(labels), At(weight), At(dloss), At(dx), scratch.Pointer, Stream);
    }

    private void ThrowBadLabel(CrossEntropyGeometry g, CudaBuffer scratch, BufferView labels)
    {
        int bad, label;
        runtime.CopyToHost(&bad, scratch.Pointer, sizeof(int), Stream);
        if (bad >= g.N)
            return;
        runtime.CopyToHost(&label, At(labels) + (long)bad * sizeof(int), sizeof(int), Stream);
        throw new ArgumentOutOfRangeException(
            $"cross_entropy: label {label} of sample {bad} is not one of {g.C} classes.", innerException: null);
    }
}
