using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>What an instruction does to memory.</summary>
internal enum AccessKind
{
    /// <summary>Reads.</summary>
    Load,

    /// <summary>Writes.</summary>
    Store,

    /// <summary>Reads and writes in one step.</summary>
    Atomic,
}

/// <summary>Where an instruction's addresses point.</summary>
internal enum MemorySpace
{
    /// <summary>Device memory, constants too.</summary>
    Global,

    /// <summary>A block's memory; addresses count from its start.</summary>
    Shared,

    /// <summary>A thread's memory; addresses count from its start.</summary>
    Local,

    /// <summary>Any of these, by windows.</summary>
    Generic,
}

/// <summary>An instruction that uses memory.</summary>
internal abstract class MemoryOperation : Operation
{
    /// <summary>The allocation that the last execution found; another thread may change it at any time.</summary>
    public Allocation? LastAllocation;

    /// <summary>Where to.</summary>
    public required AddressOperand Address { get; init; }

    /// <summary>Which kind of memory.</summary>
    public required MemorySpace Space { get; init; }

    /// <summary>Bytes a lane: 1 to 16.</summary>
    public required int Bytes { get; init; }

    /// <summary>What it does.</summary>
    public abstract AccessKind Kind { get; }

    /// <summary>
    /// Whether threads may meet here without a race: relaxed, acquire, release, and volatile in global memory.
    /// </summary>
    public bool IsStrong { get; init; }

    /// <summary>Whether two lanes store the same value.</summary>
    public virtual bool StoresSame(Warp warp, int first, int second) => false;
}
