using System.Numerics;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>
/// An instruction that lanes run together: those that come first wait and run it again with the others.
/// </summary>
internal interface IGate;

/// <summary>An instruction of several lanes, with a mask of those that take part.</summary>
internal abstract unsafe class GateOperation(Slot members) : ControlOperation, IGate
{
    public override bool GoesOn => true;

    public sealed override void Execute(Warp warp, uint mask)
    {
        var named = *(uint*)(warp.Registers + members.Offset + (BitOperations.TrailingZeroCount(mask) * 4));
        if (warp.Gate(mask, named))
            Run(warp, mask, named);
    }

    /// <summary>Runs it: all members are here.</summary>
    protected abstract void Run(Warp warp, uint mask, uint members);

    /// <summary>Writes predicates of the lanes of a mask.</summary>
    protected static void Set(Warp warp, int predicate, uint mask, uint bits)
    {
        if (predicate >= 0)
            warp.Predicates[predicate] = (warp.Predicates[predicate] & ~mask) | (bits & mask);
    }

    /// <summary>The 32-bit lanes of a slot.</summary>
    protected static uint* Lanes(Warp warp, Slot slot) => (uint*)(warp.Registers + slot.Offset);
}

/// <summary>How a shuffle picks its source lane.</summary>
internal enum ShuffleMode
{
    /// <summary>From below.</summary>
    Up,

    /// <summary>From above.</summary>
    Down,

    /// <summary>By exclusive or.</summary>
    Bfly,

    /// <summary>By number.</summary>
    Idx,
}

/// <summary>shfl.sync.</summary>
internal sealed unsafe class ShuffleOperation(
    ShuffleMode mode, Slot destination, int predicate, Slot value, Slot lanes, Slot clamp, Slot members)
        : GateOperation(members)
{
    protected override void Run(Warp warp, uint mask, uint members)
    {
        uint* values = Lanes(warp, value), picks = Lanes(warp, lanes), clamps = Lanes(warp, clamp),
            to = Lanes(warp, destination);
        var results = stackalloc uint[32];
        uint inRange = 0;
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var pick = (int)(picks[lane] & 31);
            var bound = (int)(clamps[lane] & 31);
            var segment = (int)(clamps[lane] >> 8) & 31;
            var last = (lane & segment) | (bound & ~segment);
            var first = lane & segment;
            var (source, valid) = mode switch
            {
                // For up the clamp is the lowest lane.
                ShuffleMode.Up => (lane - pick, lane - pick >= last),
                ShuffleMode.Down => (lane + pick, lane + pick <= last),
                ShuffleMode.Bfly => (lane ^ pick, (lane ^ pick) <= last),
                _ => (first | (pick & ~segment), (first | (pick & ~segment)) <= last),
            };
            if (valid)
                inRange |= 1u << lane;
            else
                source = lane;
            results[lane] = values[source & 31];
        }
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            to[lane] = results[lane];
        }
        Set(warp, predicate, mask, inRange);
    }
}

/// <summary>What a vote asks.</summary>
internal enum VoteMode
{
    /// <summary>Whether it is true for all.</summary>
    All,

    /// <summary>Whether it is true for one.</summary>
    Any,

    /// <summary>Whether it is the same for all.</summary>
    Uni,

    /// <summary>For which lanes it is true.</summary>
    Ballot,
}

/// <summary>vote.sync.</summary>
internal sealed unsafe class VoteOperation(
    VoteMode mode, Slot destination, int predicate, (int Index, bool Negated) source, Slot members)
        : GateOperation(members)
{
    protected override void Run(Warp warp, uint mask, uint members)
    {
        var voters = mask & members;
        var bits = (warp.Predicates[source.Index] ^ (source.Negated ? uint.MaxValue : 0)) & voters;
        if (mode == VoteMode.Ballot)
        {
            var to = Lanes(warp, destination);
            for (var rest = mask; rest != 0; rest &= rest - 1)
                to[BitOperations.TrailingZeroCount(rest)] = bits;
            return;
        }
        var result = mode switch
        {
            VoteMode.All => bits == voters,
            VoteMode.Any => bits != 0,
            _ => bits == voters || bits == 0,
        };
        Set(warp, predicate, mask, result ? uint.MaxValue : 0);
    }
}

/// <summary>match.any.sync and match.all.sync.</summary>
internal sealed unsafe class MatchOperation(bool all, Slot destination, int predicate, Slot value, Slot members)
    : GateOperation(members)
{
    protected override void Run(Warp warp, uint mask, uint members)
    {
        var voters = mask & members;
        var to = Lanes(warp, destination);
        var results = stackalloc uint[32];
        uint equal = 0;
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            uint same = 0;
            for (var others = voters; others != 0; others &= others - 1)
            {
                var other = BitOperations.TrailingZeroCount(others);
                if (Read(warp, other) == Read(warp, lane))
                    same |= 1u << other;
            }
            if (same == voters)
                equal |= 1u << lane;
            results[lane] = !all ? same : same == voters ? voters : 0;
        }
        for (var rest = mask; rest != 0; rest &= rest - 1)
            to[BitOperations.TrailingZeroCount(rest)] = results[BitOperations.TrailingZeroCount(rest)];
        Set(warp, predicate, mask, equal);
    }

    private ulong Read(Warp warp, int lane)
    {
        var from = warp.Registers + value.Offset + (lane * value.LaneBytes);
        return value.LaneBytes == 8 ? *(ulong*)from : *(uint*)from;
    }
}

/// <summary>What a reduction makes of the lanes' values.</summary>
internal enum ReduceFunction
{
    /// <summary>Sum.</summary>
    Add,

    /// <summary>Smallest.</summary>
    Min,

    /// <summary>Largest.</summary>
    Max,

    /// <summary>Bits.</summary>
    And,

    /// <summary>Bits.</summary>
    Or,

    /// <summary>Bits.</summary>
    Xor,
}

/// <summary>redux.sync.</summary>
internal sealed unsafe class ReduceOperation(
    ReduceFunction function, bool signed, Slot destination, Slot value, Slot members)
    : GateOperation(members)
{
    protected override void Run(Warp warp, uint mask, uint members)
    {
        uint* values = Lanes(warp, value), to = Lanes(warp, destination);
        var voters = mask & members;
        var result = values[BitOperations.TrailingZeroCount(voters)];
        for (var rest = voters & (voters - 1); rest != 0; rest &= rest - 1)
        {
            var next = values[BitOperations.TrailingZeroCount(rest)];
            result = function switch
            {
                ReduceFunction.Add => result + next,
                ReduceFunction.Min => signed ? (uint)Math.Min((int)result, (int)next) : Math.Min(result, next),
                ReduceFunction.Max => signed ? (uint)Math.Max((int)result, (int)next) : Math.Max(result, next),
                ReduceFunction.And => result & next,
                ReduceFunction.Or => result | next,
                _ => result ^ next,
            };
        }
        for (var rest = mask; rest != 0; rest &= rest - 1)
            to[BitOperations.TrailingZeroCount(rest)] = result;
    }
}

/// <summary>elect.sync: the lowest member leads.</summary>
internal sealed unsafe class ElectOperation(Slot destination, int predicate, Slot members) : GateOperation(members)
{
    protected override void Run(Warp warp, uint mask, uint members)
    {
        var leader = BitOperations.TrailingZeroCount(mask & members);
        var to = Lanes(warp, destination);
        for (var rest = mask; rest != 0; rest &= rest - 1)
            to[BitOperations.TrailingZeroCount(rest)] = (uint)leader;
        Set(warp, predicate, mask, 1u << leader);
    }
}

/// <summary>activemask: the lanes that run this together.</summary>
internal sealed unsafe class ActiveMaskOperation(Slot destination) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        var to = (uint*)(warp.Registers + destination.Offset);
        for (var rest = mask; rest != 0; rest &= rest - 1)
            to[BitOperations.TrailingZeroCount(rest)] = mask;
    }
}
