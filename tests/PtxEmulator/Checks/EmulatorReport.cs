using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Checks;

/// <summary>A fault that a check found. The same kind at the same instruction is one report with a count.</summary>
public sealed record EmulatorReport
{
    /// <summary>What it is.</summary>
    public required CheckKind Kind { get; init; }

    /// <summary>One sentence that says it all.</summary>
    public required string Sentence { get; init; }

    /// <summary>The kernel, or null where none was running.</summary>
    public string? Kernel { get; init; }

    /// <summary>The kernel's module.</summary>
    public string? Module { get; init; }

    /// <summary>The line of PTX, from 1; 0 where none was running.</summary>
    public int PtxLine { get; init; }

    /// <summary>The line of source that the PTX came from, where the PTX says.</summary>
    public SourceLocation? Source { get; init; }

    /// <summary>The line of PTX of the other access, of a race; 0 where it is not known.</summary>
    public int OtherPtxLine { get; init; }

    /// <summary>The block's index (%ctaid).</summary>
    public Extent? Block { get; init; }

    /// <summary>The thread's index in its block (%tid).</summary>
    public Extent? Thread { get; init; }

    /// <summary>The address, as the instruction gave it.</summary>
    public ulong? Address { get; init; }

    /// <summary>The allocation or variable that is concerned or nearest.</summary>
    public ReportedAllocation? Allocation { get; init; }

    /// <summary>How often it happened, counted by lanes.</summary>
    public long Count { get; internal set; } = 1;

    /// <inheritdoc/>
    public override string ToString() => Sentence;
}

/// <summary>An allocation or variable in a report.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Offset">Where the access lies from its start; negative before it.</param>
public sealed record ReportedAllocation(string Name, long Bytes, long Offset);
