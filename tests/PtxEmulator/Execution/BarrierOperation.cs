using System.Numerics;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>What a bar.red makes of the predicates of all threads.</summary>
internal enum BarrierReduction
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>How many are true.</summary>
    Population,

    /// <summary>Whether all are.</summary>
    And,

    /// <summary>Whether one is.</summary>
    Or,
}

/// <summary>bar.sync, bar.red and their barrier forms.</summary>
internal sealed unsafe class BarrierOperation : ControlOperation
{
    /// <summary>The slot of the barrier's number.</summary>
    public required Slot Id { get; init; }

    /// <summary>The slot of the number of threads, or null for all.</summary>
    public required Slot? Threads { get; init; }

    /// <summary>Whether the threads of a warp must come together.</summary>
    public required bool Aligned { get; init; }

    /// <summary>Whether this is the barrier of __syncthreads: number 0, all threads.</summary>
    public required bool IsPlain { get; init; }

    /// <summary>bar.red's.</summary>
    public BarrierReduction Reduction { get; init; }

    /// <summary>bar.red's source.</summary>
    public (int Index, bool Negated) Source { get; init; }

    /// <summary>bar.red.popc's destination.</summary>
    public Slot Destination { get; init; }

    /// <summary>bar.red.and's and .or's destination.</summary>
    public int DestinationPredicate { get; init; }

    public override bool GoesOn => true;

    public override void Execute(Warp warp, uint mask)
    {
        uint predicate = 0;
        if (Reduction != BarrierReduction.None)
            predicate = warp.Predicates[Source.Index] ^ (Source.Negated ? uint.MaxValue : 0);
        var lane = BitOperations.TrailingZeroCount(mask);
        var (id, threads) = BarrierNumbers.Read(warp, lane, Id, Threads);
        warp.Block.Barriers.Wait(warp, mask, this, id, threads, predicate);
    }

    /// <summary>Writes a lane's result when the barrier opens.</summary>
    public void Finish(Warp warp, int lane, bool all, bool any, int population)
    {
        if (Reduction == BarrierReduction.None)
            return;
        if (Reduction == BarrierReduction.Population)
        {
            *(int*)(warp.Registers + Destination.Offset + (lane * 4)) = population;
            return;
        }
        var bit = 1u << lane;
        var value = Reduction == BarrierReduction.And ? all : any;
        warp.Predicates[DestinationPredicate] = (warp.Predicates[DestinationPredicate] & ~bit) | (value ? bit : 0);
    }
}

/// <summary>bar.arrive and barrier.arrive.</summary>
internal sealed class BarrierArriveOperation(Slot id, Slot threads) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        var numbers = BarrierNumbers.Read(warp, BitOperations.TrailingZeroCount(mask), id, threads);
        warp.Block.Barriers.ArriveOnly(warp, mask, numbers.Id, numbers.Threads);
    }
}

/// <summary>bar.warp.sync.</summary>
internal sealed unsafe class WarpSyncOperation(Slot members) : ControlOperation
{
    public override bool GoesOn => true;

    public override void Execute(Warp warp, uint mask)
    {
        var lane = BitOperations.TrailingZeroCount(mask);
        warp.Synchronize(mask, *(uint*)(warp.Registers + members.Offset + (lane * 4)));
    }
}

/// <summary>Reads the operands of a barrier.</summary>
internal static unsafe class BarrierNumbers
{
    public static (int Id, int Threads) Read(Warp warp, int lane, Slot id, Slot? threads)
    {
        var number = *(int*)(warp.Registers + id.Offset + (lane * 4));
        var count = threads is { } slot ? *(int*)(warp.Registers + slot.Offset + (lane * 4)) : 0;
        if (number is < 0 or >= Barriers.Count)
            Faults.BarrierNumber(warp, lane, number);
        return (number, count);
    }
}
