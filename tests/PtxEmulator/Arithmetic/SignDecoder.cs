using System.Runtime.Intrinsics;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes what looks at bits of f32 and f64: neg, abs, copysign, testp.</summary>
internal static class SignDecoder
{
    /// <summary>neg and abs.</summary>
    public static Operation Decode(InstructionReader reader, PtxType type)
    {
        bool flush = type == PtxType.F32 && reader.Take("ftz");
        if (reader.TakeType() != type || type is not (PtxType.F32 or PtxType.F64))
            throw new UnsupportedInstructionException("it goes with .f32 and .f64");
        reader.End(2);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        bool negate = reader.Opcode == "neg";
        return type == PtxType.F32
            ? new Vector1<float, SetSign>(d, a, new(flush, negate))
            : new Vector1<double, SetSign>(d, a, new(false, negate));
    }

    /// <summary>copysign: the sign of a on the value of b.</summary>
    public static Operation DecodeCopySign(InstructionReader reader)
    {
        var type = reader.TakeType();
        reader.End(3);
        var d = reader.Destination(type);
        var a = reader.Source(1, type);
        var b = reader.Source(2, type);
        return type switch
        {
            PtxType.F32 => new Vector2<float, CopySign>(d, a, b, default),
            PtxType.F64 => new Vector2<double, CopySign>(d, a, b, default),
            _ => throw new UnsupportedInstructionException("it goes with .f32 and .f64"),
        };
    }

    /// <summary>testp: a predicate from a number's kind.</summary>
    public static Operation DecodeTest(InstructionReader reader)
    {
        var kind = reader.TakeWord() switch
        {
            "finite" => NumberKinds.Zero | NumberKinds.Subnormal | NumberKinds.Normal,
            "infinite" => NumberKinds.Infinite,
            "number" => NumberKinds.Zero | NumberKinds.Subnormal | NumberKinds.Normal | NumberKinds.Infinite,
            "notanumber" => NumberKinds.NaN,
            // PTX counts zero as normal.
            "normal" => NumberKinds.Normal | NumberKinds.Zero,
            "subnormal" => NumberKinds.Subnormal,
            var other => throw new UnsupportedInstructionException($".{other} is not a kind of number"),
        };
        var type = reader.TakeType();
        reader.End(2);
        if (type is not (PtxType.F32 or PtxType.F64))
            throw new UnsupportedInstructionException("it goes with .f32 and .f64");
        return new TestNumber(reader.DestinationPredicate(reader.Operand(0)), reader.Source(1, type), kind);
    }
}

/// <summary>neg and abs. They change the sign of NaN too and nothing else of it.</summary>
internal readonly struct SetSign(bool flush, bool negate) : IVectorFunction1<float>, IVectorFunction1<double>
{
    public Vector256<float> Apply(Vector256<float> a)
    {
        if (flush)
            a = FloatVectors.Flush(a);
        return negate ? a ^ Vector256.Create(-0f) : Vector256.Abs(a);
    }

    public Vector256<double> Apply(Vector256<double> a) =>
        negate ? a ^ Vector256.Create(-0.0) : Vector256.Abs(a);
}

/// <summary>copysign.</summary>
internal readonly struct CopySign : IVectorFunction2<float>, IVectorFunction2<double>
{
    public Vector256<float> Apply(Vector256<float> a, Vector256<float> b) =>
        Vector256.ConditionalSelect(Vector256.Create(-0f), a, b);

    public Vector256<double> Apply(Vector256<double> a, Vector256<double> b) =>
        Vector256.ConditionalSelect(Vector256.Create(-0.0), a, b);
}

/// <summary>Kinds of numbers.</summary>
[Flags]
internal enum NumberKinds
{
    /// <summary>No kind.</summary>
    None = 0,

    /// <summary>Zeros.</summary>
    Zero = 1,

    /// <summary>Subnormal numbers.</summary>
    Subnormal = 2,

    /// <summary>Normal numbers but zeros.</summary>
    Normal = 4,

    /// <summary>Infinities.</summary>
    Infinite = 8,

    /// <summary>No number.</summary>
    NaN = 16,
}

/// <summary>testp.</summary>
internal sealed unsafe class TestNumber(int destination, Slot a, NumberKinds kinds) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        uint bits = 0;
        for (int lane = 0; lane < 32; lane++)
        {
            var kind = a.LaneBytes == 8
                ? Kind(Lane.Read<ulong>(warp.Registers, a, lane), 52, 11)
                : Kind(Lane.Read<uint>(warp.Registers, a, lane), 23, 8);
            bits |= (kinds & kind) != 0 ? 1u << lane : 0;
        }
        PredicateLogic.Write(warp, destination, mask, bits);
    }

    private static NumberKinds Kind(ulong bits, int mantissaBits, int exponentBits)
    {
        ulong mantissa = bits & ((1UL << mantissaBits) - 1);
        ulong ones = (1UL << exponentBits) - 1;
        ulong exponent = (bits >> mantissaBits) & ones;
        if (exponent == 0)
            return mantissa == 0 ? NumberKinds.Zero : NumberKinds.Subnormal;
        if (exponent < ones)
            return NumberKinds.Normal;
        return mantissa == 0 ? NumberKinds.Infinite : NumberKinds.NaN;
    }
}
