namespace ZfNet.Kernels.Cuda;

/// <content>Copies, arithmetic, the rectifier, random numbers and the optimiser.</content>
public sealed unsafe partial class CudaBackend
{
    /// <inheritdoc/>
    public void Fill(double value, BufferView y) => kernels.Fill(y.DType, value, At(y), y.Length, Stream);

    /// <inheritdoc/>
    public void Copy(BufferView x, BufferView y)
    {
        if (x.Length > 0)
            runtime.CopyOnDevice(At(y), At(x), x.Length * x.DType.Size(), Stream);
    }

    /// <inheritdoc/>
    public void CopyStrided(ReadOnlySpan<long> sizes, in StridedView x, in StridedView y)
    {
        var size = x.Storage.DType.Size();
        kernels.CopyStrided(
            x.Storage.DType, sizes, At(x.Storage) + x.Offset * size, x.Strides, At(y.Storage) + y.Offset * size, y.Strides,
            Stream);
    }

    /// <inheritdoc/>
    public void Add(BufferView a, BufferView b, BufferView y) =>
        kernels.Add(y.DType, At(a), At(b), At(y), y.Length, Stream);

    /// <inheritdoc/>
    public void Multiply(BufferView a, BufferView b, BufferView y) =>
        kernels.Multiply(y.DType, At(a), At(b), At(y), y.Length, Stream);

    /// <inheritdoc/>
    public void Scale(double factor, BufferView x, BufferView y) =>
        kernels.Scale(y.DType, factor, At(x), At(y), y.Length, Stream);

    /// <inheritdoc/>
    public void ReLUForward(BufferView x, BufferView y) => kernels.ReLUForward(y.DType, At(x), At(y), y.Length, Stream);

    /// <inheritdoc/>
    public void ReLUBackward(ReLURule rule, BufferView y, BufferView dy, BufferView dx) =>
        kernels.ReLUBackward(rule, dx.DType, At(y), At(dy), At(dx), dx.Length, Stream);

    /// <inheritdoc/>
    public void Dropout(DropoutMask mask, BufferView x, BufferView y) =>
        kernels.Dropout(mask, y.DType, At(x), At(y), y.Length, Stream, At(mask.StreamAt));

    /// <inheritdoc/>
    public void RandomUniform(ulong seed, ulong stream, double low, double high, BufferView y) =>
        kernels.RandomUniform(seed, stream, low, high, y.DType, At(y), y.Length, Stream);

    /// <inheritdoc/>
    public void RandomNormal(ulong seed, ulong stream, double mean, double deviation, BufferView y) =>
        kernels.RandomNormal(seed, stream, mean, deviation, y.DType, At(y), y.Length, Stream);

    /// <inheritdoc/>
    public void Sgd(SgdStep step, BufferView gradient, BufferView? velocity, BufferView w) =>
        kernels.Sgd(
            w.DType, step, At(gradient), At(velocity), At(w), w.Length, Stream, At(step.RateAt));

    /// <inheritdoc/>
    public void RenormaliseFilters(long filters, long size, double radius, BufferView w, BufferView rms) =>
        kernels.RenormaliseFilters(filters, size, radius, w.DType, At(w), At(rms), Stream);

    /// <inheritdoc/>
    public void Sum(BufferView x, BufferView y)
    {
        using var scratch = memory.Allocate(CudaSum.SumScratch(x.Length));
        kernels.Sum(x.DType, At(x), x.Length, At(y), scratch.Pointer, Stream);
    }
}
