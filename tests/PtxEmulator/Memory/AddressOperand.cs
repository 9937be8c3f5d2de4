using System.Runtime.Intrinsics;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>How the addresses of a warp's lanes lie.</summary>
internal enum AddressPattern
{
    /// <summary>Anyhow.</summary>
    Scattered,

    /// <summary>All lanes are there, each next to the one before.</summary>
    Consecutive,

    /// <summary>All lanes are there, at one address.</summary>
    Uniform,
}

/// <summary>An address: a slot plus an offset. Where there is no register the slot is a constant's.</summary>
/// <param name="Base">Register or constant, 4 or 8 bytes a lane.</param>
/// <param name="Offset">Bytes to add.</param>
internal readonly unsafe record struct AddressOperand(Slot Base, long Offset)
{
    /// <summary>
    /// Fills <see cref="Warp.Addresses"/> for all lanes and says how they lie, for accesses of some bytes.
    /// </summary>
    public AddressPattern Compute(Warp warp, uint mask, int bytes)
    {
        var to = warp.Addresses;
        var from = warp.Registers + Base.Offset;
        var step = Vector256.Create(0UL, (ulong)bytes, 2 * (ulong)bytes, 3 * (ulong)bytes);
        var stride = Vector256.Create(4 * (ulong)bytes);
        Vector256<ulong> same = default, next = default;
        if (Base.LaneBytes == 8)
        {
            var offset = Vector256.Create((ulong)Offset);
            var first = Vector256.Create(*(ulong*)from) + offset;
            var expected = first + step;
            for (var lane = 0; lane < 32; lane += 4)
            {
                var address = Vector256.Load((ulong*)from + lane) + offset;
                address.Store(to + lane);
                same |= address ^ first;
                next |= address ^ expected;
                expected += stride;
            }
        }
        else
        {
            var offset = Vector128.Create((uint)Offset);
            var start = (ulong)(*(uint*)from + (uint)Offset);
            var first = Vector256.Create(start);
            var expected = first + step;
            for (var lane = 0; lane < 32; lane += 4)
            {
                var narrow = Vector128.Load((uint*)from + lane) + offset;
                var address = Vector256.WidenLower(narrow.ToVector256Unsafe());
                address.Store(to + lane);
                same |= address ^ first;
                next |= address ^ expected;
                expected += stride;
            }
        }
        if (mask != uint.MaxValue)
            return AddressPattern.Scattered;
        return next == Vector256<ulong>.Zero ? AddressPattern.Consecutive
            : same == Vector256<ulong>.Zero ? AddressPattern.Uniform
            : AddressPattern.Scattered;
    }
}
