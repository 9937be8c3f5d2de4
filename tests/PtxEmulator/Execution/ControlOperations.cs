using System.Numerics;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>An instruction that decides what runs next.</summary>
internal abstract class ControlOperation : Operation
{
    /// <summary>Where it may lead besides the next instruction.</summary>
    public virtual IReadOnlyList<int> Targets => [];

    /// <summary>Whether it may lead to the next instruction, guards aside.</summary>
    public virtual bool GoesOn => false;
}

/// <summary>bra.</summary>
internal sealed class BranchOperation(int target) : ControlOperation
{
    /// <summary>Where to.</summary>
    public int Target => target;

    public override IReadOnlyList<int> Targets => [target];

    public override void Execute(Warp warp, uint mask)
    {
        if (mask == warp.Active)
            warp.Pc = target;
        else
            warp.Diverge(mask, target);
    }
}

/// <summary>brx.idx: each lane picks a target from a table.</summary>
internal sealed unsafe class BranchTableOperation(Slot index, int[] targets) : ControlOperation
{
    public override IReadOnlyList<int> Targets => targets;

    public override void Execute(Warp warp, uint mask)
    {
        var table = targets;
        while (mask != 0)
        {
            var value = Index(warp, BitOperations.TrailingZeroCount(mask));
            uint group = 0;
            for (var rest = mask; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                if (Index(warp, lane) == value)
                    group |= 1u << lane;
            }
            mask &= ~group;
            // An index past the table is undefined; the last target keeps the emulator on its feet.
            var target = table[(int)Math.Min(value, (uint)table.Length - 1)];
            if (group == warp.Active)
                warp.Pc = target;
            else
                warp.Park(group, target);
        }
    }

    private uint Index(Warp warp, int lane) => *(uint*)(warp.Registers + index.Offset + (lane * index.LaneBytes));
}

/// <summary>ret and exit.</summary>
internal sealed class ReturnOperation(bool exit) : ControlOperation
{
    public override void Execute(Warp warp, uint mask)
    {
        if (exit)
            warp.Exit(mask);
        else
            warp.Return(mask);
    }
}

/// <summary>call of a device function.</summary>
internal sealed class CallOperation(FrameLayout callee, ParameterCopy[] arguments, ParameterCopy[] returns)
    : ControlOperation
{
    /// <summary>What to copy on the way back.</summary>
    public ParameterCopy[] Returns => returns;

    public override bool GoesOn => true;

    public override void Execute(Warp warp, uint mask) => warp.Call(mask, callee, arguments);
}

/// <summary>trap: ends the launch.</summary>
internal sealed class TrapOperation : ControlOperation
{
    public override void Execute(Warp warp, uint mask)
    {
        Faults.Trap(warp, BitOperations.TrailingZeroCount(mask));
        throw new LaunchStoppedException();
    }
}

/// <summary>An instruction that changes nothing here: prefetch, nanosleep, hints.</summary>
internal sealed class NoOperation : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
    }
}

/// <summary>membar and fence: what the block did so far comes before what it publishes from now on.</summary>
internal sealed class FenceOperation : Operation
{
    public override void Execute(Warp warp, uint mask) => warp.Block.Launch.Order?.Fence(warp.Block.Linear);
}

/// <summary>mov from a register that changes: clocks and timers.</summary>
internal sealed unsafe class ReadClockOperation(Slot destination, string register) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        var value = register switch
        {
            "%clock" or "%clock64" => (ulong)warp.Steps,
            "%clock_hi" => (ulong)warp.Steps >> 32,
            "%globaltimer_hi" => Nanoseconds() >> 32,
            _ => Nanoseconds(),
        };
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var to = warp.Registers + destination.Offset
                + (BitOperations.TrailingZeroCount(rest) * destination.LaneBytes);
            if (destination.LaneBytes == 8)
                *(ulong*)to = value;
            else
                *(uint*)to = (uint)value;
        }
    }

    private static ulong Nanoseconds() => (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
}
