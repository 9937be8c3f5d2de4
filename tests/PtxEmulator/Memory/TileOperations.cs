using System.Numerics;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>
/// ldmatrix: 8 x 8 tiles of 16 bits from shared memory, a row by the address of each lane, to the registers of mma.
/// </summary>
internal sealed unsafe class LoadMatrixOperation(Slot[] destinations, bool transpose) : MemoryOperation
{
    public override AccessKind Kind => AccessKind.Load;

    public override void Execute(Warp warp, uint mask)
    {
        var rows = destinations.Length == 4 ? uint.MaxValue : (1u << (8 * destinations.Length)) - 1;
        uint valid = 0;
        if ((mask & rows) != 0)
        {
            valid = Resolver.Resolve(warp, this, mask & rows, out var pattern);
            Spread(warp, pattern);
        }
        for (var tile = 0; tile < destinations.Length; tile++)
        {
            var to = (uint*)(warp.Registers + destinations[tile].Offset);
            for (var rest = mask; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                int row = lane / 4, column = lane % 4 * 2;
                to[lane] = transpose
                    ? Element(warp, valid, (8 * tile) + column, row) | (
                        Element(warp, valid, (8 * tile) + column + 1, row) << 16)
                    : Element(warp, valid, (8 * tile) + row, column) | (
                        Element(warp, valid, (8 * tile) + row, column + 1) << 16);
            }
        }
    }

    private void Spread(Warp warp, AddressPattern pattern)
    {
        var step = pattern == AddressPattern.Uniform ? 0 : Bytes;
        for (var lane = 1; lane < 32 && pattern != AddressPattern.Scattered; lane++)
            warp.Hosts[lane] = warp.Hosts[0] + (lane * step);
    }

    private static uint Element(Warp warp, uint valid, int lane, int column) =>
        (valid & (1u << lane)) != 0 ? ((ushort*)warp.Hosts[lane])[column] : 0u;
}

/// <summary>cp.async: from global to shared memory. It is done at once, so groups have nothing to wait for.</summary>
internal sealed unsafe class CopyAsyncOperation(
    CopyAsyncOperation.Side source, CopyAsyncOperation.Side target, Slot bytes) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        var size = source.Bytes;
        var data = stackalloc byte[32 * 16];
        new Span<byte>(data, 32 * 16).Clear();
        var counts = (uint*)(warp.Registers + bytes.Offset);
        // A lane that copies nothing only fills with zeros, and its source is not looked at.
        uint readers = 0;
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (counts[lane] != 0)
                readers |= 1u << lane;
        }
        if (readers != 0)
        {
            for (var rest = source.Resolve(warp, readers); rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                var count = Math.Min(counts[lane], (uint)size);
                Buffer.MemoryCopy(warp.Hosts[lane], data + (16 * lane), 16, count);
            }
        }
        for (var rest = target.Resolve(warp, mask); rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            Buffer.MemoryCopy(data + (16 * lane), warp.Hosts[lane], size, size);
        }
    }

    /// <summary>The reading or the writing side.</summary>
    internal sealed class Side(AccessKind kind) : MemoryOperation
    {
        public override AccessKind Kind => kind;

        public override void Execute(Warp warp, uint mask) => Resolve(warp, mask);

        /// <summary>Checks addresses and fills <see cref="Warp.Hosts"/> for every lane that may.</summary>
        public uint Resolve(Warp warp, uint mask)
        {
            var valid = Resolver.Resolve(warp, this, mask, out var pattern);
            var step = pattern == AddressPattern.Uniform ? 0 : Bytes;
            for (var lane = 1; lane < 32 && pattern != AddressPattern.Scattered; lane++)
                warp.Hosts[lane] = warp.Hosts[0] + (lane * step);
            return valid;
        }
    }
}
