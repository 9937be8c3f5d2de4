using System.Globalization;
using System.Numerics;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Checks;
using ZfNet.PtxEmulator.Memory;

namespace ZfNet.PtxEmulator.Execution;

/// <summary>Puts what went wrong into reports.</summary>
internal static unsafe class Faults
{
    /// <summary>An access of global memory that no allocation holds.</summary>
    public static void StrayGlobal(Warp warp, int lane, MemoryOperation operation, ulong address)
    {
        var near = warp.Block.Launch.Space.Nearest(address);
        var allocation = near is null ? null : new ReportedAllocation(
            near.Name, near.OriginalBytes, (long)(address - near.Address));
        if (near is { IsFreed: true } && address - near.Address < (ulong)near.OriginalBytes)
        {
            if (!warp.Block.Launch.Checks.UseAfterFree)
                return;
            Report(warp, warp.CurrentPc, lane, CheckKind.UseAfterFree, address, allocation, () =>
                $"{Does(operation)} {operation.Bytes} bytes at {Hex(address)}, {Inside(allocation!)}, which was given back");
            return;
        }
        OutOfBounds(warp, lane, operation, address, "global", allocation);
    }

    /// <summary>An access outside a block's shared memory, or between its variables.</summary>
    public static void StrayShared(Warp warp, int lane, MemoryOperation operation, ulong offset) =>
        OutOfBounds(warp, lane, operation, offset, "shared", SharedVariable(warp, (long)offset));

    /// <summary>An access outside a thread's local memory.</summary>
    public static void StrayLocal(Warp warp, int lane, MemoryOperation operation, ulong offset) =>
        OutOfBounds(warp, lane, operation, offset, "local", new("local memory", warp.Memory.LocalBytes, (long)offset));

    /// <summary>An access outside what it may use.</summary>
    public static void OutOfBounds(
        Warp warp, int lane, MemoryOperation operation, ulong address, string space, ReportedAllocation? allocation)
    {
        if (!warp.Block.Launch.Checks.OutOfBounds)
            return;
        Report(warp, warp.CurrentPc, lane, CheckKind.OutOfBounds, address, allocation, () =>
            $"{Does(operation)} {operation.Bytes} bytes of {space} memory at {Hex(address)}, {Outside(allocation, operation.Bytes)}");
    }

    /// <summary>A store to what kernels may only read.</summary>
    public static void ReadOnly(
        Warp warp, int lane, MemoryOperation operation, ulong address, ReportedAllocation allocation)
    {
        if (!warp.Block.Launch.Checks.OutOfBounds)
            return;
        Report(warp, warp.CurrentPc, lane, CheckKind.OutOfBounds, address, allocation, () =>
            $"{Does(operation)} {operation.Bytes} bytes at {Hex(address)}, {Inside(allocation)}, which can only be read");
    }

    /// <summary>An address that is not a multiple of the size.</summary>
    public static void Misaligned(
        Warp warp, int lane, MemoryOperation operation, ulong address, ReportedAllocation? allocation)
    {
        if (!warp.Block.Launch.Checks.Misaligned)
            return;
        Report(warp, warp.CurrentPc, lane, CheckKind.Misaligned, address, allocation, () =>
            $"{Does(operation)} {operation.Bytes} bytes at {Hex(address)}{Within(allocation)}, which is not a multiple of {operation.Bytes}");
    }

    /// <summary>A read of what nobody wrote.</summary>
    public static void Unwritten(
        Warp warp, int lane, MemoryOperation operation, ulong address, string space, ReportedAllocation? allocation)
    {
        if (!warp.Block.Launch.Checks.UninitializedReads)
            return;
        Report(warp, warp.CurrentPc, lane, CheckKind.UninitializedRead, address, allocation, () =>
            $"{Does(operation)} {operation.Bytes} bytes of {space} memory at {Hex(address)}{Within(allocation)}, that nobody has written");
    }

    /// <summary>Two uses that nothing orders.</summary>
    public static void Race(
        Warp warp, int lane, MemoryOperation operation, AccessRecord other, bool otherWrites, bool isShared)
    {
        var block = warp.Block;
        var address = warp.Addresses[lane];
        var found = isShared ? null : block.Launch.Space.AtOrBefore(address);
        var allocation = isShared
            ? SharedVariable(warp, (long)address)
            : found is null ? null : new ReportedAllocation(found.Name, found.Bytes, (long)(address - found.Address));
        var kind = isShared ? CheckKind.SharedRace : CheckKind.GlobalRace;
        var otherLine = other.Pc < 0 ? 0 : block.Launch.Code.Instructions[other.Pc].Line;
        Report(warp, warp.CurrentPc, lane, kind, address, allocation, () =>
        {
            var thread = ThreadOf(block, other.Thread);
            var who = isShared || other.Owner == ((uint)block.Linear & AccessRecord.MaxOwner)
                ? other.IsMixed ? $"another thread of warp {other.Thread >> 5}" : $"thread {thread}"
                : $"thread {thread} of block {IndexOf(block, other.Owner)}";
            var line = otherLine == 0 ? "" : $" on line {otherLine}";
            return $"{Does(operation)} {operation.Bytes} bytes of {(isShared ? "shared" : "global")} memory at {Hex(address)}"
                + $"{Within(allocation)}, which {who} {(otherWrites ? "wrote" : "read")}{line} with no barrier in between";
        }, otherLine);
    }

    /// <summary>Lanes that skip a barrier that others of their warp wait at.</summary>
    public static void Skipped(Warp warp, int pc, int lane, int absent, uint absentLanes) =>
        Report(warp, pc, lane, CheckKind.BarrierDivergence, null, null, () =>
            $"waits at a barrier that {BitOperations.PopCount(absentLanes)} threads of its warp skip (thread "
            + $"{ThreadOf(warp.Block, warp.FirstThread + absent)} is the first)");

    /// <summary>A warp that skipped a barrier that others waited at.</summary>
    public static void SkippedByWarp(Warp warp, int pc) =>
        Report(warp, pc, 0, CheckKind.BarrierDivergence, null, null, () =>
            $"and the rest of warp {warp.Index} skip a barrier that other warps wait at");

    /// <summary>Threads that meet at one barrier from different instructions.</summary>
    public static void DifferentBarriers(Warp warp, int pc, int lane, int otherPc, bool sameWarp)
    {
        var other = warp.Block.Launch.Code.Instructions[otherPc].Line;
        Report(warp, pc, lane, CheckKind.BarrierDivergence, null, null, () =>
            $"waits at a barrier while {(sameWarp ? "others of its warp" : "another warp")} waits for it at the one on line {other}", other);
    }

    /// <summary>Threads of one barrier that do not agree how many they are.</summary>
    public static void BarrierCounts(Warp warp, int id, int first, int second)
    {
        Report(warp, warp.CurrentPc, 0, CheckKind.BarrierDivergence, null, null, () =>
            $"waits at barrier {id} for {Number(second)} threads, where others wait for {Number(first)}");

        static string Number(int threads) => threads == 0 ? "all" : threads.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A barrier that does not exist.</summary>
    public static void BarrierNumber(Warp warp, int lane, int number)
    {
        Report(warp, warp.CurrentPc, lane, CheckKind.BarrierDivergence, null, null, () =>
            $"waits at barrier {number}; there are {Barriers.Count}, from 0");
        throw new LaunchStoppedException();
    }

    /// <summary>Threads that wait for ever.</summary>
    public static void Deadlock(Warp warp, int pc, int lane, bool atBarrier) =>
        Report(warp, pc, lane, CheckKind.BarrierDeadlock, null, null, () => atBarrier
            ? "waits for ever at a barrier: not as many threads come as it waits for"
            : "waits for ever for other threads of its warp, which have exited or wait elsewhere");

    /// <summary>A warp that ran out of instructions; ends the launch.</summary>
    public static void Runaway(Warp warp)
    {
        var pc = warp.Active != 0 ? Math.Min(warp.Pc, warp.Block.Launch.Code.Instructions.Length - 1) : warp.CurrentPc;
        Report(warp, pc, BitOperations.TrailingZeroCount(warp.Live), CheckKind.RunawayLoop, null, null, () =>
            $"is still running after {warp.Steps.ToString("N0", CultureInfo.InvariantCulture)} instructions of its warp");
        throw new LaunchStoppedException();
    }

    /// <summary>A trap.</summary>
    public static void Trap(Warp warp, int lane) =>
        Report(warp, warp.CurrentPc, lane, CheckKind.Trap, null, null, () => "runs into a trap");

    /// <summary>Calls nested too deeply; ends the launch.</summary>
    public static void CallDepth(Warp warp, uint lanes)
    {
        Report(warp, warp.CurrentPc, BitOperations.TrailingZeroCount(lanes), CheckKind.CallDepth, null, null, () =>
            $"calls functions more than {Warp.MaxDepth} deep");
        throw new LaunchStoppedException();
    }

    /// <summary>The shared variable that an offset lies in or near.</summary>
    public static ReportedAllocation? SharedVariable(Warp warp, long offset)
    {
        var launch = warp.Block.Launch;
        return launch.Code.Shared.Nearest(offset, launch.Shape.DynamicSharedBytes) is { } variable
            ? new(variable.Name, variable.Bytes, offset - variable.Offset)
            : null;
    }

    private static void Report(
        Warp warp, int pc, int lane, CheckKind kind, ulong? address, ReportedAllocation? allocation, Func<string> what,
        int otherLine = 0)
    {
        var code = warp.Block.Launch.Code;
        var thread = ThreadOf(warp.Block, warp.FirstThread + lane);
        var block = warp.Block.Index;
        warp.Block.Launch.Log.Add(code, pc, kind, () =>
        {
            var instruction = code.Instructions[pc];
            var source = instruction.Source is { } place ? $" ({place.File}:{place.Line})" : "";
            return new EmulatorReport
            {
                Kind = kind,
                Kernel = code.Name,
                Module = code.Module,
                PtxLine = instruction.Line,
                Source = instruction.Source,
                OtherPtxLine = otherLine,
                Block = block,
                Thread = thread,
                Address = address,
                Allocation = allocation,
                Sentence =
                    $"{kind} in {code.Name}, {code.Module}:{instruction.Line}{source}: thread {thread} of block {block} "
                    + $"{what()} [{instruction.Text}].",
            };
        });
    }

    private static Extent ThreadOf(Block block, int thread)
    {
        var size = block.Launch.Shape.Block;
        return new(thread % size.X, thread / size.X % size.Y, thread / size.X / size.Y);
    }

    private static Extent IndexOf(Block block, uint owner)
    {
        var grid = block.Launch.Shape.Grid;
        return new((int)(owner % grid.X), (int)(owner / grid.X % grid.Y), (int)(owner / grid.X / grid.Y));
    }

    private static string Hex(ulong address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");

    private static string Does(MemoryOperation operation) => operation.Kind switch
    {
        AccessKind.Load => "reads",
        AccessKind.Store => "writes",
        _ => "updates",
    };

    private static string Inside(ReportedAllocation allocation) =>
        $"byte {allocation.Offset} of {allocation.Name} ({allocation.Bytes} bytes)";

    private static string Within(ReportedAllocation? allocation) => allocation is null ? "" : $", {Inside(allocation)}";

    private static string Outside(ReportedAllocation? allocation, int bytes)
    {
        if (allocation is null)
            return "where nothing lies";
        var what = $"{allocation.Name} ({allocation.Bytes} bytes)";
        if (allocation.Offset < 0)
            return $"{-allocation.Offset} bytes before {what}";
        if (allocation.Offset == allocation.Bytes)
            return $"right past the end of {what}";
        return allocation.Offset > allocation.Bytes
            ? $"{allocation.Offset - allocation.Bytes} bytes past the end of {what}"
            : $"{allocation.Offset + bytes - allocation.Bytes} of them past the end of {what}";
    }
}
