using System.Numerics;
using System.Runtime.CompilerServices;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>The state of 32 threads that run in lockstep.</summary>
internal sealed unsafe partial class Warp
{
    /// <summary>Beyond every instruction.</summary>
    public const int Nowhere = int.MaxValue;

    /// <summary>The register slots; see <see cref="Slot"/>.</summary>
    public byte* Registers;

    /// <summary>Predicates: bit i is lane i's.</summary>
    public uint* Predicates;

    /// <summary>The carry flags (CC.CF) that add.cc and its kin write: bit i is lane i's.</summary>
    public uint CarryFlags;

    /// <summary>
    /// The instruction after the one that runs; <see cref="Nowhere"/> makes the warp look for other lanes.
    /// </summary>
    public int Pc;

    /// <summary>The lanes that run now, all at <see cref="Pc"/>.</summary>
    public uint Active;

    /// <summary>The lanes that have not exited.</summary>
    public uint Live;

    /// <summary>Live lanes that could run but are elsewhere: at <see cref="LanePc"/>.</summary>
    public uint Waiting;

    /// <summary>Live lanes that wait for other lanes or warps.</summary>
    public uint Blocked;

    /// <summary>The lowest place where lanes of the running ones' depth wait; there both become one group.</summary>
    public int NextMerge;

    /// <summary>How deep in calls the running lanes are.</summary>
    public int Depth;

    /// <summary>Where the running lanes' local memory of this call starts, within the thread's.</summary>
    public int LocalFrame;

    /// <summary>For lanes that do not run: where they go on.</summary>
    public readonly int* LanePc;

    /// <summary>For lanes that do not run: how deep in calls they are.</summary>
    public readonly int* LaneDepth;

    /// <summary>Addresses of the memory instruction that runs.</summary>
    public readonly ulong* Addresses;

    /// <summary>What those addresses are here.</summary>
    public readonly byte** Hosts;

    /// <summary>The marks of the instructions that ran in this block.</summary>
    public ulong Passed;

    /// <summary>Instructions run in this block.</summary>
    public long Steps;

    /// <summary>Lane instructions run since the launch began.</summary>
    public long LaneSteps;

    /// <summary>With registers alone: enough for arithmetic, without a block around it.</summary>
    public Warp()
    {
        Block = null!;
        Memory = null!;
    }

    public Warp(Block block, int index, WarpMemory memory)
    {
        Block = block;
        Index = index;
        FirstThread = index * 32;
        Memory = memory;
        LanePc = memory.Take<int>(32);
        LaneDepth = memory.Take<int>(32);
        Addresses = memory.Take<ulong>(32);
        Hosts = (byte**)memory.Take<ulong>(32);
        LaneSync = memory.Take<uint>(32);
    }

    /// <summary>The block that it is part of.</summary>
    public Block Block { get; }

    /// <summary>Its number in the block.</summary>
    public int Index { get; }

    /// <summary>The number of lane 0's thread in the block.</summary>
    public int FirstThread { get; }

    /// <summary>Its registers and local memory.</summary>
    public WarpMemory Memory { get; }

    /// <summary>The lanes that the block has.</summary>
    public uint Present { get; private set; }

    /// <summary>The instruction that runs.</summary>
    public int CurrentPc
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => current;
    }

    private int current;

    /// <summary>Starts anew, for another block.</summary>
    public void Start(int threads)
    {
        var count = Math.Min(32, threads - FirstThread);
        Present = count == 32 ? uint.MaxValue : (1u << count) - 1;
        Live = Active = Present;
        Waiting = Blocked = 0;
        Pc = 0;
        Depth = 0;
        NextMerge = Nowhere;
        Steps = 0;
        Passed = 0;
        CarryFlags = 0;
        Memory.StartBlock(this);
        EnterFrame(0);
        StartSynchronization();
    }

    /// <summary>Takes lanes out of the running ones, to go on at a place as soon as it is their turn.</summary>
    public void Park(uint lanes, int pc)
    {
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            LanePc[lane] = pc;
            LaneDepth[lane] = Depth;
        }
        Waiting |= lanes;
        Leave(lanes);
        if (pc < NextMerge)
            NextMerge = pc;
    }

    /// <summary>Takes lanes out of the running ones until somebody sets them free, to go on at a place.</summary>
    public void Hold(uint lanes, int pc)
    {
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            LanePc[lane] = pc;
            LaneDepth[lane] = Depth;
        }
        Blocked |= lanes;
        Leave(lanes);
    }

    /// <summary>Sets blocked lanes free.</summary>
    public void Unblock(uint lanes)
    {
        Blocked &= ~lanes;
        Waiting |= lanes;
    }

    /// <summary>Ends threads.</summary>
    public void Exit(uint lanes)
    {
        Live &= ~lanes;
        Leave(lanes);
    }

    /// <summary>Sends some running lanes to another place; the others go on.</summary>
    public void Diverge(uint lanes, int target)
    {
        var rest = Active & ~lanes;
        if (rest == 0)
        {
            Pc = target;
        }
        else if (target < Pc)
        {
            var next = Pc;
            Pc = target;
            Park(rest, next);
        }
        else
        {
            Park(lanes, target);
        }
    }

    private void Leave(uint lanes)
    {
        Active &= ~lanes;
        if (Active == 0)
            Pc = Nowhere;
    }
}
