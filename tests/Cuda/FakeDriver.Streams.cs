using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// Streams, events and graphs of the fake driver. All streams share one order, which is an order that CUDA allows.
/// </summary>
internal sealed unsafe partial class FakeDriver
{
    private readonly Dictionary<nint, List<Action>> graphs = [];
    private nint capturingStream;
    private bool invalidated;
    private List<Action> written = [];
    private CudaCaptureMode threadMode;

    public CudaStatus StreamCreate(nint* stream, uint flags) => Create("stream", stream, $"StreamCreate({flags})");

    public CudaStatus StreamDestroy(nint stream)
    {
        // What was given to it is still done.
        RunUpTo(issued);
        return Destroy("stream", stream, "StreamDestroy");
    }

    public CudaStatus StreamSynchronize(CudaStreamHandle stream)
    {
        var status = Call("StreamSynchronize");
        if (IsCapturing(stream))
            return Invalidate();
        RunUpTo(issued);
        return status;
    }

    public CudaStatus StreamWaitEvent(CudaStreamHandle stream, CudaEventHandle recorded, uint flags)
    {
        if (IsCapturing(stream))
            Violations.Add("A capturing stream waits for an event from outside.");
        return Call("StreamWaitEvent");
    }

    public CudaStatus StreamBeginCapture(CudaStreamHandle stream, CudaCaptureMode mode)
    {
        var status = Call($"StreamBeginCapture({mode})");
        if (status != CudaStatus.Success)
            return status;
        capturingStream = stream.DangerousGetHandle();
        invalidated = false;
        written = [];
        threadMode = CudaCaptureMode.Global;
        return status;
    }

    public CudaStatus StreamEndCapture(CudaStreamHandle stream, nint* graph)
    {
        *graph = 0;
        if (!IsCapturing(stream))
            Violations.Add("cuStreamEndCapture was called on a stream that does not capture.");
        capturingStream = 0;
        if (invalidated)
        {
            Calls.Add("StreamEndCapture");
            return CudaStatus.StreamCaptureInvalidated;
        }
        var status = Create("graph", graph, "StreamEndCapture");
        if (status == CudaStatus.Success)
            graphs[*graph] = written;
        return status;
    }

    public CudaStatus ThreadExchangeStreamCaptureMode(CudaCaptureMode* mode)
    {
        (*mode, threadMode) = (threadMode, *mode);
        return CudaStatus.Success;
    }

    public CudaStatus EventCreate(nint* created, uint flags) => Create("event", created, $"EventCreate({flags})");

    public CudaStatus EventDestroy(nint destroyed) => Destroy("event", destroyed, "EventDestroy");

    public CudaStatus EventRecord(CudaEventHandle recorded, CudaStreamHandle stream)
    {
        this.recorded[recorded.DangerousGetHandle()] = issued;
        return Call("EventRecord");
    }

    public CudaStatus EventSynchronize(CudaEventHandle recorded)
    {
        RunUpTo(this.recorded.GetValueOrDefault(recorded.DangerousGetHandle()));
        return Call("EventSynchronize");
    }

    public CudaStatus EventElapsedTime(float* milliseconds, CudaEventHandle start, CudaEventHandle end)
    {
        *milliseconds = this.recorded[end.DangerousGetHandle()] - this.recorded[start.DangerousGetHandle()];
        return Call("EventElapsedTime");
    }

    public CudaStatus GraphInstantiate(nint* executable, CudaGraphHandle graph, ulong flags)
    {
        var status = Create("graphExec", executable, $"GraphInstantiate({flags})");
        if (status == CudaStatus.Success)
            graphs[*executable] = graphs[graph.DangerousGetHandle()];
        return status;
    }

    public CudaStatus GraphDestroy(nint graph) => Destroy("graph", graph, "GraphDestroy");

    public CudaStatus GraphExecDestroy(nint executable) => Destroy("graphExec", executable, "GraphExecDestroy");

    public CudaStatus GraphLaunch(CudaGraphExecHandle executable, CudaStreamHandle stream)
    {
        foreach (var work in graphs[executable.DangerousGetHandle()])
            Enqueue(stream, work);
        return Call("GraphLaunch");
    }

    /// <summary>Puts work on a stream; while it captures, into the graph.</summary>
    public void Enqueue(CudaStreamHandle stream, Action work)
    {
        if (IsCapturing(stream))
            written.Add(work);
        else
            queue.Enqueue(new Work(++issued, work));
    }

    private bool IsCapturing(CudaStreamHandle stream) =>
        capturingStream != 0 && stream.DangerousGetHandle() == capturingStream;

    // What a capture forbids; some of it a relaxed thread may do.
    private CudaStatus Forbidden(string call, bool always) =>
        capturingStream == 0 || (!always && threadMode == CudaCaptureMode.Relaxed)
            ? CudaStatus.Success
            : Invalidate(call);

    private CudaStatus Invalidate(string call = "")
    {
        invalidated = true;
        Violations.Add($"A capture was broken. {call}");
        return CudaStatus.StreamCaptureInvalidated;
    }

    private void RunUpTo(long number)
    {
        while (done < number && queue.TryDequeue(out var work))
        {
            work.Run();
            done = work.Number;
        }
    }
}
