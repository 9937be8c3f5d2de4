using ZfNet.PtxEmulator.Memory;

namespace ZfNet.PtxEmulator.Device;

/// <summary>
/// Memory whose addresses are written into graphs: what is taken or given back during a capture. Given back, it stays
/// until its graph is gone. Unlike a driver this never hands it out again within the capture, so that each allocation
/// keeps its own bounds and its own unwritten bytes.
/// </summary>
internal sealed class GraphAllocations
{
    private readonly Dictionary<Allocation, Capture> owners = [];
    private readonly Dictionary<Allocation, Capture> kept = [];
    private Capture? capture;

    /// <summary>Bytes that were given back and are kept.</summary>
    public long Bytes => kept.Keys.Sum(allocation => allocation.Bytes);

    /// <summary>From now on memory belongs to a capture.</summary>
    public void Begin(Capture begun) => capture ??= begun;

    /// <summary>No longer.</summary>
    public void End() => capture = null;

    /// <summary>Memory was taken.</summary>
    public void Taken(Allocation allocation)
    {
        if (capture is not null)
            owners.Add(allocation, capture);
    }

    /// <summary>Memory is given back: whether a graph keeps it.</summary>
    public bool Keep(Allocation allocation)
    {
        if ((capture ?? owners.GetValueOrDefault(allocation)) is not { } owner)
            return false;
        kept.Add(allocation, owner);
        return true;
    }

    /// <summary>Whether memory was given back and is kept.</summary>
    public bool Keeps(Allocation allocation) => kept.ContainsKey(allocation);

    /// <summary>What a graph kept; what it gave away and is still in use belongs to its user from now on.</summary>
    public IReadOnlyList<Allocation> Release(Capture gone)
    {
        foreach (var (allocation, _) in owners.Where(pair => pair.Value == gone).ToArray())
            owners.Remove(allocation);
        Allocation[] released = [.. kept.Where(pair => pair.Value == gone).Select(pair => pair.Key)];
        foreach (var allocation in released)
            kept.Remove(allocation);
        return released;
    }
}
