namespace ZfNet.PtxEmulator.Execution;

/// <summary>The state of 32 threads that run in lockstep.</summary>
internal sealed unsafe class Warp
{
    /// <summary>The register slots; see <see cref="Slot"/>.</summary>
    public byte* Registers;

    /// <summary>Predicates: bit i is lane i's.</summary>
    public uint* Predicates;

    /// <summary>The carry flags (CC.CF) that add.cc and its kin write: bit i is lane i's.</summary>
    public uint CarryFlags;
}
