namespace ZfNet.PtxEmulator.Syntax;

/// <summary>Bounds on what a module may declare, so that a wrong number is a sentence and not all of memory.</summary>
internal static class PtxLimits
{
    /// <summary>Registers that a function may declare.</summary>
    public const int FunctionRegisters = 100_000;

    /// <summary>Registers that all functions of a module may declare together.</summary>
    public const int ModuleRegisters = 1_000_000;

    /// <summary>How deep braces may nest in a body.</summary>
    public const int ScopeDepth = 64;

    /// <summary>Dimensions of an array.</summary>
    public const int Dimensions = 8;

    /// <summary>Bytes of an array up to its last initial value.</summary>
    public const int InitialBytes = 16 << 20;

    /// <summary>Alignment in bytes.</summary>
    public const int Alignment = 4096;

    /// <summary>Threads of a block.</summary>
    public const int BlockThreads = 1024;

    /// <summary>
    /// Bytes that the variables of a space may have: together in a module (global, const) or in a function (local, its
    /// own parameters), and each alone (shared, the parameters of calls).
    /// </summary>
    public static long Bytes(PtxSpace space, Version version) => space switch
    {
        PtxSpace.Global => 1L << 30,
        PtxSpace.Const => 64 << 10,
        PtxSpace.Shared => 48 << 10,
        PtxSpace.Local => 512 << 10,
        _ => version >= new Version(8, 1) ? 32764 : 4352,
    };
}
