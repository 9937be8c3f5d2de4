using ManagedCuda;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Kernels.Cuda.Managed;

/// <summary>
/// Device memory by size class, kept for the next request; a block's next user comes after its last one on the default
/// stream. Blocks of a capture are its graph's until that is disposed.
/// </summary>
internal sealed class ManagedMemory(ManagedCalls calls)
{
    private readonly Dictionary<ulong, Block> live = [];
    private readonly Dictionary<long, Stack<CudaDeviceVariable<byte>>> kept = [];
    private GraphBlocks? capture;

    /// <summary>Blocks handed out so far.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes that are kept for the next request.</summary>
    public long Cached => kept.Values.Sum(blocks => blocks.Sum(block => (long)block.SizeInBytes));

    /// <summary>Takes a block.</summary>
    public DevicePointer Take(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        if (bytes > long.MaxValue / 2)
            throw new GpuOutOfMemoryException($"{bytes} bytes were asked for; no GPU has that much.");
        var size = CachingAllocator.SizeClass(bytes);
        if (!(capture?.Kept ?? kept).TryGetValue(size, out var blocks) || !blocks.TryPop(out var variable))
            variable = New(size);
        live.Add(variable.DevicePointer, new Block(variable, capture));
        Count++;
        return new DevicePointer(variable.DevicePointer);
    }

    /// <summary>Takes a block back.</summary>
    public void Give(DevicePointer pointer)
    {
        if (!live.Remove(pointer.Address, out var block))
            throw new GpuException($"{pointer} was given back, but it is not memory of this runtime, or was before.");
        // A captured graph goes on using what it was captured with.
        var owner = capture ?? (block.Owner is { IsClosed: false } graph ? graph : null);
        Keep(owner?.Kept ?? kept, block.Variable);
    }

    /// <summary>From now on blocks belong to a graph.</summary>
    public void BeginCapture() => capture = new GraphBlocks();

    /// <summary>The blocks of the graph that was captured.</summary>
    public GraphBlocks EndCapture()
    {
        var ended = capture!;
        capture = null;
        return ended;
    }

    /// <summary>Gives a graph's blocks back.</summary>
    public void Close(GraphBlocks graph)
    {
        graph.IsClosed = true;
        foreach (var block in graph.Kept.Values.SelectMany(blocks => blocks))
            Keep(kept, block);
        graph.Kept.Clear();
    }

    /// <summary>
    /// Gives everything back to the system, also what its users kept; the device has been waited for.
    /// </summary>
    public void Close()
    {
        foreach (var block in live.Values)
            block.Variable.Dispose();
        live.Clear();
        Trim();
    }

    private CudaDeviceVariable<byte> New(long size)
    {
        CudaDeviceVariable<byte> Allocate() =>
            calls.Call($"cuMemAlloc({CudaNames.Bytes(size)})", () => new CudaDeviceVariable<byte>(size));
        try
        {
            return Allocate();
        }
        catch (GpuOutOfMemoryException)
        {
            Trim();
            return Allocate();
        }
    }

    // cuMemFree waits for the work that uses a block.
    private void Trim()
    {
        foreach (var block in kept.Values.SelectMany(blocks => blocks))
            block.Dispose();
        kept.Clear();
    }

    private static void Keep(Dictionary<long, Stack<CudaDeviceVariable<byte>>> by, CudaDeviceVariable<byte> block)
    {
        long size = block.SizeInBytes;
        if (!by.TryGetValue(size, out var blocks))
            by[size] = blocks = new Stack<CudaDeviceVariable<byte>>();
        blocks.Push(block);
    }

    private readonly record struct Block(CudaDeviceVariable<byte> Variable, GraphBlocks? Owner);
}

/// <summary>Blocks that a captured graph uses, and that were given back during or after its capture.</summary>
internal sealed class GraphBlocks
{
    public Dictionary<long, Stack<CudaDeviceVariable<byte>>> Kept { get; } = [];

    public bool IsClosed { get; set; }
}
