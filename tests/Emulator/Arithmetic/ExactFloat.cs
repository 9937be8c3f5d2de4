using System.Numerics;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>Directions of rounding, as PTX names them.</summary>
internal enum Direction
{
    Rn,
    Rz,
    Rm,
    Rp,
    Rna,
}

/// <summary>What kind of number a float is.</summary>
internal enum Kind
{
    Finite,
    Infinite,
    NaN,
}

/// <summary>A float's value exactly: a fraction, with the sign that a zero or an infinity has.</summary>
internal readonly record struct Exact(Kind Kind, bool Negative, BigInteger Over, BigInteger Under)
{
    public static readonly Exact NaN = new(Kind.NaN, false, 0, 1);

    public bool IsZero => Kind == Kind.Finite && Over.IsZero;

    public static Exact Infinity(bool negative) => new(Kind.Infinite, negative, 0, 1);

    public static Exact Zero(bool negative) => new(Kind.Finite, negative, 0, 1);

    /// <summary>A number that is not zero.</summary>
    public static Exact Of(BigInteger over, BigInteger under) => under.Sign < 0
        ? new(Kind.Finite, over.Sign > 0, -over, -under)
        : new(Kind.Finite, over.Sign < 0, over, under);

    public Exact Negated() => this with { Negative = !Negative, Over = -Over };

    public Exact Magnitude() => Negative ? Negated() : this;

    /// <summary>The sum; an exact zero of unlike numbers is -0 where rounding down.</summary>
    public static Exact Add(Exact a, Exact b, Direction direction)
    {
        if (a.Kind == Kind.NaN || b.Kind == Kind.NaN)
            return NaN;
        if (a.Kind == Kind.Infinite)
            return b.Kind == Kind.Infinite && a.Negative != b.Negative ? NaN : a;
        if (b.Kind == Kind.Infinite)
            return b;
        var sum = (a.Over * b.Under) + (b.Over * a.Under);
        if (!sum.IsZero)
            return Of(sum, a.Under * b.Under);
        bool bothZero = a.IsZero && b.IsZero;
        return Zero(bothZero && a.Negative == b.Negative ? a.Negative : direction == Direction.Rm);
    }

    public static Exact Multiply(Exact a, Exact b)
    {
        if (a.Kind == Kind.NaN || b.Kind == Kind.NaN)
            return NaN;
        bool negative = a.Negative != b.Negative;
        if (a.Kind == Kind.Infinite || b.Kind == Kind.Infinite)
            return a.IsZero || b.IsZero ? NaN : Infinity(negative);
        return a.IsZero || b.IsZero ? Zero(negative) : Of(a.Over * b.Over, a.Under * b.Under);
    }

    public static Exact Divide(Exact a, Exact b)
    {
        if (a.Kind == Kind.NaN || b.Kind == Kind.NaN)
            return NaN;
        bool negative = a.Negative != b.Negative;
        if (a.Kind == Kind.Infinite)
            return b.Kind == Kind.Infinite ? NaN : Infinity(negative);
        if (b.Kind == Kind.Infinite)
            return Zero(negative);
        if (b.IsZero)
            return a.IsZero ? NaN : Infinity(negative);
        return a.IsZero ? Zero(negative) : Of(a.Over * b.Under, a.Under * b.Over);
    }

    /// <summary>The root, or where it is irrational a number that every format rounds as it would the root.</summary>
    public static Exact Root(Exact a)
    {
        if (a.Kind == Kind.NaN || a.IsZero)
            return a;
        if (a.Negative)
            return NaN;
        if (a.Kind == Kind.Infinite)
            return a;
        // sqrt(p/q) = sqrt(p q) / q, where p q is an integer of which the root has these bits and more.
        const int Bits = 200;
        var scaled = (a.Over * a.Under) << (2 * Bits);
        var root = IntegerRoot(scaled);
        return root * root == scaled ? Of(root, a.Under << Bits) : Of((2 * root) + 1, a.Under << (Bits + 1));
    }

    private static BigInteger IntegerRoot(BigInteger value)
    {
        var root = BigInteger.One << (int)((value.GetBitLength() + 1) / 2);
        while (true)
        {
            var next = (root + (value / root)) >> 1;
            if (next >= root)
                return root;
            root = next;
        }
    }
}

/// <summary>A binary floating-point format: from bits to fractions and back in any direction.</summary>
internal sealed record Ieee(int ExponentBits, int MantissaBits)
{
    public static readonly Ieee F16 = new(5, 10);
    public static readonly Ieee BF16 = new(8, 7);
    public static readonly Ieee TF32 = new(8, 10);
    public static readonly Ieee F32 = new(8, 23);
    public static readonly Ieee F64 = new(11, 52);

    private int Bias => (1 << (ExponentBits - 1)) - 1;

    public ulong SignBit => 1UL << (ExponentBits + MantissaBits);

    public ulong InfinityBits => ((1UL << ExponentBits) - 1) << MantissaBits;

    /// <summary>The NaN of NVIDIA's arithmetic: ones but for the sign, in f64 what other processors make.</summary>
    public ulong NaNBits => this == F64 ? 0xFFF8000000000000 : SignBit - 1;

    public bool IsNaN(ulong bits) => (bits & (SignBit - 1)) > InfinityBits;

    public bool IsSubnormal(ulong bits) => (bits & InfinityBits) == 0 && (bits & (SignBit - 1)) != 0;

    /// <summary>Zero with the sign of a subnormal number.</summary>
    public ulong Flush(ulong bits) => IsSubnormal(bits) ? bits & SignBit : bits;

    public Exact Decode(ulong bits)
    {
        bool negative = (bits & SignBit) != 0;
        int exponent = (int)((bits & InfinityBits) >> MantissaBits);
        BigInteger mantissa = bits & ((1UL << MantissaBits) - 1);
        if (exponent == (1 << ExponentBits) - 1)
            return mantissa.IsZero ? Exact.Infinity(negative) : Exact.NaN;
        if (exponent == 0 && mantissa.IsZero)
            return Exact.Zero(negative);
        if (exponent > 0)
            mantissa += BigInteger.One << MantissaBits;
        int power = Math.Max(exponent, 1) - Bias - MantissaBits;
        if (negative)
            mantissa = -mantissa;
        return power < 0 ? Exact.Of(mantissa, BigInteger.One << -power) : Exact.Of(mantissa << power, 1);
    }

    public ulong Encode(Exact value, Direction direction)
    {
        ulong sign = value.Negative ? SignBit : 0;
        if (value.Kind == Kind.NaN)
            return NaNBits;
        if (value.Kind == Kind.Infinite)
            return sign | InfinityBits;
        if (value.IsZero)
            return sign;
        var over = BigInteger.Abs(value.Over);
        // The number of places before the point, by the lengths and one comparison.
        int power = (int)(over.GetBitLength() - value.Under.GetBitLength());
        if ((over << Math.Max(-power, 0)) < (value.Under << Math.Max(power, 0)))
            power--;
        int unit = Math.Max(power, 1 - Bias) - MantissaBits;
        var numerator = unit < 0 ? over << -unit : over;
        var denominator = unit < 0 ? value.Under : value.Under << unit;
        var whole = BigInteger.DivRem(numerator, denominator, out var rest);
        int half = (2 * rest).CompareTo(denominator);
        bool up = direction switch
        {
            Direction.Rn => half > 0 || (half == 0 && !whole.IsEven),
            Direction.Rna => half >= 0,
            Direction.Rz => false,
            Direction.Rm => value.Negative && !rest.IsZero,
            _ => !value.Negative && !rest.IsZero,
        };
        if (up)
            whole++;
        if (whole == BigInteger.One << (MantissaBits + 1))
        {
            whole >>= 1;
            unit++;
        }
        if (unit + MantissaBits > Bias)
        {
            bool infinite = direction is Direction.Rn or Direction.Rna
                || direction == (value.Negative ? Direction.Rm : Direction.Rp);
            return sign | (infinite ? InfinityBits : InfinityBits - 1);
        }
        if (whole < BigInteger.One << MantissaBits)
            return sign | (ulong)whole;
        ulong exponent = (ulong)(unit + MantissaBits + Bias);
        return sign | exponent << MantissaBits | (ulong)(whole - (BigInteger.One << MantissaBits));
    }

    /// <summary>The size of a number's last bit, as a power of two, in this format.</summary>
    public int UnitOf(double value) => Math.Max(Math.ILogB(value), 1 - Bias) - MantissaBits;
}
