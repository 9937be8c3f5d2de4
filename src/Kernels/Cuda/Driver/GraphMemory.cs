namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>
/// The blocks whose addresses are written into a captured graph. What is given back stays with the graph: during the
/// capture it serves the next request of its size, since captured work runs in order, and later nobody else may have
/// it.
/// </summary>
internal sealed class GraphMemory
{
    private readonly Dictionary<long, Stack<ulong>> given = [];

    /// <summary>Bytes that it holds and nobody uses but the graph.</summary>
    public long Held { get; private set; }

    /// <summary>Whether <see cref="Drain"/> was called: the graph is gone.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>A block of this size that was given back, if there is one.</summary>
    public bool TryTake(long bytes, out ulong address)
    {
        address = 0;
        if (!given.TryGetValue(bytes, out var blocks) || !blocks.TryPop(out address))
            return false;
        Held -= bytes;
        return true;
    }

    /// <summary>Keeps a block.</summary>
    public void Give(ulong address, long bytes)
    {
        if (!given.TryGetValue(bytes, out var blocks))
            given[bytes] = blocks = new Stack<ulong>();
        blocks.Push(address);
        Held += bytes;
    }

    /// <summary>Empties it: the graph is gone.</summary>
    public IEnumerable<(ulong Address, long Bytes)> Drain()
    {
        IsClosed = true;
        Held = 0;
        foreach (var (bytes, blocks) in given)
        {
            while (blocks.TryPop(out var address))
                yield return (address, bytes);
        }
    }
}
