using System.Runtime.Intrinsics;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>The common case of shared memory: 32 lanes, all of them right.</summary>
internal static unsafe class SharedMemoryLanes
{
    /// <summary>
    /// Fills <see cref="Warp.Hosts"/> if every lane lies inside, is aligned, and, where that is watched, uses bytes
    /// that
    /// have been written. Otherwise the lanes need a closer look, one by one.
    /// </summary>
    public static bool TryResolve(Warp warp, SharedMemory shared, int bytes)
    {
        var addresses = warp.Addresses;
        var host = Vector256.Create((ulong)shared.Host);
        var any = Vector256<ulong>.Zero;
        var largest = Vector256<ulong>.Zero;
        for (var lane = 0; lane < 32; lane += 4)
        {
            var address = Vector256.Load(addresses + lane);
            any |= address;
            largest = Vector256.Max(largest.AsInt64(), address.AsInt64()).AsUInt64();
            (address + host).Store((ulong*)warp.Hosts + lane);
        }
        var bits = any[0] | any[1] | any[2] | any[3];
        var last = Math.Max(Math.Max(largest[0], largest[1]), Math.Max(largest[2], largest[3]));
        if (bits >> 31 != 0 || (bits & (ulong)(bytes - 1)) != 0 || last + (ulong)bytes > (ulong)shared.Bytes)
            return false;
        return !shared.IsWatched || AllWritten(shared.State, addresses, bytes);
    }

    private static bool AllWritten(byte* state, ulong* addresses, int bytes)
    {
        const uint written = SharedMemory.Written * 0x01010101U;
        switch (bytes)
        {
            case 4:
                var all = written;
                for (var lane = 0; lane < 32; lane++)
                    all &= *(uint*)(state + addresses[lane]);
                return all == written;
            case 8 or 16:
                const ulong two = ((ulong)written << 32) | written;
                var both = two;
                for (var lane = 0; lane < 32; lane++)
                    both &= *(ulong*)(state + addresses[lane]) & *(ulong*)(state + addresses[lane] + bytes - 8);
                return both == two;
            default:
                for (var lane = 0; lane < 32; lane++)
                {
                    if (new ReadOnlySpan<byte>(state + addresses[lane], bytes).ContainsAnyExcept(SharedMemory.Written))
                        return false;
                }
                return true;
        }
    }
}
