namespace ZfNet.PtxEmulator.Checks;

/// <summary>What a check found.</summary>
public enum CheckKind
{
    /// <summary>An access outside every allocation, or outside the variable or memory that it belongs to.</summary>
    OutOfBounds,

    /// <summary>An address that is not a multiple of the access's size.</summary>
    Misaligned,

    /// <summary>An access to memory that was given back.</summary>
    UseAfterFree,

    /// <summary>Memory given back twice.</summary>
    DoubleFree,

    /// <summary>Memory never given back.</summary>
    Leak,

    /// <summary>A read of global or shared memory that nobody wrote.</summary>
    UninitializedRead,

    /// <summary>
    /// Two threads of a block use the same shared memory, one of them writes, and nothing orders them.
    /// </summary>
    SharedRace,

    /// <summary>
    /// Two threads of a launch use the same global memory, one of them writes, and nothing orders them.
    /// </summary>
    GlobalRace,

    /// <summary>A barrier that some threads of a warp skip, or that warps meet from different places.</summary>
    BarrierDivergence,

    /// <summary>Threads wait for others that will never come.</summary>
    BarrierDeadlock,

    /// <summary>A launch that the device would refuse.</summary>
    LaunchLimit,

    /// <summary>A warp that ran out of its instruction budget.</summary>
    RunawayLoop,

    /// <summary>A <c>trap</c> instruction.</summary>
    Trap,

    /// <summary>Calls nested too deeply.</summary>
    CallDepth,
}
