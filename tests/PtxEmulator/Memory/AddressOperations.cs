using System.Runtime.Intrinsics;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>cvta and cvta.to: between an address of a space and a generic one.</summary>
internal sealed unsafe class ConvertAddressOperation(Slot destination, Slot source, ulong add) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        var from = (ulong*)(warp.Registers + source.Offset);
        var to = (ulong*)(warp.Registers + destination.Offset);
        var offset = Vector256.Create(add);
        for (var lane = 0; lane < 32; lane += 4)
        {
            var value = Vector256.Load(from + lane) + offset;
            if (mask != LaneMask.All)
                value = Vector256.ConditionalSelect(LaneMask.Of<ulong>(mask, lane), value, Vector256.Load(to + lane));
            value.Store(to + lane);
        }
    }
}

/// <summary>isspacep: whether a generic address lies in a space.</summary>
internal sealed unsafe class IsSpaceOperation(int destination, Slot source, PtxSpace space) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        var from = (ulong*)(warp.Registers + source.Offset);
        uint bits = 0;
        for (var lane = 0; lane < 32; lane++)
            bits |= SpaceOf(warp, from[lane]) == space ? 1u << lane : 0;
        warp.Predicates[destination] = (warp.Predicates[destination] & ~mask) | (bits & mask);
    }

    private static PtxSpace SpaceOf(Warp warp, ulong address)
    {
        if (address - AddressSpace.SharedWindow < AddressSpace.WindowBytes)
            return PtxSpace.Shared;
        if (address - AddressSpace.LocalWindow < AddressSpace.WindowBytes)
            return PtxSpace.Local;
        if (address - AddressSpace.ParameterWindow < AddressSpace.WindowBytes)
            return PtxSpace.Param;
        return warp.Block.Launch.Space.Find(address, 1) is { IsReadOnly: true } ? PtxSpace.Const : PtxSpace.Global;
    }
}
