namespace ZfNet.Kernels.Cuda.Driver;

public sealed partial class CudaDriverRuntime
{
    /// <inheritdoc/>
    public DevicePointer Allocate(long bytes)
    {
        Enter();
        var taken = memory.Take(bytes);
        if (capturing is null)
            fence.Raise();
        return taken;
    }

    /// <inheritdoc/>
    public void Free(DevicePointer pointer)
    {
        Enter();
        memory.Give(pointer);
    }

    /// <inheritdoc/>
    public unsafe void CopyToDevice(DevicePointer destination, void* source, long bytes, IGpuStream stream)
    {
        var own = Enter(stream);
        RefuseCapture(own, "from the host");
        staging.ToDevice(destination.Address, (byte*)source, Amount(bytes), own.Handle);
    }

    /// <inheritdoc/>
    public unsafe void CopyToHost(void* destination, DevicePointer source, long bytes, IGpuStream stream)
    {
        var own = Enter(stream);
        RefuseCapture(own, "to the host");
        staging.ToHost((byte*)destination, source.Address, Amount(bytes), own.Handle);
    }

    /// <inheritdoc/>
    public void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes, IGpuStream stream)
    {
        var own = Enter(stream);
        if (Amount(bytes) > 0)
        {
            Context.Check(
                Context.Driver.MemcpyDtoDAsync(destination.Address, source.Address, (nuint)bytes, own.Handle),
                $"cuMemcpyDtoDAsync({CudaNames.Bytes(bytes)})");
        }
    }

    /// <inheritdoc/>
    public void Fill(DevicePointer destination, byte value, long bytes, IGpuStream stream)
    {
        var own = Enter(stream);
        if (Amount(bytes) > 0)
        {
            Context.Check(
                Context.Driver.MemsetD8Async(destination.Address, value, (nuint)bytes, own.Handle),
                $"cuMemsetD8Async({CudaNames.Bytes(bytes)})");
        }
    }

    private static long Amount(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return bytes;
    }

    // A replay would copy whatever lies in the staging slot by then.
    private static void RefuseCapture(CudaStream stream, string direction)
    {
        if (stream.IsCapturing)
            throw new GpuException($"A copy {direction} cannot be captured: copy before or after the capture.");
    }
}
