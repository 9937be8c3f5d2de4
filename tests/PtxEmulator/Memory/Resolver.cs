using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ZfNet.PtxEmulator.Checks;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>
/// From addresses to memory: finds, for each lane of an instruction, the place in this process, with every check on the
/// way. Lanes whose access is refused are left out of what it returns.
/// </summary>
internal static unsafe class Resolver
{
    /// <summary>
    /// Fills <see cref="Warp.Hosts"/> and returns the lanes that may access. Where the pattern is not scattered only
    /// lane
    /// 0's place is filled.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Resolve(Warp warp, MemoryOperation operation, uint mask, out AddressPattern pattern)
    {
        pattern = operation.Address.Compute(warp, mask, operation.Bytes);
        return operation.Space switch
        {
            MemorySpace.Global => Global(warp, operation, mask, ref pattern),
            MemorySpace.Shared => Shared(warp, operation, mask, ref pattern),
            MemorySpace.Local => Local(warp, operation, mask, ref pattern),
            _ => Generic(warp, operation, mask, ref pattern),
        };
    }

    private static uint Global(Warp warp, MemoryOperation operation, uint mask, ref AddressPattern pattern)
    {
        if (pattern == AddressPattern.Scattered || (
            pattern == AddressPattern.Uniform && operation.Kind != AccessKind.Load))
            return GlobalLanes(warp, operation, mask, ref pattern);
        var bytes = pattern == AddressPattern.Uniform ? operation.Bytes : operation.Bytes * 32;
        var address = warp.Addresses[0];
        var allocation = operation.LastAllocation;
        if (allocation is null || !Contains(allocation, address, bytes))
        {
            allocation = warp.Block.Launch.Space.Find(address, bytes);
            if (allocation is null)
                return GlobalLanes(warp, operation, mask, ref pattern);
            operation.LastAllocation = allocation;
        }
        if ((address & (ulong)(operation.Bytes - 1)) != 0
            || (allocation.IsReadOnly && operation.Kind != AccessKind.Load))
            return GlobalLanes(warp, operation, mask, ref pattern);
        var offset = (long)(address - allocation.Address);
        if (allocation.Written != null)
        {
            if (operation.Kind == AccessKind.Store)
                NativeMemory.Fill(allocation.Written + offset, (nuint)bytes, 1);
            else if (allocation.FirstUnwritten(offset, bytes) >= 0)
                return GlobalLanes(warp, operation, mask, ref pattern);
        }
        var host = allocation.Host + offset;
        warp.Hosts[0] = host;
        if (allocation.Races is not null)
        {
            var step = pattern == AddressPattern.Uniform ? 0 : operation.Bytes;
            for (var lane = 1; lane < 32; lane++)
                warp.Hosts[lane] = host + (lane * step);
            RaceDetector.Global(warp, operation, mask, allocation);
        }
        return mask;
    }

    private static uint GlobalLanes(Warp warp, MemoryOperation operation, uint mask, ref AddressPattern pattern)
    {
        pattern = AddressPattern.Scattered;
        var allocation = operation.LastAllocation;
        uint valid = 0;
        uint checkedRaces = 0;
        var bytes = operation.Bytes;
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var address = warp.Addresses[lane];
            if (allocation is null || !Contains(allocation, address, bytes))
            {
                var found = warp.Block.Launch.Space.Find(address, bytes);
                if (found is null)
                {
                    Faults.StrayGlobal(warp, lane, operation, address);
                    continue;
                }
                if (checkedRaces != 0)
                {
                    RaceDetector.Global(warp, operation, checkedRaces, allocation!);
                    checkedRaces = 0;
                }
                operation.LastAllocation = allocation = found;
            }
            var offset = (long)(address - allocation.Address);
            if ((address & (ulong)(bytes - 1)) != 0)
            {
                Faults.Misaligned(warp, lane, operation, address, new(allocation.Name, allocation.Bytes, offset));
                continue;
            }
            if (allocation.IsReadOnly && operation.Kind != AccessKind.Load)
            {
                Faults.ReadOnly(warp, lane, operation, address, new(allocation.Name, allocation.Bytes, offset));
                continue;
            }
            if (allocation.Written != null && operation.Kind != AccessKind.Store
                && allocation.FirstUnwritten(offset, bytes) is var unwritten and >= 0)
            {
                Faults.Unwritten(
                    warp, lane, operation, address, "global", new(allocation.Name, allocation.Bytes, unwritten));
            }
            // What has been reported counts as written from now on: one fault, one report.
            if (allocation.Written != null && operation.Kind != AccessKind.Load)
                new Span<byte>(allocation.Written + offset, bytes).Fill(1);
            warp.Hosts[lane] = allocation.Host + offset;
            valid |= 1u << lane;
            if (allocation.Races is not null)
                checkedRaces |= 1u << lane;
        }
        if (checkedRaces != 0)
            RaceDetector.Global(warp, operation, checkedRaces, allocation!);
        return valid;
    }

    private static uint Shared(Warp warp, MemoryOperation operation, uint mask, ref AddressPattern pattern)
    {
        var shared = warp.Block.Shared;
        if (mask != LaneMask.All || !SharedMemoryLanes.TryResolve(warp, shared, operation.Bytes))
            return SharedLanes(warp, operation, mask, ref pattern);
        // Nothing to say of bounds, alignment or bytes that nobody wrote.
        if (shared.Races is not null)
            RaceDetector.Shared(warp, operation, mask);
        if (pattern == AddressPattern.Uniform && operation.Kind != AccessKind.Load)
            pattern = AddressPattern.Scattered;
        return mask;
    }

    private static uint SharedLanes(Warp warp, MemoryOperation operation, uint mask, ref AddressPattern pattern)
    {
        pattern = AddressPattern.Scattered;
        var shared = warp.Block.Shared;
        var bytes = operation.Bytes;
        var last = (ulong)(shared.Bytes - bytes);
        var watch = shared.IsWatched;
        uint valid = 0;
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var offset = warp.Addresses[lane];
            if (shared.Bytes < bytes || offset > last)
            {
                Faults.StrayShared(warp, lane, operation, offset);
                continue;
            }
            if ((offset & (ulong)(bytes - 1)) != 0)
            {
                Faults.Misaligned(warp, lane, operation, offset, Faults.SharedVariable(warp, (long)offset));
                continue;
            }
            if (watch)
            {
                var state = new Span<byte>(shared.State + offset, bytes);
                if (state.Contains(SharedMemory.Outside))
                {
                    Faults.StrayShared(warp, lane, operation, offset);
                    continue;
                }
                if (operation.Kind != AccessKind.Store && state.Contains(SharedMemory.Unwritten))
                    Faults.Unwritten(
                        warp, lane, operation, offset, "shared", Faults.SharedVariable(warp, (long)offset));
                if (operation.Kind != AccessKind.Load)
                    state.Fill(SharedMemory.Written);
            }
            warp.Hosts[lane] = shared.Host + offset;
            valid |= 1u << lane;
        }
        if (shared.Races is not null && valid != 0)
            RaceDetector.Shared(warp, operation, valid);
        return valid;
    }

    private static uint Local(Warp warp, MemoryOperation operation, uint mask, ref AddressPattern pattern)
    {
        pattern = AddressPattern.Scattered;
        var bytes = operation.Bytes;
        var size = warp.Memory.LocalBytes;
        uint valid = 0;
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var offset = warp.Addresses[lane];
            if (size < bytes || offset > (ulong)(size - bytes))
            {
                Faults.StrayLocal(warp, lane, operation, offset);
                continue;
            }
            if ((offset & (ulong)(bytes - 1)) != 0)
            {
                Faults.Misaligned(warp, lane, operation, offset, new("local memory", size, (long)offset));
                continue;
            }
            warp.Hosts[lane] = warp.Memory.Local(lane) + offset;
            valid |= 1u << lane;
        }
        return valid;
    }

    private static uint Generic(Warp warp, MemoryOperation operation, uint mask, ref AddressPattern pattern)
    {
        uint shared = 0, local = 0, parameter = 0;
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var address = warp.Addresses[lane];
            if (address - AddressSpace.SharedWindow < AddressSpace.WindowBytes)
                shared |= 1u << lane;
            else if (address - AddressSpace.LocalWindow < AddressSpace.WindowBytes)
                local |= 1u << lane;
            else if (address - AddressSpace.ParameterWindow < AddressSpace.WindowBytes)
                parameter |= 1u << lane;
        }
        var global = mask & ~(shared | local | parameter);
        if (global == mask)
            return Global(warp, operation, mask, ref pattern);
        pattern = AddressPattern.Scattered;
        uint valid = 0;
        if (global != 0)
            valid |= GlobalLanes(warp, operation, global, ref pattern);
        if (shared != 0)
        {
            Subtract(warp, shared, AddressSpace.SharedWindow);
            valid |= SharedLanes(warp, operation, shared, ref pattern);
        }
        if (local != 0)
        {
            Subtract(warp, local, AddressSpace.LocalWindow);
            valid |= Local(warp, operation, local, ref pattern);
        }
        return valid | Parameter(warp, operation, parameter);
    }

    private static uint Parameter(Warp warp, MemoryOperation operation, uint mask)
    {
        var launch = warp.Block.Launch;
        uint valid = 0;
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var offset = warp.Addresses[lane] - AddressSpace.ParameterWindow;
            var allocation = new ReportedAllocation("the parameters", launch.Code.ParameterBytes, (long)offset);
            if (launch.Code.ParameterBytes < operation.Bytes
                || offset > (ulong)(launch.Code.ParameterBytes - operation.Bytes))
                Faults.OutOfBounds(warp, lane, operation, warp.Addresses[lane], "param", allocation);
            else if ((offset & (ulong)(operation.Bytes - 1)) != 0)
                Faults.Misaligned(warp, lane, operation, warp.Addresses[lane], allocation);
            else if (operation.Kind != AccessKind.Load)
                Faults.ReadOnly(warp, lane, operation, warp.Addresses[lane], allocation);
            else
            {
                warp.Hosts[lane] = launch.ParameterMemory + offset;
                valid |= 1u << lane;
            }
        }
        return valid;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Contains(Allocation allocation, ulong address, int bytes) =>
        address - allocation.Address <= long.MaxValue
            && (long)(address - allocation.Address) <= allocation.Bytes - bytes;

    private static void Subtract(Warp warp, uint mask, ulong window)
    {
        for (var rest = mask; rest != 0; rest &= rest - 1)
            warp.Addresses[BitOperations.TrailingZeroCount(rest)] -= window;
    }
}
