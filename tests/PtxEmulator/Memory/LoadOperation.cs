using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>How a loaded element becomes a register.</summary>
/// <param name="ElementBytes">Its size in memory.</param>
/// <param name="Signed">Whether its sign fills the bits above it; otherwise zeros do.</param>
/// <param name="RegisterBits">Width of the register: 16, 32 or 64.</param>
internal readonly record struct Widening(int ElementBytes, bool Signed, int RegisterBits)
{
    /// <summary>The register's value.</summary>
    public unsafe ulong Read(byte* from)
    {
        var value = ElementBytes switch
        {
            1 => Signed ? (ulong)*(sbyte*)from : *from,
            2 => Signed ? (ulong)*(short*)from : *(ushort*)from,
            4 => Signed ? (ulong)*(int*)from : *(uint*)from,
            _ => *(ulong*)from,
        };
        return RegisterBits == 16 ? (ushort)value : value;
    }
}

/// <summary>ld and ldu.</summary>
internal sealed unsafe class LoadOperation(Slot[] destinations, Widening widening) : MemoryOperation
{
    private readonly Slot destination = destinations[0];
    private readonly bool isPlain32 = destinations.Length == 1 && widening.ElementBytes == 4
        && destinations[0].LaneBytes == 4;
    private readonly bool isFour32 = destinations.Length == 4 && widening.ElementBytes == 4
        && destinations[0].LaneBytes == 4;
    private readonly bool isPlain64 = destinations.Length == 1 && widening.ElementBytes == 8;

    public override AccessKind Kind => AccessKind.Load;

    public override void Execute(Warp warp, uint mask)
    {
        var valid = Resolver.Resolve(warp, this, mask, out var pattern);
        if (pattern == AddressPattern.Consecutive && (isPlain32 || isPlain64))
        {
            Buffer.MemoryCopy(warp.Hosts[0], warp.Registers + destination.Offset, 256, isPlain32 ? 128 : 256);
            return;
        }
        if (pattern == AddressPattern.Uniform && isPlain32)
        {
            var value = Vector256.Create(*(uint*)warp.Hosts[0]);
            var to = (uint*)(warp.Registers + destination.Offset);
            for (var lane = 0; lane < 32; lane += 8)
                value.Store(to + lane);
            return;
        }
        if (pattern != AddressPattern.Scattered)
            Spread(warp, pattern);
        if (isFour32 && valid == LaneMask.All)
        {
            LoadFour(warp);
            return;
        }
        for (var i = 0; i < destinations.Length; i++)
        {
            var to = warp.Registers + destinations[i].Offset;
            var from = i * widening.ElementBytes;
            if (destinations[i].LaneBytes == 8)
            {
                for (var rest = mask; rest != 0; rest &= rest - 1)
                {
                    var lane = BitOperations.TrailingZeroCount(rest);
                    ((ulong*)to)[lane] = (valid & (1u << lane)) != 0 ? widening.Read(warp.Hosts[lane] + from) : 0;
                }
            }
            else if (widening.ElementBytes == 4 && valid == mask)
            {
                for (var rest = mask; rest != 0; rest &= rest - 1)
                {
                    var lane = BitOperations.TrailingZeroCount(rest);
                    ((uint*)to)[lane] = *(uint*)(warp.Hosts[lane] + from);
                }
            }
            else
            {
                for (var rest = mask; rest != 0; rest &= rest - 1)
                {
                    var lane = BitOperations.TrailingZeroCount(rest);
                    ((uint*)to)[lane] = (valid & (1u << lane)) != 0 ? (uint)widening.Read(warp.Hosts[lane] + from) : 0;
                }
            }
        }
    }

    /// <summary>ld.v4 of 32 bits: four lanes' vectors become four registers' lanes.</summary>
    private void LoadFour(Warp warp)
    {
        byte* registers = warp.Registers;
        uint* first = (uint*)(registers + destinations[0].Offset), second = (uint*)(registers + destinations[1].Offset),
            third = (uint*)(registers + destinations[2].Offset), fourth = (uint*)(registers + destinations[3].Offset);
        for (var lane = 0; lane < 32; lane += 4)
        {
            var a = Vector128.Load((uint*)warp.Hosts[lane]);
            var b = Vector128.Load((uint*)warp.Hosts[lane + 1]);
            var c = Vector128.Load((uint*)warp.Hosts[lane + 2]);
            var d = Vector128.Load((uint*)warp.Hosts[lane + 3]);
            if (Sse2.IsSupported)
            {
                var (ab, cd) = (Sse2.UnpackLow(a, b).AsUInt64(), Sse2.UnpackLow(c, d).AsUInt64());
                Sse2.UnpackLow(ab, cd).AsUInt32().Store(first + lane);
                Sse2.UnpackHigh(ab, cd).AsUInt32().Store(second + lane);
                (ab, cd) = (Sse2.UnpackHigh(a, b).AsUInt64(), Sse2.UnpackHigh(c, d).AsUInt64());
                Sse2.UnpackLow(ab, cd).AsUInt32().Store(third + lane);
                Sse2.UnpackHigh(ab, cd).AsUInt32().Store(fourth + lane);
                continue;
            }
            Vector128.Create(a[0], b[0], c[0], d[0]).Store(first + lane);
            Vector128.Create(a[1], b[1], c[1], d[1]).Store(second + lane);
            Vector128.Create(a[2], b[2], c[2], d[2]).Store(third + lane);
            Vector128.Create(a[3], b[3], c[3], d[3]).Store(fourth + lane);
        }
    }

    private void Spread(Warp warp, AddressPattern pattern)
    {
        var step = pattern == AddressPattern.Uniform ? 0 : Bytes;
        for (var lane = 1; lane < 32; lane++)
            warp.Hosts[lane] = warp.Hosts[0] + (lane * step);
    }
}

/// <summary>ld.param of a kernel's parameter: every lane reads the same.</summary>
internal sealed unsafe class ParameterLoadOperation(Slot[] destinations, Widening widening, int offset) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        for (var i = 0; i < destinations.Length; i++)
        {
            var value = widening.Read(warp.Block.Launch.ParameterMemory + offset + (i * widening.ElementBytes));
            var to = warp.Registers + destinations[i].Offset;
            for (var rest = mask; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                if (destinations[i].LaneBytes == 8)
                    ((ulong*)to)[lane] = value;
                else
                    ((uint*)to)[lane] = (uint)value;
            }
        }
    }
}

/// <summary>ld and st of a variable in local memory, or of a call's parameter, by name.</summary>
internal sealed unsafe class FrameOperation(Slot[] registers, Widening widening, int offset, bool isStore) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var place = warp.Memory.Local(lane) + warp.LocalFrame + offset;
            for (var i = 0; i < registers.Length; i++, place += widening.ElementBytes)
            {
                var register = warp.Registers + registers[i].Offset + (lane * registers[i].LaneBytes);
                if (isStore)
                    Buffer.MemoryCopy(register, place, widening.ElementBytes, widening.ElementBytes);
                else if (registers[i].LaneBytes == 8)
                    *(ulong*)register = widening.Read(place);
                else
                    *(uint*)register = (uint)widening.Read(place);
            }
        }
    }
}
