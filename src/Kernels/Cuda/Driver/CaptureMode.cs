namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>
/// Lets a thread call, while it captures, what a capture forbids and does not need to see (taking memory); restores on
/// disposal.
/// </summary>
internal readonly unsafe ref struct RelaxedCapture
{
    private readonly CudaContext context;
    private readonly CudaCaptureMode before;

    /// <summary>Relaxes the calling thread.</summary>
    public RelaxedCapture(CudaContext context)
    {
        this.context = context;
        var mode = CudaCaptureMode.Relaxed;
        context.Check(context.Driver.ThreadExchangeStreamCaptureMode(&mode), "cuThreadExchangeStreamCaptureMode");
        before = mode;
    }

    /// <summary>Puts the thread's mode back.</summary>
    public void Dispose()
    {
        var mode = before;
        context.Check(context.Driver.ThreadExchangeStreamCaptureMode(&mode), "cuThreadExchangeStreamCaptureMode");
    }
}
