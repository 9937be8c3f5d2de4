using System.Collections.Concurrent;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Kernels.Cuda;

/// <summary>Device memory that a CUDA backend has handed out.</summary>
/// <param name="InUse">Bytes handed out and not yet given back.</param>
/// <param name="PeakInUse">The largest <paramref name="InUse"/> so far.</param>
/// <param name="Buffers">Buffers handed out and not yet given back.</param>
public readonly record struct CudaMemoryStatistics(long InUse, long PeakInUse, int Buffers);

/// <summary>
/// Hands out a runtime's memory (which the runtime keeps for reuse, in the order of its default stream) and counts it.
/// Buffers that only the garbage collector finds are given back at the next request, as a runtime is driven by one
/// thread.
/// </summary>
internal sealed class CudaMemory(IGpuRuntime runtime) : IDisposable
{
    private readonly Dictionary<DevicePointer, long> live = [];
    private readonly ConcurrentQueue<DevicePointer> abandoned = new();
    private long inUse;
    private long peak;
    private bool disposed;

    /// <summary>What is handed out now.</summary>
    public CudaMemoryStatistics Statistics
    {
        get
        {
            lock (live)
                return new(inUse, peak, live.Count);
        }
    }

    /// <summary>A buffer with arbitrary contents.</summary>
    /// <exception cref="InsufficientMemoryException">The device has not that much left.</exception>
    public CudaBuffer Allocate(long bytes)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        FreeAbandoned();
        if (bytes == 0)
            return new CudaBuffer(this, default, 0);
        var pointer = Take(bytes);
        lock (live)
        {
            live.Add(pointer, bytes);
            inUse += bytes;
            peak = Math.Max(peak, inUse);
        }
        return new CudaBuffer(this, pointer, bytes);
    }

    /// <summary>Gives a buffer's memory back; work given to the default stream may still use it.</summary>
    public void Free(DevicePointer pointer)
    {
        lock (live)
        {
            // Once disposed, nothing is live.
            if (!live.Remove(pointer, out var bytes))
                return;
            inUse -= bytes;
        }
        Give(pointer);
    }

    /// <summary>Notes that a buffer is to be given back; of any thread.</summary>
    public void Abandon(DevicePointer pointer) => abandoned.Enqueue(pointer);

    /// <summary>
    /// Gives everything back, also what is still handed out: those buffers are not to be used any more.
    /// </summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        DevicePointer[] left;
        lock (live)
        {
            left = [.. live.Keys];
            live.Clear();
            inUse = 0;
        }
        foreach (var pointer in left)
            Give(pointer);
    }

    private void Give(DevicePointer pointer)
    {
        try
        {
            runtime.Free(pointer);
        }
        catch (GpuLostException)
        {
            // The memory is gone with the device. Whoever computes next is told; whoever cleans up goes on.
        }
    }

    private DevicePointer Take(long bytes)
    {
        try
        {
            return runtime.Allocate(bytes);
        }
        catch (GpuOutOfMemoryException)
        {
            // The garbage collector does not feel a GPU's memory: buffers that nobody disposed may still wait for it.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            FreeAbandoned();
        }
        try
        {
            return runtime.Allocate(bytes);
        }
        catch (GpuOutOfMemoryException error)
        {
            throw OutOfMemory(bytes, error);
        }
    }

    private InsufficientMemoryException OutOfMemory(long bytes, GpuOutOfMemoryException error)
    {
        var now = Statistics;
        return new InsufficientMemoryException(
            $"The GPU {runtime.Description.Name} is out of memory: {CudaNames.Bytes(bytes)} more are needed, "
            + $"{CudaNames.PartOf(runtime.FreeMemory, runtime.Description.TotalMemory)} are free, and "
            + $"{CudaNames.Bytes(now.InUse)} are in use by this device's tensors; a smaller batch needs less.",
            error);
    }

    private void FreeAbandoned()
    {
        while (abandoned.TryDequeue(out var pointer))
            Free(pointer);
    }
}

/// <summary>Memory on a GPU.</summary>
internal sealed class CudaBuffer(CudaMemory memory, DevicePointer pointer, long byteLength) : DeviceBuffer(byteLength)
{
    /// <summary>Notes the memory of a buffer that nobody disposed.</summary>
    ~CudaBuffer() => memory.Abandon(pointer);

    /// <summary>The first byte; null for none.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was given back.</exception>
    public DevicePointer Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return pointer;
        }
    }

    /// <summary>Whether the buffer is of a backend's memory.</summary>
    public bool IsOf(CudaMemory owner) => owner == memory;

    /// <inheritdoc/>
    protected override void Free() => memory.Free(pointer);
}
