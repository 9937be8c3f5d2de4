using ZfNet.PtxEmulator.Checks;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>
/// The 64-bit addresses of a device. Allocations lie far apart, in the order in which they were taken, and no address
/// is
/// used twice, so that a stray access never lands in what belongs to another. Shared, local and parameter memory have
/// windows of their own.
/// </summary>
internal sealed class AddressSpace(EmulatorChecks checks) : IDisposable
{
    /// <summary>Where the parameters of a kernel lie.</summary>
    public const ulong ParameterWindow = 0x10_0000_0000;

    /// <summary>Where a thread's local memory lies.</summary>
    public const ulong LocalWindow = 0x20_0000_0000;

    /// <summary>Where a block's shared memory lies.</summary>
    public const ulong SharedWindow = 0x30_0000_0000;

    /// <summary>Where global memory starts.</summary>
    public const ulong GlobalStart = 0x7f00_0000_0000;

    /// <summary>The size of each window.</summary>
    public const ulong WindowBytes = 0x1_0000_0000;

    private const ulong Gap = 1 << 20;
    private const int MostFreed = 1 << 16;

    // In ascending order of addresses; freed ones stay a while, to say so.
    private readonly List<Allocation> allocations = [];
    private ulong next = GlobalStart;
    private int freed;

    /// <summary>What is in use.</summary>
    public IEnumerable<Allocation> Live => allocations.Where(allocation => !allocation.IsFreed);

    /// <summary>Takes memory.</summary>
    public Allocation Add(string name, long bytes, bool readOnly = false)
    {
        var allocation = new Allocation(name, next, bytes, checks, readOnly);
        next += (((ulong)bytes + 255) & ~255UL) + Gap;
        allocations.Add(allocation);
        return allocation;
    }

    /// <summary>Gives memory back.</summary>
    public void Remove(Allocation allocation)
    {
        allocation.Dispose();
        if (++freed <= MostFreed)
            return;
        allocations.RemoveAll(old => old.IsFreed);
        freed = 0;
    }

    /// <summary>The last allocation that starts at or before an address, freed or not, or null.</summary>
    public Allocation? AtOrBefore(ulong address)
    {
        var index = IndexAfter(address);
        return index == 0 ? null : allocations[index - 1];
    }

    /// <summary>The allocation that holds these bytes, or null.</summary>
    public Allocation? Find(ulong address, long bytes)
    {
        var found = AtOrBefore(address);
        return found is not null && address - found.Address <= long.MaxValue
            && (long)(address - found.Address) <= found.Bytes - bytes ? found : null;
    }

    /// <summary>The allocation (freed or not) that a stray address lies in or is nearest to, or null.</summary>
    public Allocation? Nearest(ulong address)
    {
        var index = IndexAfter(address);
        var before = index > 0 ? allocations[index - 1] : null;
        var after = index < allocations.Count ? allocations[index] : null;
        if (before is null || after is null)
            return before ?? after;
        var end = before.Address + (ulong)before.OriginalBytes;
        return address < end || address - end <= after.Address - address ? before : after;
    }

    /// <summary>Gives everything back.</summary>
    public void Dispose()
    {
        foreach (var allocation in allocations)
            allocation.Dispose();
        allocations.Clear();
    }

    private int IndexAfter(ulong address)
    {
        int low = 0, high = allocations.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (allocations[middle].Address <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
