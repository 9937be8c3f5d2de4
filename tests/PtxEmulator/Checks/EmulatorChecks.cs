namespace ZfNet.PtxEmulator.Checks;

/// <summary>
/// Which checks run. Memory that is not the program's is never touched, whatever is switched off: such loads give 0 and
/// such stores are dropped, without a word.
/// </summary>
public sealed record EmulatorChecks
{
    /// <summary>Every check.</summary>
    public static EmulatorChecks All { get; } = new();

    /// <summary>No check: the fastest.</summary>
    public static EmulatorChecks None { get; } = new()
    {
        OutOfBounds = false,
        Misaligned = false,
        UseAfterFree = false,
        DoubleFree = false,
        Leaks = false,
        UninitializedReads = false,
        SharedRaces = false,
        GlobalRaces = false,
        Barriers = false,
        InstructionBudget = 0,
    };

    /// <summary><see cref="CheckKind.OutOfBounds"/>.</summary>
    public bool OutOfBounds { get; init; } = true;

    /// <summary><see cref="CheckKind.Misaligned"/>.</summary>
    public bool Misaligned { get; init; } = true;

    /// <summary><see cref="CheckKind.UseAfterFree"/>.</summary>
    public bool UseAfterFree { get; init; } = true;

    /// <summary><see cref="CheckKind.DoubleFree"/>.</summary>
    public bool DoubleFree { get; init; } = true;

    /// <summary><see cref="CheckKind.Leak"/>.</summary>
    public bool Leaks { get; init; } = true;

    /// <summary><see cref="CheckKind.UninitializedRead"/>; takes a byte more for each byte of memory.</summary>
    public bool UninitializedReads { get; init; } = true;

    /// <summary><see cref="CheckKind.SharedRace"/>.</summary>
    public bool SharedRaces { get; init; } = true;

    /// <summary><see cref="CheckKind.GlobalRace"/>; takes 24 bytes more for each word that a launch touches.</summary>
    public bool GlobalRaces { get; init; } = true;

    /// <summary>
    /// <see cref="CheckKind.BarrierDivergence"/>. A barrier that waits for ever always ends the launch.
    /// </summary>
    public bool Barriers { get; init; } = true;

    /// <summary>
    /// Instructions that a warp may run before it counts as <see cref="CheckKind.RunawayLoop"/>; 0 for no limit.
    /// </summary>
    public long InstructionBudget { get; init; } = 1L << 26;

    /// <summary>How many different faults are kept before a launch is given up.</summary>
    public int MaxReports { get; init; } = 100;

    /// <summary>
    /// Whether faults are thrown as <see cref="EmulatorFaultException"/> at the next wait, as a device's are; otherwise
    /// they are only kept in <see cref="SoftwareGpu.Reports"/>.
    /// </summary>
    public bool Throw { get; init; } = true;
}
