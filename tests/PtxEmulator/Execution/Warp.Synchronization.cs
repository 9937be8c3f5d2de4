using System.Numerics;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>Lanes that wait for other lanes of their warp, and what orders their accesses to memory.</summary>
internal sealed unsafe partial class Warp
{
    /// <summary>The block's clock when each lane last synchronised with others of the warp.</summary>
    public readonly uint* LaneSync;

    private readonly uint[] members = new uint[32];

    // Lanes that wait at one instruction (shfl.sync), and lanes that wait for a bar.warp.sync anywhere.
    private uint atGate;
    private uint atSync;

    /// <summary>Lanes that wait for others of the warp, as opposed to a barrier.</summary>
    public uint WaitForLanes => atGate | atSync;

    /// <summary>
    /// Whether all <paramref name="memberMask"/> lanes have come to this instruction; otherwise those that have wait,
    /// and run it
    /// again together when the others come.
    /// </summary>
    public bool Gate(uint mask, uint memberMask)
    {
        var expected = memberMask & Live;
        if ((expected & ~mask) == 0)
            return true;
        var others = LanesAt(atGate, current);
        Hold(mask, current);
        atGate |= mask;
        SetMembers(mask, memberMask);
        if ((expected & ~(mask | others)) == 0)
            Free(ref atGate, mask | others);
        return false;
    }

    /// <summary>bar.warp.sync: lanes wait until all members have come to one, wherever it stands.</summary>
    public void Synchronize(uint mask, uint memberMask)
    {
        var group = mask;
        for (var rest = atSync; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (members[lane] == memberMask)
                group |= 1u << lane;
        }
        if ((memberMask & Live & ~group) == 0)
        {
            Free(ref atSync, group & ~mask);
            Order(group);
            return;
        }
        Hold(mask, Pc);
        atSync |= mask;
        SetMembers(mask, memberMask);
    }

    /// <summary>Notes that what these lanes did so far comes before what each of them does from now on.</summary>
    public void Order(uint lanes)
    {
        var now = Block.Tick();
        for (var rest = lanes; rest != 0; rest &= rest - 1)
            LaneSync[BitOperations.TrailingZeroCount(rest)] = now;
    }

    /// <summary>Notes a barrier of the block.</summary>
    public void SetSync(uint now)
    {
        for (var lane = 0; lane < 32; lane++)
            LaneSync[lane] = now;
    }

    private void StartSynchronization()
    {
        atGate = atSync = 0;
        SetSync(0);
    }

    /// <summary>When no lane can run: sets those free that waited for lanes that have exited since.</summary>
    private bool OpenGate()
    {
        for (var rest = atGate; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var group = LanesAt(atGate, LanePc[lane]);
            if ((members[lane] & Live & ~group) != 0)
                continue;
            Free(ref atGate, group);
            return true;
        }
        for (var rest = atSync; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            uint group = 0;
            for (var other = 0; other < 32; other++)
            {
                if ((atSync & (1u << other)) != 0 && members[other] == members[lane])
                    group |= 1u << other;
            }
            if ((members[lane] & Live & ~group) != 0)
                continue;
            Free(ref atSync, group);
            Order(group);
            return true;
        }
        return false;
    }

    private uint LanesAt(uint lanes, int pc)
    {
        uint group = 0;
        for (var rest = lanes; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (LanePc[lane] == pc && LaneDepth[lane] == Depth)
                group |= 1u << lane;
        }
        return group;
    }

    private void SetMembers(uint lanes, uint memberMask)
    {
        for (var rest = lanes; rest != 0; rest &= rest - 1)
            members[BitOperations.TrailingZeroCount(rest)] = memberMask;
    }

    private void Free(ref uint set, uint lanes)
    {
        set &= ~lanes;
        Unblock(lanes);
        for (var rest = lanes; rest != 0; rest &= rest - 1)
            NextMerge = Math.Min(NextMerge, LanePc[BitOperations.TrailingZeroCount(rest)]);
    }
}
