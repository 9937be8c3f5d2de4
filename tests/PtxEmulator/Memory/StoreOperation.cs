using System.Numerics;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>st.</summary>
internal sealed unsafe class StoreOperation(Slot[] sources, int elementBytes) : MemoryOperation
{
    private readonly bool isPlain = sources.Length == 1 && elementBytes == sources[0].LaneBytes;

    public override AccessKind Kind => AccessKind.Store;

    public override void Execute(Warp warp, uint mask)
    {
        var valid = Resolver.Resolve(warp, this, mask, out var pattern);
        if (pattern == AddressPattern.Consecutive && isPlain)
        {
            var bytes = 32 * elementBytes;
            Buffer.MemoryCopy(warp.Registers + sources[0].Offset, warp.Hosts[0], bytes, bytes);
            return;
        }
        if (pattern == AddressPattern.Consecutive)
        {
            for (var lane = 1; lane < 32; lane++)
                warp.Hosts[lane] = warp.Hosts[0] + (lane * Bytes);
        }
        for (var i = 0; i < sources.Length; i++)
        {
            var from = warp.Registers + sources[i].Offset;
            var laneBytes = sources[i].LaneBytes;
            var offset = i * elementBytes;
            for (var rest = valid; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                var source = from + (lane * laneBytes);
                var to = warp.Hosts[lane] + offset;
                switch (elementBytes)
                {
                    case 1:
                        *to = *source;
                        break;
                    case 2:
                        *(ushort*)to = *(ushort*)source;
                        break;
                    case 4:
                        *(uint*)to = *(uint*)source;
                        break;
                    default:
                        *(ulong*)to = *(ulong*)source;
                        break;
                }
            }
        }
    }

    public override bool StoresSame(Warp warp, int first, int second)
    {
        foreach (var slot in sources)
        {
            var from = warp.Registers + slot.Offset;
            var one = new ReadOnlySpan<byte>(from + (first * slot.LaneBytes), elementBytes);
            if (!one.SequenceEqual(new ReadOnlySpan<byte>(from + (second * slot.LaneBytes), elementBytes)))
                return false;
        }
        return true;
    }
}
