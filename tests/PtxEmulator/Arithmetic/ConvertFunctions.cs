using System.Numerics;
using System.Runtime.CompilerServices;
using ZfNet.PtxEmulator.Execution;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>cvt between integers.</summary>
internal readonly struct ConvertInteger<TA, TD>(bool saturate) : IFunction<TA, TD>
    where TA : unmanaged, IBinaryInteger<TA>
    where TD : unmanaged, IBinaryInteger<TD>
{
    public TD Apply(TA a) => saturate ? TD.CreateSaturating(a) : TD.CreateTruncating(a);
}

/// <summary>cvt to s8 or s16: the register is wider, or may be, and the sign fills it.</summary>
internal readonly struct Extended<TA, TD, TRegister, TFunction>(TFunction function) : IFunction<TA, TRegister>
    where TD : unmanaged, IBinaryInteger<TD>
    where TRegister : unmanaged, IBinaryInteger<TRegister>
    where TFunction : struct, IFunction<TA, TD>
{
    public TRegister Apply(TA a) => TRegister.CreateTruncating(function.Apply(a));
}

/// <summary>Chooses the register's width for <see cref="Extended{TA, TD, TRegister, TFunction}"/>.</summary>
internal static class Extension<TA, TD>
    where TA : unmanaged
    where TD : unmanaged, IBinaryInteger<TD>
{
    /// <summary>The operation of a function.</summary>
    public static Operation Decode<TFunction>(ConvertForm form, Slot d, Slot a, TFunction function)
        where TFunction : struct, IFunction<TA, TD> => form.DestinationBits switch
        {
            16 => new Scalar1<TA, short, Extended<TA, TD, short, TFunction>>(d, a, new(function)),
            32 => new Scalar1<TA, int, Extended<TA, TD, int, TFunction>>(d, a, new(function)),
            _ => new Scalar1<TA, long, Extended<TA, TD, long, TFunction>>(d, a, new(function)),
        };
}

/// <summary>cvt of an integer to f64, f32, f16 or bf16.</summary>
internal readonly struct IntegerToFloat<T>(ConvertForm form)
    : IFunction<T, double>, IFunction<T, float>, IFunction<T, ushort>
    where T : unmanaged, IBinaryInteger<T>
{
    private readonly FloatFormat format = form.To == PtxType.BF16 ? FloatFormat.BFloat : FloatFormat.Half;
    private readonly Rounding rounding = form.Rounding ?? Rounding.Nearest;
    private readonly bool saturate = form.Saturate;

    double IFunction<T, double>.Apply(T a)
    {
        double nearest = double.CreateTruncating(a);
        if (Unsafe.SizeOf<T>() == 8 && rounding != Rounding.Nearest)
            nearest = Dyadic.Move(nearest, Int128.CreateTruncating(a).CompareTo((Int128)nearest), rounding);
        return saturate ? Math.Clamp(nearest, 0, 1) : nearest;
    }

    float IFunction<T, float>.Apply(T a) =>
        FloatScalars.Finish(StickyDouble.ToSingle(Sticky(a), rounding), false, saturate);

    ushort IFunction<T, ushort>.Apply(T a)
    {
        double value = Sticky(a);
        return (ushort)format.Encode(saturate ? Math.Clamp(value, 0, 1) : value, rounding);
    }

    private static double Sticky(T a) => Unsafe.SizeOf<T>() == 8
        ? StickyDouble.Of(Int128.CreateTruncating(a))
        : double.CreateTruncating(a);
}

/// <summary>cvt of a float. Reading gives its value as a double, after .ftz; every float is one exactly.</summary>
internal interface IFloatReader<T>
{
    /// <summary>The value.</summary>
    static abstract double Read(T bits, bool flush);
}

/// <summary>Reads f64.</summary>
internal readonly struct DoubleReader : IFloatReader<double>
{
    public static double Read(double bits, bool flush) => bits;
}

/// <summary>Reads f32.</summary>
internal readonly struct SingleReader : IFloatReader<float>
{
    public static double Read(float bits, bool flush) => FloatScalars.Flush(bits, flush);
}

/// <summary>Reads f16.</summary>
internal readonly struct HalfReader : IFloatReader<ushort>
{
    public static double Read(ushort bits, bool flush) => FloatFormat.Half.Decode(bits);
}

/// <summary>Reads bf16, of which .ftz flushes nothing but the f32 that it becomes.</summary>
internal readonly struct BrainReader : IFloatReader<ushort>
{
    public static double Read(ushort bits, bool flush) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}

/// <summary>
/// cvt of a float to an integer: rounded, then clamped. Of NaN it is 0 where the source has at most 32 bits and the
/// destination too; else the destination's bits are 1000...0.
/// </summary>
internal readonly struct FloatToInteger<TA, TReader, TD>(ConvertForm form) : IFunction<TA, TD>
    where TReader : struct, IFloatReader<TA>
    where TD : unmanaged, IBinaryInteger<TD>
{
    private readonly Rounding rounding = form.Integral ?? Rounding.Zero;
    private readonly bool flush = form.Flush;

    private static TD OfNaN => Unsafe.SizeOf<TA>() == 8 || Unsafe.SizeOf<TD>() == 8
        ? TD.One << ((Unsafe.SizeOf<TD>() * 8) - 1)
        : TD.Zero;

    public TD Apply(TA a)
    {
        double value = TReader.Read(a, flush);
        return double.IsNaN(value) ? OfNaN : TD.CreateSaturating(FloatToFloat.ToIntegral(value, rounding));
    }
}

/// <summary>cvt of a float to f64, f32, f16, bf16 or tf32.</summary>
internal readonly struct FloatToFloat<TA, TReader>(ConvertForm form)
    : IFunction<TA, double>, IFunction<TA, float>, IFunction<TA, uint>, IFunction<TA, ushort>
    where TReader : struct, IFloatReader<TA>
{
    private readonly Rounding? integral = form.Integral;
    private readonly FloatToFloat rules = new(form);
    private readonly bool flush = form.Flush;

    double IFunction<TA, double>.Apply(TA a)
    {
        double value = Read(a);
        return rules.Saturate ? (value > 0 ? Math.Min(value, 1) : 0) : value;
    }

    float IFunction<TA, float>.Apply(TA a) =>
        FloatScalars.Finish(StickyDouble.ToSingle(Read(a), rules.Rounding), flush, rules.Saturate);

    uint IFunction<TA, uint>.Apply(TA a) => rules.Encode(Read(a)) << 13;

    ushort IFunction<TA, ushort>.Apply(TA a) => (ushort)rules.Encode(Read(a));

    private double Read(TA a)
    {
        double value = TReader.Read(a, flush);
        return integral is { } rounding ? FloatToFloat.ToIntegral(value, rounding) : value;
    }
}

/// <summary>What conversions to floats have in common.</summary>
internal readonly struct FloatToFloat(ConvertForm form)
{
    private readonly FloatFormat format = form.To switch
    {
        PtxType.BF16 or PtxType.BF16x2 => FloatFormat.BFloat,
        PtxType.TF32 => FloatFormat.TensorFloat,
        _ => FloatFormat.Half,
    };

    private readonly bool relu = form.Relu;
    private readonly bool finite = form.Finite;

    public Rounding Rounding { get; } = form.Rounding ?? Rounding.Nearest;

    public bool Saturate { get; } = form.Saturate;

    /// <summary>An integer in a direction, with the sign of the value where it is zero.</summary>
    public static double ToIntegral(double value, Rounding rounding) => rounding switch
    {
        Rounding.Nearest => Math.Round(value, MidpointRounding.ToEven),
        Rounding.Zero => Math.Truncate(value),
        Rounding.Down => Math.Floor(value),
        _ => Math.Ceiling(value),
    };

    /// <summary>The bits in the format.</summary>
    public uint Encode(double value)
    {
        if (Saturate)
            value = value > 0 ? Math.Min(value, 1) : 0;
        if (relu && value <= 0)
            value = 0;
        return format.Encode(value, Rounding, finite);
    }
}

/// <summary>cvt of two f32 to a pair of f16 or bf16: the first becomes the upper half.</summary>
internal readonly struct ConvertPair(ConvertForm form) : IFunction<float, float, uint>
{
    private readonly FloatToFloat rules = new(form);
    private readonly bool flush = form.Flush;

    public uint Apply(float a, float b) => rules.Encode(FloatScalars.Flush(a, flush)) << 16
        | rules.Encode(FloatScalars.Flush(b, flush));
}

/// <summary>Chooses among the conversions of floats.</summary>
internal static class FromFloat
{
    /// <summary>The operation of a form.</summary>
    public static Operation Decode(ConvertForm form, Slot d, Slot a) => form.From switch
    {
        PtxType.F64 => Decode<double, DoubleReader>(form, d, a),
        PtxType.F32 => VectorConvert.TryDecode(form, d, a) ?? Decode<float, SingleReader>(form, d, a),
        PtxType.F16 => Decode<ushort, HalfReader>(form, d, a),
        _ => Decode<ushort, BrainReader>(form, d, a),
    };

    private static Operation Decode<TA, TReader>(ConvertForm form, Slot d, Slot a)
        where TA : unmanaged
        where TReader : struct, IFloatReader<TA> => form.To switch
        {
            PtxType.U8 => new Scalar1<TA, byte, FloatToInteger<TA, TReader, byte>>(d, a, new(form)),
            PtxType.S8 => Extension<TA, sbyte>.Decode(form, d, a, new FloatToInteger<TA, TReader, sbyte>(form)),
            PtxType.U16 => new Scalar1<TA, ushort, FloatToInteger<TA, TReader, ushort>>(d, a, new(form)),
            PtxType.S16 => Extension<TA, short>.Decode(form, d, a, new FloatToInteger<TA, TReader, short>(form)),
            PtxType.U32 => new Scalar1<TA, uint, FloatToInteger<TA, TReader, uint>>(d, a, new(form)),
            PtxType.S32 => new Scalar1<TA, int, FloatToInteger<TA, TReader, int>>(d, a, new(form)),
            PtxType.U64 => new Scalar1<TA, ulong, FloatToInteger<TA, TReader, ulong>>(d, a, new(form)),
            PtxType.S64 => new Scalar1<TA, long, FloatToInteger<TA, TReader, long>>(d, a, new(form)),
            PtxType.F64 => new Scalar1<TA, double, FloatToFloat<TA, TReader>>(d, a, new(form)),
            PtxType.F32 => new Scalar1<TA, float, FloatToFloat<TA, TReader>>(d, a, new(form)),
            PtxType.TF32 => new Scalar1<TA, uint, FloatToFloat<TA, TReader>>(d, a, new(form)),
            _ => new Scalar1<TA, ushort, FloatToFloat<TA, TReader>>(d, a, new(form)),
        };
}
