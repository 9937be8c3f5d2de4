using System.Numerics;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>The sixteen barriers of a block.</summary>
internal sealed class Barriers(Block block)
{
    /// <summary>How many there are.</summary>
    public const int Count = 16;

    private readonly State[] states = [.. Enumerable.Range(0, Count).Select(_ => new State())];

    /// <summary>Makes ready for another block.</summary>
    public void Start()
    {
        foreach (var state in states)
            state.Reset();
    }

    /// <summary>Lanes come to a barrier and wait.</summary>
    public void Wait(Warp warp, uint lanes, BarrierOperation operation, int id, int threads, uint predicate)
    {
        var state = Arrive(warp, id, threads);
        state.Lanes[warp.Index] |= lanes;
        state.All &= (lanes & ~predicate) == 0;
        state.Any |= (lanes & predicate) != 0;
        state.Population += BitOperations.PopCount(lanes & predicate);
        warp.Hold(lanes, warp.Pc);
        if (operation.Aligned && block.Launch.Checks.Barriers)
            CheckSkipping(warp, lanes, state);
    }

    /// <summary>Lanes come to a barrier and go on.</summary>
    public void ArriveOnly(Warp warp, uint lanes, int id, int threads)
    {
        var state = Arrive(warp, id, threads);
        state.Arrived += (lanes & warp.Live) == warp.Live ? 32 : BitOperations.PopCount(lanes);
        state.Arrivals.Add((warp.Index, block.Tick()));
    }

    /// <summary>Opens every barrier that all have come to; false where there is none.</summary>
    public bool Release()
    {
        var released = false;
        for (var id = 0; id < Count; id++)
        {
            var state = states[id];
            if (!state.IsUsed || !IsComplete(state))
                continue;
            if (state.Threads == 0 && block.Launch.Checks.Barriers)
                CheckPlaces(state);
            Open(state);
            released = true;
        }
        return released;
    }

    /// <summary>Reports that nobody can go on, and ends the launch.</summary>
    public void Deadlock()
    {
        foreach (var warp in block.Warps)
        {
            if (warp.Live == 0)
                continue;
            var lanes = warp.WaitForLanes != 0 ? warp.WaitForLanes : warp.Blocked;
            var lane = BitOperations.TrailingZeroCount(lanes);
            var atBarrier = warp.WaitForLanes == 0;
            var pc = PlaceOf(warp, lane);
            Faults.Deadlock(warp, pc, lane, atBarrier);
        }
        throw new LaunchStoppedException();
    }

    /// <summary>After a block: looks for warps that ran past a barrier that others waited at.</summary>
    public void End()
    {
        if (!block.Launch.Checks.Barriers)
            return;
        foreach (var skipped in block.Launch.Code.MarkedBarriers)
        {
            Warp? missing = null;
            var some = false;
            foreach (var warp in block.Warps)
            {
                var met = (warp.Passed & skipped.BarrierMark) != 0;
                some |= met;
                if (!met && (warp.Passed & skipped.AfterMark) != 0)
                    missing ??= warp;
            }
            if (some && missing is not null)
                Faults.SkippedByWarp(missing, skipped.BarrierPc);
        }
    }

    private State Arrive(Warp warp, int id, int threads)
    {
        var state = states[id];
        if (!state.IsUsed)
        {
            state.IsUsed = true;
            state.Threads = threads;
        }
        else if (state.Threads != threads)
        {
            Faults.BarrierCounts(warp, id, state.Threads, threads);
        }
        return state;
    }

    private bool IsComplete(State state)
    {
        if (state.Threads == 0)
        {
            var some = false;
            foreach (var warp in block.Warps)
            {
                if ((warp.Live & ~state.Lanes[warp.Index]) != 0)
                    return false;
                some |= warp.Live != 0;
            }
            return some;
        }
        var arrived = state.Arrived;
        foreach (var warp in block.Warps)
        {
            var lanes = state.Lanes[warp.Index];
            if (lanes != 0)
                arrived += (warp.Live & ~lanes) == 0 ? 32 : BitOperations.PopCount(lanes);
        }
        return arrived >= state.Threads;
    }

    private void Open(State state)
    {
        var participants = new List<Warp>();
        var all = true;
        foreach (var warp in block.Warps)
        {
            var lanes = state.Lanes[warp.Index];
            all &= lanes == warp.Live;
            if (lanes == 0)
                continue;
            participants.Add(warp);
            for (var rest = lanes; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                var operation = (BarrierOperation)block.Launch.Code.Steps[PlaceOf(warp, lane)].Operation;
                operation.Finish(warp, lane, state.All, state.Any, state.Population);
            }
            warp.Unblock(lanes);
        }
        block.Order(participants.ToArray(), all && state.Arrivals.Count == 0, state.Arrivals);
        state.Reset();
    }

    /// <summary>Lanes of this warp that are elsewhere: can they still come, or have they left for good?</summary>
    private unsafe void CheckSkipping(Warp warp, uint lanes, State state)
    {
        var absent = warp.Live & ~state.Lanes[warp.Index] & ~warp.Blocked;
        if (absent == 0)
            return;
        var here = warp.CurrentPc;
        for (var rest = absent; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var running = (warp.Active & (1u << lane)) != 0;
            if (!running && warp.LaneDepth[lane] != warp.Depth)
                continue;
            var there = running ? here + 1 : warp.LanePc[lane];
            if (!block.Launch.Code.PostDominators.Skips(here, there))
                continue;
            Faults.Skipped(warp, here, BitOperations.TrailingZeroCount(lanes), lane, absent);
            return;
        }
    }

    /// <summary>Whether lanes and warps came to the barrier at the same instruction.</summary>
    private void CheckPlaces(State state)
    {
        var first = -1;
        Warp? firstWarp = null;
        foreach (var warp in block.Warps)
        {
            for (var rest = state.Lanes[warp.Index]; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                var pc = PlaceOf(warp, lane);
                if (!((BarrierOperation)block.Launch.Code.Steps[pc].Operation).Aligned)
                    continue;
                if (first < 0)
                    (first, firstWarp) = (pc, warp);
                if (pc == first)
                    continue;
                Faults.DifferentBarriers(warp, pc, lane, first, sameWarp: warp == firstWarp);
                return;
            }
        }
    }

    private static unsafe int PlaceOf(Warp warp, int lane)
    {
        var pc = warp.LanePc[lane];
        // Lanes at a gate run its instruction again; all others go on after theirs.
        return (warp.WaitForLanes & (1u << lane)) != 0 && warp.Block.Launch.Code.Steps[pc].Operation is IGate ? pc
            : pc - 1;
    }

    private sealed class State
    {
        public readonly uint[] Lanes = new uint[32];
        public readonly List<(int Warp, uint Time)> Arrivals = [];
        public bool IsUsed;
        public int Threads;
        public int Arrived;
        public bool All;
        public bool Any;
        public int Population;

        public void Reset()
        {
            if (IsUsed)
                Array.Clear(Lanes);
            Arrivals.Clear();
            IsUsed = false;
            Threads = Arrived = Population = 0;
            All = true;
            Any = false;
        }
    }
}
