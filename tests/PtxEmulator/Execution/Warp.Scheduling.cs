using System.Numerics;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>Why a warp stopped running.</summary>
internal enum WarpState
{
    /// <summary>It had its turn and can go on.</summary>
    Runnable,

    /// <summary>Every live lane waits.</summary>
    Blocked,

    /// <summary>Every lane has exited.</summary>
    Finished,
}

/// <summary>The loop that runs instructions, and the choice of the lanes that run them.</summary>
internal sealed unsafe partial class Warp
{
    private uint turn;

    /// <summary>Runs until no lane can go on, or for some instructions, so that other warps have their turn.</summary>
    public WarpState Run(int quantum)
    {
        var code = Block.Launch.Code;
        var steps = code.Steps;
        var covered = code.Covered;
        var trace = Block.Launch.Trace;
        if (Active == 0 && !Reschedule())
            return Stop();
        for (var left = quantum; left > 0; left--)
        {
            if (Pc >= NextMerge && !Reschedule())
                return Stop();
            var pc = Pc;
            ref readonly var step = ref steps[pc];
            var mask = Active;
            if (step.Guard >= 0)
                mask &= Predicates[step.Guard] ^ step.GuardFlip;
            current = pc;
            Pc = pc + 1;
            if (mask == 0)
            {
                Steps++;
                continue;
            }
            if (!covered[pc])
                covered[pc] = true;
            Passed |= step.Mark;
            LaneSteps += BitOperations.PopCount(mask);
            step.Operation.Execute(this, mask);
            if (trace is not null)
                trace.After(this, pc, mask);
            Steps++;
        }
        CheckBudget();
        if (Waiting != 0)
            TakeTurns();
        return WarpState.Runnable;
    }

    private WarpState Stop()
    {
        if (Live == 0)
            return WarpState.Finished;
        // An endless loop with a barrier in it stops here again and again.
        CheckBudget();
        return WarpState.Blocked;
    }

    /// <summary>
    /// Puts the running lanes back among the waiting, and picks the deepest in calls, of those the lowest.
    /// </summary>
    private bool Reschedule()
    {
        Yield();
        if (Waiting == 0)
        {
            Pc = NextMerge = Nowhere;
            return OpenGate() && Reschedule();
        }
        int depth = -1, pc = Nowhere;
        for (var rest = Waiting; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (LaneDepth[lane] > depth || (LaneDepth[lane] == depth && LanePc[lane] < pc))
                (depth, pc) = (LaneDepth[lane], LanePc[lane]);
        }
        Pick(depth, pc);
        return true;
    }

    /// <summary>
    /// Lanes that wait their turn behind others for very long may hold what those wait for (a lock): let the next group
    /// run, whatever its place.
    /// </summary>
    private void TakeTurns()
    {
        var others = Waiting;
        Yield();
        var lanes = BitOperations.RotateRight(others, (int)(++turn % 32));
        var first = (BitOperations.TrailingZeroCount(lanes) + (int)(turn % 32)) % 32;
        Pick(LaneDepth[first], LanePc[first]);
        // It runs past where others wait until its turn ends or it comes upon them.
        NextMerge = Nowhere;
        for (var rest = Waiting; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (LaneDepth[lane] == Depth && LanePc[lane] > Pc)
                NextMerge = Math.Min(NextMerge, LanePc[lane]);
        }
    }

    private void Yield()
    {
        if (Active != 0)
            Park(Active, Pc);
    }

    private void Pick(int depth, int pc)
    {
        uint group = 0;
        NextMerge = Nowhere;
        for (var rest = Waiting; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (LaneDepth[lane] != depth)
                continue;
            if (LanePc[lane] == pc)
                group |= 1u << lane;
            else if (LanePc[lane] > pc)
                NextMerge = Math.Min(NextMerge, LanePc[lane]);
        }
        Active = group;
        Waiting &= ~group;
        Pc = pc;
        if (Block.Launch.Code.HasCalls)
            EnterFrame(depth);
    }

    private void CheckBudget()
    {
        var budget = Block.Launch.Checks.InstructionBudget;
        if (budget > 0 && Steps >= budget)
            Faults.Runaway(this);
        Block.Launch.ThrowIfStopped();
    }
}
