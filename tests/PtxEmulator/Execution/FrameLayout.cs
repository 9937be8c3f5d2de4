using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>What a constant slot holds.</summary>
internal enum ConstantKind
{
    /// <summary>The same bits in every lane.</summary>
    Bits,

    /// <summary>The address of a thread's own memory: bits plus where the frame's memory starts.</summary>
    LocalAddress,

    /// <summary>The address of a device function's parameter: as <see cref="LocalAddress"/>, generic.</summary>
    ParameterAddress,

    /// <summary>A special register that is the thread's.</summary>
    Special,
}

/// <summary>A slot that is filled before the warp starts.</summary>
/// <param name="Slot">Where.</param>
/// <param name="Kind">With what.</param>
/// <param name="Bits">The bits, or the number of the special register.</param>
internal readonly record struct ConstantSlot(Slot Slot, ConstantKind Kind, ulong Bits);

/// <summary>Registers, predicates, constants and local memory of one function, laid out.</summary>
internal sealed class FrameLayout
{
    /// <summary>Its number: 0 is the entry.</summary>
    public required int Index { get; init; }

    /// <summary>The function.</summary>
    public required PtxFunction Function { get; init; }

    /// <summary>Its first instruction in the kernel's.</summary>
    public int FirstPc { get; set; }

    /// <summary>Bytes of registers and constants.</summary>
    public int RegisterBytes { get; set; }

    /// <summary>Predicates.</summary>
    public int PredicateCount { get; set; }

    /// <summary>Bytes of local memory a thread, parameters of calls included.</summary>
    public int LocalBytes { get; set; }

    /// <summary>Where registers start within the frames of one depth.</summary>
    public int RegisterStart { get; set; }

    /// <summary>Where predicates start within those of one depth.</summary>
    public int PredicateStart { get; set; }

    /// <summary>Where local memory starts within that of one depth.</summary>
    public int LocalStart { get; set; }

    /// <summary>What to fill.</summary>
    public List<ConstantSlot> Constants { get; } = [];

    /// <summary>For each variable in local memory (parameters of calls too) where it lies in the frame.</summary>
    public Dictionary<string, int> LocalOffsets { get; } = [];

    /// <summary>For each register where it lies, for those who show them.</summary>
    public Dictionary<string, Slot> Registers { get; } = [];

    /// <summary>For each predicate its index, for those who show them.</summary>
    public Dictionary<string, int> Predicates { get; } = [];
}
