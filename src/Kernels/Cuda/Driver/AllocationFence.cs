namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>
/// Memory is handed out in the order of the default stream: a block may be in use there by work that is still to run.
/// This makes other streams wait for that before they start work that may use it. With the default stream alone it
/// costs nothing.
/// </summary>
internal sealed unsafe class AllocationFence(CudaContext context, CudaStream defaultStream) : IDisposable
{
    private CudaEventHandle? fence;
    private long allocations;
    private int others;

    /// <summary>Another stream is there.</summary>
    public void Add(CudaStream stream)
    {
        if (fence is null)
        {
            nint created;
            context.Check(context.Driver.EventCreate(&created, CudaFlags.EventDisableTiming), "cuEventCreate");
            fence = new CudaEventHandle(context.Handle, created);
        }
        others++;
        stream.SeenAllocations = -1;
        if (!defaultStream.IsCapturing)
            context.Check(context.Driver.EventRecord(fence, defaultStream.Handle), "cuEventRecord");
        else
            stream.SeenAllocations = allocations;
    }

    /// <summary>A stream is gone.</summary>
    public void Remove() => others--;

    /// <summary>A block was handed out.</summary>
    public void Raise()
    {
        if (others == 0)
            return;
        allocations++;
        context.Check(context.Driver.EventRecord(fence!, defaultStream.Handle), "cuEventRecord");
    }

    /// <summary>A stream is about to get work.</summary>
    public void Pass(CudaStream stream)
    {
        if (stream.IsDefault || stream.SeenAllocations == allocations)
            return;
        context.Check(context.Driver.StreamWaitEvent(stream.Handle, fence!, 0), "cuStreamWaitEvent");
        stream.SeenAllocations = allocations;
    }

    /// <inheritdoc/>
    public void Dispose() => fence?.Dispose();
}
