using System.Runtime.Intrinsics;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>The conversions that kernels are full of, on vectors: index to address, integer to float.</summary>
internal static class VectorConvert
{
    /// <summary>The operation, or null for a form that the plain loops do.</summary>
    public static Operation? TryDecode(ConvertForm form, Slot d, Slot a)
    {
        if (form is { From: PtxType.F32, To: PtxType.S32 or PtxType.U32, Integral: { } rounding } && Same(d, a))
        {
            return new Vector1<float, SingleToInteger>(
                d, a, new(rounding, form.Flush, form.To == PtxType.S32));
        }
        if (form is { From: PtxType.F32, To: PtxType.F32, Integral: null })
            return new Vector1<float, SingleToSingle>(d, a, new(form.Flush, form.Saturate));
        if (form.Saturate || form.Flush)
            return null;
        return (form.To, form.From) switch
        {
            (PtxType.U64 or PtxType.S64, PtxType.U32) when a.LaneBytes == 4 => new Widen(d, a, signed: false),
            (PtxType.U64 or PtxType.S64, PtxType.S32) when a.LaneBytes == 4 => new Widen(d, a, signed: true),
            (PtxType.U32 or PtxType.S32, PtxType.U64 or PtxType.S64) when d.LaneBytes == 4 => new Narrow(d, a),
            (PtxType.U16, PtxType.U16 or PtxType.S16 or PtxType.U32 or PtxType.S32) when Same(d, a) =>
                new Vector1<uint, Low16>(d, a, default),
            (PtxType.U32 or PtxType.S32, PtxType.U16) when Same(d, a) => new Vector1<uint, Low16>(d, a, default),
            (PtxType.U32 or PtxType.S32, PtxType.S16) when Same(d, a) => new Vector1<uint, SignedLow16>(d, a, default),
            (PtxType.F32, PtxType.S32) when Same(d, a) && form.Rounding == Rounding.Nearest =>
                new Vector1<uint, SignedToSingle>(d, a, default),
            (PtxType.F32, PtxType.U32) when Same(d, a) && form.Rounding == Rounding.Nearest =>
                new Vector1<uint, UnsignedToSingle>(d, a, default),
            _ => null,
        };
    }

    private static bool Same(Slot d, Slot a) => d.LaneBytes == 4 && a.LaneBytes == 4;
}

/// <summary>32 to 64 bits.</summary>
internal sealed unsafe class Widen(Slot d, Slot a, bool signed) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        var from = (int*)(warp.Registers + a.Offset);
        var to = (long*)(warp.Registers + d.Offset);
        for (int lane = 0; lane < 32; lane += 8)
        {
            var value = Vector256.Load(from + lane);
            var (low, high) = signed ? Vector256.Widen(value) : Wide(Vector256.Widen(value.AsUInt32()));
            Blend.Store(to + lane, mask, lane, low);
            Blend.Store(to + lane + 4, mask, lane + 4, high);
        }
    }

    private static (Vector256<long>, Vector256<long>) Wide((Vector256<ulong> Low, Vector256<ulong> High) pair) =>
        (pair.Low.AsInt64(), pair.High.AsInt64());
}

/// <summary>64 to 32 bits.</summary>
internal sealed unsafe class Narrow(Slot d, Slot a) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        var from = (ulong*)(warp.Registers + a.Offset);
        var to = (uint*)(warp.Registers + d.Offset);
        for (int lane = 0; lane < 32; lane += 8)
        {
            var value = Vector256.Narrow(Vector256.Load(from + lane), Vector256.Load(from + lane + 4));
            Blend.Store(to + lane, mask, lane, value);
        }
    }
}

/// <summary>The low 16 bits.</summary>
internal readonly struct Low16 : IVectorFunction1<uint>
{
    public Vector256<uint> Apply(Vector256<uint> a) => a & Vector256.Create(0xFFFFu);
}

/// <summary>The low 16 bits with their sign.</summary>
internal readonly struct SignedLow16 : IVectorFunction1<uint>
{
    public Vector256<uint> Apply(Vector256<uint> a) => ((a.AsInt32() << 16) >> 16).AsUInt32();
}

/// <summary>cvt.rn.f32.s32.</summary>
internal readonly struct SignedToSingle : IVectorFunction1<uint>
{
    public Vector256<uint> Apply(Vector256<uint> a) => Vector256.ConvertToSingle(a.AsInt32()).AsUInt32();
}

/// <summary>cvt.rn.f32.u32.</summary>
internal readonly struct UnsignedToSingle : IVectorFunction1<uint>
{
    public Vector256<uint> Apply(Vector256<uint> a) => Vector256.ConvertToSingle(a).AsUInt32();
}

/// <summary>cvt.f32.f32, which is there for .ftz and .sat.</summary>
internal readonly struct SingleToSingle(bool flush, bool saturate) : IVectorFunction1<float>
{
    public Vector256<float> Apply(Vector256<float> a) => FloatVectors.Finish(a, flush, saturate);
}

/// <summary>cvt of f32 to s32 and u32. .NET's conversions clamp and make 0 of NaN, as PTX does.</summary>
internal readonly struct SingleToInteger(Rounding rounding, bool flush, bool signed) : IVectorFunction1<float>
{
    public Vector256<float> Apply(Vector256<float> a)
    {
        if (flush)
            a = FloatVectors.Flush(a);
        a = rounding switch
        {
            Rounding.Nearest => Vector256.Round(a, MidpointRounding.ToEven),
            Rounding.Zero => Vector256.Truncate(a),
            Rounding.Down => Vector256.Floor(a),
            _ => Vector256.Ceiling(a),
        };
        return signed ? Vector256.ConvertToInt32(a).AsSingle() : Vector256.ConvertToUInt32(a).AsSingle();
    }
}
