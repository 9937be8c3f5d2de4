namespace ZfNet.Kernels.Cuda;

/// <content>Pooling, unpooling, resizing and normalisation.</content>
public sealed unsafe partial class CudaBackend
{
    /// <inheritdoc/>
    public void MaxPool2dForward(in Pool2dGeometry g, BufferView x, BufferView y, BufferView switches) =>
        kernels.MaxPool2dForward(g, x.DType, At(x), At(y), At(switches), Stream);

    /// <inheritdoc/>
    public void MaxPool2dBackward(in Pool2dGeometry g, BufferView dy, BufferView switches, BufferView dx) =>
        kernels.MaxPool2dBackward(g, dy.DType, At(dy), At(switches), At(dx), Stream);

    /// <inheritdoc/>
    public void MaxUnpool2dForward(in MaxUnpool2dGeometry g, BufferView x, BufferView switches, BufferView y)
    {
        using var fault = Fault();
        kernels.MaxUnpool2dForward(g, x.DType, At(x), At(switches), At(y), fault.Pointer, Stream);
        ThrowFault(g, fault, switches);
    }

    /// <inheritdoc/>
    public void MaxUnpool2dBackward(in MaxUnpool2dGeometry g, BufferView dy, BufferView switches, BufferView dx)
    {
        using var fault = Fault();
        kernels.MaxUnpool2dBackward(g, dy.DType, At(dy), At(switches), At(dx), fault.Pointer, Stream);
        ThrowFault(g, fault, switches);
    }

    /// <inheritdoc/>
    public void AvgPool2dForward(in Pool2dGeometry g, bool countIncludePad, BufferView x, BufferView y) =>
        kernels.AvgPool2dForward(g, countIncludePad, x.DType, At(x), At(y), Stream);

    /// <inheritdoc/>
    public void AvgPool2dBackward(in Pool2dGeometry g, bool countIncludePad, BufferView dy, BufferView dx) =>
        kernels.AvgPool2dBackward(g, countIncludePad, dy.DType, At(dy), At(dx), Stream);

    /// <inheritdoc/>
    public void AvgUnpool2dForward(in Pool2dGeometry g, UnpoolMode mode, BufferView x, BufferView y) =>
        kernels.AvgUnpool2dForward(g, mode, x.DType, At(x), At(y), Stream);

    /// <inheritdoc/>
    public void AvgUnpool2dBackward(in Pool2dGeometry g, UnpoolMode mode, BufferView dy, BufferView dx) =>
        kernels.AvgUnpool2dBackward(g, mode, dy.DType, At(dy), At(dx), Stream);

    /// <inheritdoc/>
    public void UpsampleBilinear2dForward(in UpsampleBilinear2dGeometry g, BufferView x, BufferView y) =>
        kernels.UpsampleBilinear2dForward(g, x.DType, At(x), At(y), Stream);

    /// <inheritdoc/>
    public void UpsampleBilinear2dBackward(in UpsampleBilinear2dGeometry g, BufferView dy, BufferView dx)
    {
        using var scratch = memory.Allocate(CudaUpsampleBilinear2d.UpsampleBilinear2dScratchBytes(g));
        kernels.UpsampleBilinear2dBackward(g, dy.DType, At(dy), At(dx), scratch.Pointer, Stream);
    }

    /// <inheritdoc/>
    public void LocalResponseNormForward(in LocalResponseNormGeometry g, BufferView x, BufferView y) =>
        kernels.LocalResponseNormForward(g, x.DType, At(x), At(y), Stream);

    /// <inheritdoc/>
    public void LocalResponseNormBackward(in LocalResponseNormGeometry g, BufferView x, BufferView dy, BufferView dx)
    {
        using var scratch = memory.Allocate(CudaLocalResponseNorm.LocalResponseNormScratch(g) * x.DType.Size());
        kernels.LocalResponseNormBackward(g, x.DType, At(x), At(dy), At(dx), scratch.Pointer, Stream);
    }

    // Empty, whose pointer is null, where nobody will look.
    private CudaBuffer Fault()
    {
        var fault = memory.Allocate(LooksAtIndices ? CudaMaxUnpool2d.FaultBytes : 0);
        if (LooksAtIndices)
            kernels.ClearMaxUnpool2dFault(fault.Pointer, Stream);
        return fault;
    }

    private void ThrowFault(in MaxUnpool2dGeometry g, CudaBuffer fault, BufferView switches)
    {
        if (fault.ByteLength > 0)
            kernels.ThrowMaxUnpool2dFault(g, fault.Pointer, At(switches), Stream);
    }
}
