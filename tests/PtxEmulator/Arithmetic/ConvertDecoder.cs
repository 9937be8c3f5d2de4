using System.Numerics;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>Decodes cvt between integers and floats of any two types, and cvt of two f32 into a pair.</summary>
internal static class ConvertDecoder
{
    /// <summary>The instruction's operation.</summary>
    public static Operation Decode(InstructionReader reader)
    {
        var integral = TakeIntegral(reader);
        var rounding = integral == null ? reader.TakeRounding() : null;
        bool away = integral == null && rounding == null && reader.Take("rna");
        if (away)
            rounding = Rounding.NearestAway;
        bool relu = reader.Take("relu");
        bool finite = reader.Take("satfinite");
        relu |= finite && !relu && reader.Take("relu");
        bool flush = reader.Take("ftz");
        bool saturate = reader.Take("sat");
        var to = reader.TakeType();
        var from = reader.TakeType();
        bool pair = to is PtxType.F16x2 or PtxType.BF16x2;
        reader.End(pair ? 3 : 2);
        var form = new ConvertForm(
            to, from, integral, rounding, flush, saturate, relu, finite, reader.DestinationBits);
        form.Check(reader);
        if (pair)
        {
            return new Scalar2<float, float, uint, ConvertPair>(
                reader.Destination(to), reader.Source(1, from), reader.Source(2, from), new(form));
        }
        var d = reader.WideDestination(to == PtxType.TF32 ? PtxType.B32 : to);
        var a = reader.WideSource(1, from);
        return from.IsFloat() ? FromFloat.Decode(form, d, a) : FromInteger(form, d, a);
    }

    private static Rounding? TakeIntegral(InstructionReader reader) =>
        reader.Take("rni") ? Rounding.Nearest
        : reader.Take("rzi") ? Rounding.Zero
        : reader.Take("rmi") ? Rounding.Down
        : reader.Take("rpi") ? Rounding.Up
        : null;

    private static Operation FromInteger(ConvertForm form, Slot d, Slot a) => form.From switch
    {
        PtxType.U8 => FromInteger<byte>(form, d, a),
        PtxType.S8 => FromInteger<sbyte>(form, d, a),
        PtxType.U16 => FromInteger<ushort>(form, d, a),
        PtxType.S16 => FromInteger<short>(form, d, a),
        PtxType.U32 => FromInteger<uint>(form, d, a),
        PtxType.S32 => FromInteger<int>(form, d, a),
        PtxType.U64 => FromInteger<ulong>(form, d, a),
        _ => FromInteger<long>(form, d, a),
    };

    private static Operation FromInteger<T>(ConvertForm form, Slot d, Slot a)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (VectorConvert.TryDecode(form, d, a) is { } fast)
            return fast;
        return form.To switch
        {
            PtxType.U8 => new Scalar1<T, byte, ConvertInteger<T, byte>>(d, a, new(form.Saturate)),
            PtxType.S8 => Extension<T, sbyte>.Decode(form, d, a, new ConvertInteger<T, sbyte>(form.Saturate)),
            PtxType.U16 => new Scalar1<T, ushort, ConvertInteger<T, ushort>>(d, a, new(form.Saturate)),
            PtxType.S16 => Extension<T, short>.Decode(form, d, a, new ConvertInteger<T, short>(form.Saturate)),
            PtxType.U32 => new Scalar1<T, uint, ConvertInteger<T, uint>>(d, a, new(form.Saturate)),
            PtxType.S32 => new Scalar1<T, int, ConvertInteger<T, int>>(d, a, new(form.Saturate)),
            PtxType.U64 => new Scalar1<T, ulong, ConvertInteger<T, ulong>>(d, a, new(form.Saturate)),
            PtxType.S64 => new Scalar1<T, long, ConvertInteger<T, long>>(d, a, new(form.Saturate)),
            PtxType.F64 => new Scalar1<T, double, IntegerToFloat<T>>(d, a, new(form)),
            PtxType.F32 => new Scalar1<T, float, IntegerToFloat<T>>(d, a, new(form)),
            _ => new Scalar1<T, ushort, IntegerToFloat<T>>(d, a, new(form)),
        };
    }
}

/// <summary>A cvt as written.</summary>
/// <param name="To">The destination's type.</param>
/// <param name="From">The source's type.</param>
/// <param name="Integral">Rounding to an integer, or null.</param>
/// <param name="Rounding">Rounding to a float, or null.</param>
/// <param name="Flush">.ftz: subnormal f32 numbers become zero, on both sides.</param>
/// <param name="Saturate">.sat: to the range of an integer, to [0, 1] of a float.</param>
/// <param name="Relu">.relu: what is negative becomes 0.</param>
/// <param name="Finite">.satfinite: what overflows becomes the largest number.</param>
/// <param name="DestinationBits">Bits of the destination's register; a signed integer fills all of them.</param>
internal sealed record ConvertForm(
    PtxType To, PtxType From, Rounding? Integral, Rounding? Rounding, bool Flush, bool Saturate, bool Relu, bool Finite,
    int DestinationBits)
{
    /// <summary>Refuses the forms that PTX does not have.</summary>
    public void Check(InstructionReader reader)
    {
        if (Problem() is { } problem)
            throw new UnsupportedInstructionException(problem);
    }

    private static bool IsInteger(PtxType type) => type >= PtxType.U8 && !type.IsFloat();

    /// <summary>Whether an integer type holds every number of another.</summary>
    private static bool Holds(PtxType type, PtxType other) => type.IsSigned() == other.IsSigned()
        ? type.Bytes() >= other.Bytes()
        : type.IsSigned() && type.Bytes() > other.Bytes();

    private static bool IsHalf(PtxType type) => type is PtxType.F16 or PtxType.BF16;

    private string? Problem()
    {
        bool pair = To is PtxType.F16x2 or PtxType.BF16x2;
        bool narrow = pair || IsHalf(To) || To == PtxType.TF32;
        if (!(IsInteger(From) || IsHalf(From) || From is PtxType.F32 or PtxType.F64)
            || !(IsInteger(To) || narrow || To is PtxType.F32 or PtxType.F64))
            return "it does not go with these types";
        if ((pair || To == PtxType.TF32) && From != PtxType.F32)
            return "a pair or .tf32 comes from .f32";
        if ((Relu || Finite) && !(narrow && From == PtxType.F32))
            return ".relu and .satfinite go from .f32 to a narrower type";
        if ((Relu || Finite || pair) && Rounding is (Arithmetic.Rounding.Down or Arithmetic.Rounding.Up))
            return ".rm and .rp do not go with it";
        if ((From == PtxType.BF16 && To.Bytes() == 1) || (To == PtxType.BF16 && From.Bytes() == 1))
            return ".bf16 does not go with 8 bits";
        if (Saturate && (From == PtxType.BF16 || To == PtxType.BF16))
            return ".sat does not go with .bf16";
        if (Saturate && IsInteger(From) && IsInteger(To) && Holds(To, From))
            return ".sat has nothing to do";
        if (Flush && From != PtxType.F32 && To != PtxType.F32)
            return ".ftz goes with .f32";
        if (Saturate && (pair || To == PtxType.TF32))
            return ".sat does not go with a pair or .tf32";
        if (IsInteger(To) && (Rounding != null || IsInteger(From) == (Integral != null)))
            return "its rounding does not go with its types";
        if (IsInteger(To))
            return null;
        if (Integral != null)
            return To == From ? null : ".rni, .rzi, .rmi and .rpi go to an integer or the same type";
        bool rounds = IsInteger(From) || To.Bytes() < From.Bytes() || pair || To == PtxType.TF32
            || (IsHalf(To) && IsHalf(From) && To != From);
        if (rounds != (Rounding != null))
            return rounds ? "it needs a rounding" : "it rounds nothing";
        return Rounding == Arithmetic.Rounding.NearestAway && To != PtxType.TF32 ? ".rna goes with .tf32 alone" : null;
    }
}
