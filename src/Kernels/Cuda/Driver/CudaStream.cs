namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>CUstream.</summary>
internal sealed class CudaStream : IGpuStream
{
    private readonly CudaDriverRuntime runtime;
    private readonly bool isDefault;

    /// <summary>Makes a stream.</summary>
    public unsafe CudaStream(CudaDriverRuntime runtime, bool isDefault)
    {
        this.runtime = runtime;
        this.isDefault = isDefault;
        nint created;
        var context = runtime.Context;
        context.Check(context.Driver.StreamCreate(&created, CudaFlags.StreamNonBlocking), "cuStreamCreate");
        Handle = new CudaStreamHandle(context.Handle, created);
    }

    /// <summary>Its handle.</summary>
    public CudaStreamHandle Handle { get; }

    /// <summary>Its cuBLAS, made when it is first needed.</summary>
    public CudaGemm? Gemm { get; set; }

    /// <summary>Whether it writes work down instead of running it.</summary>
    public bool IsCapturing { get; set; }

    /// <summary>The runtime that it belongs to.</summary>
    public CudaDriverRuntime Runtime => runtime;

    /// <summary>How much of the memory handed out it has waited for; see <see cref="AllocationFence"/>.</summary>
    public long SeenAllocations { get; set; }

    /// <summary>Whether it needs no fence: memory is handed out in its order.</summary>
    public bool IsDefault => isDefault;

    /// <inheritdoc/>
    public void Synchronize()
    {
        var context = runtime.Enter();
        if (IsCapturing)
            throw new GpuException(
                "A stream that captures cannot be waited for: nothing runs before the capture is ended.");
        context.Check(context.Driver.StreamSynchronize(Handle), "cuStreamSynchronize");
    }

    /// <inheritdoc/>
    public void Wait(IGpuEvent recorded)
    {
        var context = runtime.Enter();
        context.Check(context.Driver.StreamWaitEvent(Handle, runtime.Own(recorded).Handle, 0), "cuStreamWaitEvent");
    }

    /// <inheritdoc/>
    public void BeginCapture() => runtime.BeginCapture(this);

    /// <inheritdoc/>
    public IGpuGraph EndCapture() => runtime.EndCapture(this);

    /// <summary>The runtime disposes its default stream itself.</summary>
    public void Dispose()
    {
        if (isDefault || Handle.IsClosed)
            return;
        runtime.Forget(this);
        Close();
    }

    /// <summary>Gives everything back.</summary>
    public void Close()
    {
        Gemm?.Dispose();
        Handle.Dispose();
    }
}
