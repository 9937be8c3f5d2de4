using System.Numerics;
using System.Runtime.CompilerServices;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>Finds uses of the same word by different threads, one of them a write, that nothing orders.</summary>
internal static unsafe class RaceDetector
{
    /// <summary>Notes and checks what the lanes of an instruction do to shared memory.</summary>
    public static void Shared(Warp warp, MemoryOperation operation, uint mask)
    {
        var shared = warp.Block.Shared;
        var use = new Use(warp, operation, isShared: true, shared.Generation, exchange: false);
        var table = shared.Races!.Entries;
        if (operation.Kind == AccessKind.Load && operation.Bytes >= 4)
        {
            var count = operation.Bytes >> 2;
            for (var rest = mask; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                use.ReadShared(table + ((warp.Hosts[lane] - shared.Host) >> 2), lane, count);
            }
            return;
        }
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var offset = (long)(warp.Hosts[lane] - shared.Host);
            var words = Words(operation.Bytes, offset, out var bytes);
            for (var word = 0; word < words; word++)
                use.Apply(table + (offset >> 2) + word, lane, bytes);
        }
    }

    /// <summary>
    /// Notes and checks what lanes do to an allocation; their places in it are given by <see cref="Warp.Hosts"/>.
    /// </summary>
    public static void Global(Warp warp, MemoryOperation operation, uint mask, Allocation allocation)
    {
        var launch = warp.Block.Launch;
        var owner = (uint)warp.Block.Linear & AccessRecord.MaxOwner;
        if (operation.Kind == AccessKind.Atomic)
            launch.Order?.BeforeAtomic(owner);
        var use = new Use(warp, operation, isShared: false, owner, launch.IsParallel);
        var races = allocation.Races!;
        var loads = operation.Kind == AccessKind.Load && launch.IsParallel;
        for (var pass = loads ? 0 : 1; pass < 2; pass++)
        {
            for (var rest = mask; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                var offset = (long)(warp.Hosts[lane] - allocation.Host);
                var words = Words(operation.Bytes, offset, out var bytes);
                for (var word = 0; word < words; word++)
                {
                    var entry = races.Entry((offset >> 2) + word, launch.Number);
                    if (!loads)
                        use.Apply(entry, lane, bytes);
                    else if (pass == 0)
                        use.Read(entry, lane, bytes);
                    else
                        use.CheckWriter(entry, lane, bytes);
                }
            }
            // Another thread that writes now either sees that this one read, or is seen by it.
            if (pass == 0)
                Interlocked.MemoryBarrier();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Words(int size, long offset, out uint bytes)
    {
        if (size >= 4)
        {
            bytes = 15;
            return size >> 2;
        }
        bytes = ((1u << size) - 1) << (int)(offset & 3);
        return 1;
    }

    /// <summary>One instruction's use of memory.</summary>
    private readonly ref struct Use(Warp warp, MemoryOperation operation, bool isShared, uint owner, bool exchange)
    {
        private readonly uint clock = warp.Block.Clock;
        private readonly uint fullSync = warp.Block.FullSync;
        private readonly int pc = warp.CurrentPc;
        private readonly AccessKind kind = operation.Kind;
        private readonly bool strong = operation.IsStrong;

        // What is smaller is ordered before all that the block does now; and whether nothing else is.
        private readonly ulong before = AccessRecord.Time(owner, warp.Block.FullSync);
        private readonly bool isPlain = warp.Block.Clock == warp.Block.FullSync;

        /// <summary>
        /// A lane reads whole words of shared memory. In most, nothing has changed since it was last looked at.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void ReadShared(RaceTable.Entry* entry, int lane, int count)
        {
            var mine = Mine(lane, 15).Bits;
            for (var end = entry + count; entry < end; entry++)
            {
                if (entry->FirstReader < before)
                    entry->FirstReader = mine;
                else if ((entry->FirstReader ^ mine) >> 20 != 0)
                {
                    if (entry->SecondReader < before)
                        entry->SecondReader = mine;
                    else if (!isPlain)
                        Read(entry, lane, 15);
                }
                if (entry->Writer >= before)
                    CheckWriter(entry, lane, 15);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(RaceTable.Entry* entry, int lane, uint bytes)
        {
            if (kind == AccessKind.Load)
            {
                Read(entry, lane, bytes);
                CheckWriter(entry, lane, bytes);
            }
            else
            {
                Write(entry, lane, bytes);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void CheckWriter(RaceTable.Entry* entry, int lane, uint bytes)
        {
            var writer = new AccessRecord(Volatile.Read(ref entry->Writer));
            if (writer.Bits != 0)
                Check(writer, Mine(lane, bytes), lane, otherWrites: true);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Read(RaceTable.Entry* entry, int lane, uint bytes)
        {
            var mine = Mine(lane, bytes);
            var first = new AccessRecord(entry->FirstReader);
            if (TryMerge(ref entry->FirstReader, first, mine, lane))
                return;
            var second = new AccessRecord(entry->SecondReader);
            if (TryMerge(ref entry->SecondReader, second, mine, lane))
                return;
            // Two readers of one block would hide from a writer there that another block reads too.
            if (!isShared && first.Owner == second.Owner && first.Owner != owner)
                entry->SecondReader = mine.Bits;
        }

        private void Write(RaceTable.Entry* entry, int lane, uint bytes)
        {
            var mine = Mine(lane, bytes);
            var known = new AccessRecord(Volatile.Read(ref entry->Writer));
            var noted = IsSameInstruction(known, mine) && (known.Bytes & bytes) == 0 ? mine.With(known.Bytes).Bits
                : mine.Bits;
            var before = known.Bits;
            if (exchange)
                before = Interlocked.Exchange(ref entry->Writer, noted);
            else
                entry->Writer = noted;
            if (before != 0)
                Check(new(before), mine, lane, otherWrites: true);
            if (entry->FirstReader != 0)
                Check(new(entry->FirstReader), mine, lane, otherWrites: false);
            if (entry->SecondReader != 0)
                Check(new(entry->SecondReader), mine, lane, otherWrites: false);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private AccessRecord Mine(int lane, uint bytes) =>
            AccessRecord.Of(owner, warp.FirstThread + lane, clock, pc, kind == AccessKind.Atomic || strong, bytes);

        private static bool IsSameInstruction(AccessRecord a, AccessRecord b) =>
            a.Bits != 0 && a.Owner == b.Owner && a.Thread >> 5 == b.Thread >> 5 && a.Clock == b.Clock && a.Pc == b.Pc;

        private bool TryMerge(ref ulong place, AccessRecord known, AccessRecord mine, int lane)
        {
            if (known.WhoAndWhen == mine.WhoAndWhen)
            {
                if (known.Bytes != mine.Bytes)
                    place = new AccessRecord(mine.Bits | known.Bytes).Bits;
                return true;
            }
            if (known.Bits != 0 && known.Owner == mine.Owner && mine.Bytes != 15 && known.Bytes != 15
                && known.Thread >> 5 == mine.Thread >> 5 && known.Clock == mine.Clock)
            {
                place = known.With(mine.Bytes).Bits;
                return true;
            }
            if (known.Bits != 0 && known.Who != mine.Who && !IsOrdered(known, lane))
                return false;
            place = mine.Bits;
            return true;
        }

        private void Check(AccessRecord other, AccessRecord mine, int lane, bool otherWrites)
        {
            if ((other.Bytes & mine.Bytes) == 0 || (other.IsAtomic && mine.IsAtomic) || other.Who == mine.Who
                || IsOrdered(other, lane) || IsSameStore(other, mine, lane))
                return;
            Faults.Race(warp, lane, operation, other, otherWrites, isShared);
        }

        /// <summary>Whether what another thread did comes before what this lane does now.</summary>
        private bool IsOrdered(AccessRecord other, int lane)
        {
            if (other.Owner != owner)
                return isShared || (warp.Block.Launch.Order?.Comes(other.Owner, owner) ?? false);
            var then = other.Clock;
            if (then < fullSync || then == AccessRecord.MaxClock)
                return true;
            if (other.Thread >> 5 == warp.Index)
            {
                return other.IsMixed
                    || (warp.LaneSync[other.Thread & 31] > then && warp.LaneSync[lane] > then);
            }
            return warp.Block.PartialSync is { } partial && partial[(warp.Index * 32) + (other.Thread >> 5)] > then;
        }

        /// <summary>Two lanes that store the same to one place in one instruction do no harm.</summary>
        private bool IsSameStore(AccessRecord other, AccessRecord mine, int lane)
        {
            if (kind != AccessKind.Store || !IsSameInstruction(other, mine))
                return false;
            var first = other.Thread & 31;
            return warp.Addresses[first] == warp.Addresses[lane] && operation.StoresSame(warp, first, lane);
        }
    }
}
