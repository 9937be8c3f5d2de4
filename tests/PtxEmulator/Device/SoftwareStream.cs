using ZfNet.Kernels.Cuda;

namespace ZfNet.PtxEmulator.Device;

/// <summary>
/// A queue of work. Work is done as it is given, so that it is in order by itself; a capture writes it down instead.
/// </summary>
internal sealed class SoftwareStream(SoftwareGpu gpu) : IGpuStream
{
    private bool disposed;

    /// <summary>The device.</summary>
    public SoftwareGpu Gpu => gpu;

    /// <summary>What is being written down, or null.</summary>
    public Capture? Capture { get; private set; }

    /// <summary>Does work now, or writes it down.</summary>
    public void Do(Action work)
    {
        ThrowIfDisposed();
        if (Capture is { } capture)
            capture.Work.Add(work);
        else
            work();
    }

    /// <summary>Refuses what cannot be part of a capture.</summary>
    public void ThrowIfCapturing(string what)
    {
        ThrowIfDisposed();
        if (Capture is not null)
            throw new GpuException($"{what} waits for results, which a stream that captures cannot do.");
    }

    public void Synchronize()
    {
        ThrowIfCapturing("Synchronize");
        gpu.ThrowFaults();
    }

    public void Wait(IGpuEvent recorded)
    {
        ThrowIfDisposed();
        var softwareEvent = SoftwareGpu.Own<SoftwareEvent>(recorded, "event");
        softwareEvent.ThrowIfDisposed();
        // Work that comes after captured work is part of the same capture.
        if (softwareEvent.Capture is { IsOpen: true } capture && Capture != capture)
            Join(capture);
    }

    public void BeginCapture()
    {
        ThrowIfDisposed();
        if (Capture is not null)
            throw new GpuException("BeginCapture was called on a stream that captures already.");
        var capture = new Capture(this);
        Join(capture);
        gpu.BeginCapture(capture);
    }

    public IGpuGraph EndCapture()
    {
        ThrowIfDisposed();
        if (Capture is not { } capture)
            throw new GpuException("EndCapture was called on a stream that does not capture.");
        if (capture.Origin != this)
            throw new GpuException("EndCapture was called on another stream than BeginCapture.");
        capture.IsOpen = false;
        foreach (var stream in capture.Streams)
            stream.Capture = null;
        gpu.EndCapture();
        return new SoftwareGraph(gpu, capture);
    }

    public void Dispose()
    {
        disposed = true;
        if (Capture is not { } capture)
            return;
        capture.IsOpen = false;
        foreach (var stream in capture.Streams)
            stream.Capture = null;
        gpu.EndCapture();
        gpu.Release(capture);
    }

    private void Join(Capture capture)
    {
        Capture = capture;
        capture.Streams.Add(this);
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(disposed, this);
}

/// <summary>Work that is being written down.</summary>
/// <param name="origin">The stream that began.</param>
internal sealed class Capture(SoftwareStream origin)
{
    public SoftwareStream Origin => origin;

    public List<SoftwareStream> Streams { get; } = [];

    public List<Action> Work { get; } = [];

    public bool IsOpen { get; set; } = true;
}

/// <summary>Captured work.</summary>
internal sealed class SoftwareGraph(SoftwareGpu gpu, Capture capture) : IGpuGraph
{
    private bool disposed;

    public void Launch(IGpuStream stream)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        gpu.Use(stream).Do(() =>
        {
            foreach (var step in capture.Work)
                step();
        });
    }

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        gpu.Release(capture);
    }
}

/// <summary>A point on a stream.</summary>
internal sealed class SoftwareEvent(SoftwareGpu gpu) : IGpuEvent
{
    private bool disposed;
    private long time = -1;

    /// <summary>The capture that it was last recorded in, or null.</summary>
    public Capture? Capture { get; private set; }

    public void Record(IGpuStream stream)
    {
        ThrowIfDisposed();
        var owned = gpu.Use(stream);
        Capture = owned.Capture;
        owned.Do(() => time = System.Diagnostics.Stopwatch.GetTimestamp());
    }

    public void Synchronize()
    {
        ThrowIfDisposed();
        if (Capture is { IsOpen: true })
            throw new GpuException("An event that was recorded in a capture cannot be waited for.");
        gpu.ThrowFaults();
    }

    public double MillisecondsSince(IGpuEvent start)
    {
        ThrowIfDisposed();
        var other = SoftwareGpu.Own<SoftwareEvent>(start, "event");
        if (time < 0 || other.time < 0)
            throw new GpuException("The time between two events is known only when both have been recorded.");
        return System.Diagnostics.Stopwatch.GetElapsedTime(other.time, time).TotalMilliseconds;
    }

    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(disposed, this);

    public void Dispose() => disposed = true;
}
