using System.Globalization;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>
/// The runtime's device memory: who has what, how much, and what was never given back. Blocks come from an allocator,
/// or while a stream captures from the graph's own.
/// </summary>
internal sealed class DeviceMemory(CudaContext context, IDeviceAllocator allocator, Action waitForAll)
{
    private readonly Dictionary<ulong, Block> live = [];
    private readonly HashSet<GraphMemory> graphs = [];
    private GraphMemory? capture;
    private long inUse;
    private long peak;

    /// <summary>Blocks handed out so far.</summary>
    public long Count { get; private set; }

    /// <summary>What is handed out and kept.</summary>
    public GpuMemoryStatistics Statistics =>
        new(inUse, allocator.Cached + graphs.Sum(graph => graph.Held), peak, live.Count);

    /// <summary>Bytes handed out.</summary>
    public long InUse => inUse;

    /// <summary>Bytes that the allocator keeps for the next request.</summary>
    public long Cached => allocator.Cached;

    /// <summary>Takes a block.</summary>
    public DevicePointer Take(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        if (bytes > long.MaxValue / 2)
            throw new GpuOutOfMemoryException(
                string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes were asked for; no GPU has that much."));
        var size = allocator.Round(bytes);
        ulong address;
        if (capture is null || !capture.TryTake(size, out address))
        {
            var status = allocator.Take(size, capture is not null, out address);
            if (status == CudaStatus.OutOfMemory)
                status = Retry(size, out address);
            context.Check(status, $"{allocator.Call}({CudaNames.Bytes(bytes)})");
        }
        live.Add(address, new Block(size, capture));
        Count++;
        inUse += size;
        peak = Math.Max(peak, inUse);
        return new DevicePointer(address);
    }

    /// <summary>Takes a block back.</summary>
    public void Give(DevicePointer pointer)
    {
        if (!live.Remove(pointer.Address, out var block))
            throw new GpuException(
                $"{pointer} was given back, but it is not memory of this runtime, or was given back before.");
        inUse -= block.Bytes;
        // A captured graph goes on using what it was captured with.
        var owner = capture ?? (block.Graph is { IsClosed: false } graph ? graph : null);
        if (owner is not null)
            owner.Give(pointer.Address, block.Bytes);
        else if (!context.IsLost)
            allocator.Give(pointer.Address, block.Bytes, capturing: false);
    }

    /// <summary>From now on blocks belong to a graph.</summary>
    public void BeginCapture() => capture = new GraphMemory();

    /// <summary>The blocks of the graph that was captured.</summary>
    public GraphMemory EndCapture()
    {
        var ended = capture!;
        capture = null;
        graphs.Add(ended);
        return ended;
    }

    /// <summary>
    /// Gives a graph's blocks back; those still handed out are nobody's but their user's from now on.
    /// </summary>
    public void Close(GraphMemory graph)
    {
        if (!graphs.Remove(graph))
            return;
        foreach (var (address, bytes) in graph.Drain())
        {
            if (!context.IsLost)
                allocator.Give(address, bytes, capture is not null);
        }
    }

    /// <summary>Gives back everything, and says in a sentence what its users did not give back.</summary>
    public string? Close()
    {
        var leak = live.Count == 0
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{live.Count} blocks of GPU memory, {CudaNames.Bytes(inUse)} in all, were not given back before the "
                + $"runtime was disposed; the largest has {CudaNames.Bytes(live.Values.Max(block => block.Bytes))}.");
        if (capture is not null)
            EndCapture();
        foreach (var graph in graphs.ToArray())
            Close(graph);
        if (!context.IsLost)
        {
            foreach (var (address, block) in live)
                allocator.Give(address, block.Bytes, capturing: false);
        }
        live.Clear();
        inUse = 0;
        return leak;
    }

    // What the allocator keeps, and what the default stream has yet to give back, may be enough.
    private CudaStatus Retry(long size, out ulong address)
    {
        if (capture is null)
            waitForAll();
        using (var relaxed = new RelaxedCapture(context))
            allocator.Trim();
        return allocator.Take(size, capture is not null, out address);
    }

    private readonly record struct Block(long Bytes, GraphMemory? Graph);
}
