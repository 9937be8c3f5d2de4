using System.Numerics;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>A finite double, or sums and products of such, exactly: an integer times a power of two.</summary>
internal readonly record struct Dyadic(BigInteger Mantissa, int Exponent)
{
    /// <summary>The value of a finite double.</summary>
    public static Dyadic Of(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52) & 0x7FF;
        long mantissa = bits & 0xFFFFFFFFFFFFF;
        if (exponent == 0)
            exponent = 1;
        else
            mantissa |= 1L << 52;
        return new(bits < 0 ? -mantissa : mantissa, exponent - 1075);
    }

    public static Dyadic operator +(Dyadic a, Dyadic b)
    {
        int exponent = Math.Min(a.Exponent, b.Exponent);
        return new((a.Mantissa << (a.Exponent - exponent)) + (b.Mantissa << (b.Exponent - exponent)), exponent);
    }

    public static Dyadic operator -(Dyadic a) => a with { Mantissa = -a.Mantissa };

    public static Dyadic operator *(Dyadic a, Dyadic b) => new(a.Mantissa * b.Mantissa, a.Exponent + b.Exponent);

    /// <summary>-1, 0 or 1 as this minus a double, which may be infinite, is.</summary>
    public int CompareTo(double value) =>
        double.IsInfinity(value) ? (value > 0 ? -1 : 1) : (this + -Of(value)).Mantissa.Sign;

    /// <summary>
    /// f64 rounded in a direction: the nearest result that the processor gave, moved by one step where the exact one
    /// (<paramref name="side"/>: -1 under it, 1 over it) lies on the other side of it.
    /// </summary>
    public static double Move(double nearest, int side, Rounding rounding) => rounding switch
    {
        Rounding.Down when side < 0 => Math.BitDecrement(nearest),
        Rounding.Up when side > 0 => Math.BitIncrement(nearest),
        Rounding.Zero when side < 0 && nearest > 0 => Math.BitDecrement(nearest),
        Rounding.Zero when side > 0 && nearest < 0 => Math.BitIncrement(nearest),
        _ => nearest,
    };
}
