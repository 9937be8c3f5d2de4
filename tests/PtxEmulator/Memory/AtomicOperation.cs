using System.Numerics;
using System.Runtime.CompilerServices;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Memory;

/// <summary>What an atomic does.</summary>
internal enum AtomicFunction
{
    /// <summary>old + b.</summary>
    Add,

    /// <summary>The smaller.</summary>
    Min,

    /// <summary>The larger.</summary>
    Max,

    /// <summary>old >= b ? 0 : old + 1.</summary>
    Inc,

    /// <summary>old == 0 or old > b ? b : old - 1.</summary>
    Dec,

    /// <summary>Bits.</summary>
    And,

    /// <summary>Bits.</summary>
    Or,

    /// <summary>Bits.</summary>
    Xor,

    /// <summary>b.</summary>
    Exch,

    /// <summary>old == b ? c : old.</summary>
    Cas,
}

/// <summary>atom and red: lane after lane, each in one step for the CPU's threads.</summary>
internal sealed unsafe class AtomicOperation(AtomicFunction function, PtxType type, Slot? destination, Slot b, Slot c)
    : MemoryOperation
{
    public override AccessKind Kind => AccessKind.Atomic;

    public override void Execute(Warp warp, uint mask)
    {
        var valid = Resolver.Resolve(warp, this, mask, out var pattern);
        if (pattern == AddressPattern.Consecutive)
        {
            for (var lane = 1; lane < 32; lane++)
                warp.Hosts[lane] = warp.Hosts[0] + (lane * Bytes);
        }
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            ulong old = 0;
            if ((valid & (1u << lane)) != 0)
                old = Apply(warp.Hosts[lane], Read(warp, b, lane), Read(warp, c, lane));
            if (destination is not { } slot)
                continue;
            var to = warp.Registers + slot.Offset + (lane * slot.LaneBytes);
            if (slot.LaneBytes == 8)
                *(ulong*)to = old;
            else
                *(uint*)to = (uint)old;
        }
        if (Space != MemorySpace.Shared)
            warp.Block.Launch.Order?.AfterAtomic((uint)warp.Block.Linear & AccessRecord.MaxOwner);
    }

    private static ulong Read(Warp warp, Slot slot, int lane)
    {
        var from = warp.Registers + slot.Offset + (lane * slot.LaneBytes);
        return slot.LaneBytes == 8 ? *(ulong*)from : *(uint*)from;
    }

    private ulong Apply(byte* place, ulong value, ulong other)
    {
        switch (Bytes)
        {
            case 8:
                for (ref var word = ref Unsafe.AsRef<ulong>(place); ;)
                {
                    var old = Volatile.Read(ref word);
                    if (Interlocked.CompareExchange(ref word, Next(old, value, other), old) == old)
                        return old;
                }
            case 4:
                for (ref var word = ref Unsafe.AsRef<uint>(place); ;)
                {
                    var old = Volatile.Read(ref word);
                    if (Interlocked.CompareExchange(ref word, (uint)Next(old, value, other), old) == old)
                        return old;
                }
            default:
                for (ref var word = ref Unsafe.AsRef<ushort>(place); ;)
                {
                    var old = Volatile.Read(ref word);
                    if (Interlocked.CompareExchange(ref word, (ushort)Next(old, value & 0xFFFF, other), old) == old)
                        return old;
                }
        }
    }

    private ulong Next(ulong old, ulong value, ulong other) => function switch
    {
        AtomicFunction.Add => Sum(old, value),
        AtomicFunction.Min => IsLess(old, value) ? old : value,
        AtomicFunction.Max => IsLess(old, value) ? value : old,
        AtomicFunction.Inc => (uint)old >= (uint)value ? 0 : old + 1,
        AtomicFunction.Dec => (uint)old == 0 || (uint)old > (uint)value ? value : old - 1,
        AtomicFunction.And => old & value,
        AtomicFunction.Or => old | value,
        AtomicFunction.Xor => old ^ value,
        AtomicFunction.Exch => value,
        _ => old == value ? other : old,
    };

    private bool IsLess(ulong old, ulong value) => type switch
    {
        PtxType.S32 => (int)old < (int)value,
        PtxType.S64 => (long)old < (long)value,
        _ => old < value,
    };

    private ulong Sum(ulong old, ulong value) => type switch
    {
        PtxType.F32 => Single((uint)old, (uint)value),
        PtxType.F64 =>
            BitConverter.DoubleToUInt64Bits(
            BitConverter.UInt64BitsToDouble(old) + BitConverter.UInt64BitsToDouble(value)),
        PtxType.F16 => Half((ushort)old, (ushort)value),
        PtxType.F16x2 =>
            Half((ushort)old, (ushort)value) | ((ulong)Half((ushort)(old >> 16), (ushort)(value >> 16)) << 16),
        PtxType.BF16 => Brain((ushort)old, (ushort)value),
        PtxType.BF16x2 =>
            Brain((ushort)old, (ushort)value) | ((ulong)Brain((ushort)(old >> 16), (ushort)(value >> 16)) << 16),
        _ => old + value,
    };

    // atom.add.f32 on global memory flushes subnormals, on shared memory it does not.
    private uint Single(uint old, uint value)
    {
        float a = BitConverter.UInt32BitsToSingle(old), addend = BitConverter.UInt32BitsToSingle(value);
        if (Space == MemorySpace.Shared)
            return Bits(a + addend);
        return Bits(Flush(Flush(a) + Flush(addend)));
    }

    private static uint Bits(float value) => float.IsNaN(value) ? 0x7FFFFFFF : BitConverter.SingleToUInt32Bits(value);

    private static float Flush(float value) => float.IsSubnormal(value) ? MathF.CopySign(0, value) : value;

    private static ushort Half(ushort old, ushort value)
    {
        var sum = BitConverter.UInt16BitsToHalf(old) + BitConverter.UInt16BitsToHalf(value);
        return System.Half.IsNaN(sum) ? (ushort)0x7FFF : BitConverter.HalfToUInt16Bits(sum);
    }

    private static ushort Brain(ushort old, ushort value)
    {
        var sum = BitConverter.UInt32BitsToSingle((uint)old << 16) + BitConverter.UInt32BitsToSingle((uint)value << 16);
        if (float.IsNaN(sum))
            return 0x7FFF;
        // To nearest even; the sum of two bfloat16 is exact enough in float32 that this rounds once only where it
        // matters.
        var bits = BitConverter.SingleToUInt32Bits(sum);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
