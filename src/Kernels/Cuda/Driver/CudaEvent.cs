namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>CUevent, with its time.</summary>
internal sealed unsafe class CudaEvent : IGpuEvent
{
    private readonly CudaDriverRuntime runtime;

    /// <summary>Makes an event.</summary>
    public CudaEvent(CudaDriverRuntime runtime)
    {
        this.runtime = runtime;
        nint created;
        var context = runtime.Context;
        context.Check(context.Driver.EventCreate(&created, CudaFlags.EventDefault), "cuEventCreate");
        Handle = new CudaEventHandle(context.Handle, created);
    }

    /// <summary>Its handle.</summary>
    public CudaEventHandle Handle { get; }

    /// <summary>The runtime that it belongs to.</summary>
    public CudaDriverRuntime Runtime => runtime;

    /// <inheritdoc/>
    public void Record(IGpuStream stream)
    {
        var context = runtime.Enter();
        context.Check(context.Driver.EventRecord(Handle, runtime.Own(stream).Handle), "cuEventRecord");
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        var context = runtime.Enter();
        context.Check(context.Driver.EventSynchronize(Handle), "cuEventSynchronize");
    }

    /// <inheritdoc/>
    public double MillisecondsSince(IGpuEvent start)
    {
        var context = runtime.Enter();
        float milliseconds;
        context.Check(
            context.Driver.EventElapsedTime(&milliseconds, runtime.Own(start).Handle, Handle), "cuEventElapsedTime");
        return milliseconds;
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}
