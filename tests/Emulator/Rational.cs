using System.Numerics;

namespace ZfNet.Tests.Emulator;

/// <summary>An exact fraction, and its roundings to float32: the plain way.</summary>
internal readonly record struct Rational(BigInteger Top, BigInteger Bottom) : IComparable<Rational>
{
    /// <summary>The value of a finite double.</summary>
    public static Rational Of(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)(bits >> 52 & 0x7ff);
        var fraction = (bits & 0xfffffffffffff) | (exponent == 0 ? 0 : 1L << 52);
        var power = Math.Max(exponent, 1) - 1075;
        BigInteger top = value < 0 ? -fraction : fraction;
        return power >= 0 ? new Rational(top << power, 1) : new Rational(top, BigInteger.One << -power);
    }

    public static Rational operator +(Rational a, Rational b) =>
        new(a.Top * b.Bottom + b.Top * a.Bottom, a.Bottom * b.Bottom);

    public static Rational operator *(Rational a, Rational b) => new(a.Top * b.Top, a.Bottom * b.Bottom);

    public static Rational operator /(Rational a, Rational b) =>
        b.Top.Sign < 0 ? new Rational(-a.Top * b.Bottom, a.Bottom * -b.Top)
            : new Rational(a.Top * b.Bottom, a.Bottom * b.Top);

    public int CompareTo(Rational other) => (Top * other.Bottom).CompareTo(other.Top * Bottom);

    /// <summary>The largest float that is not above.</summary>
    public float Down()
    {
        var near = Near();
        while (Of(near).CompareTo(this) > 0)
            near = MathF.BitDecrement(near);
        while (MathF.BitIncrement(near) is var next && float.IsFinite(next) && Of(next).CompareTo(this) <= 0)
            near = next;
        return near;
    }

    /// <summary>The smallest float that is not below.</summary>
    public float Up() => Down() is var down && Of(down).CompareTo(this) == 0 ? down : MathF.BitIncrement(down);

    /// <summary>Towards zero.</summary>
    public float Zero() => Top.Sign < 0 ? Up() : Down();

    // Some float nearby: a quotient of the leading 60 bits of each.
    private float Near()
    {
        var shift = (int)Math.Max(BigInteger.Abs(Top).GetBitLength() - 60, 0);
        var other = (int)Math.Max(Bottom.GetBitLength() - 60, 0);
        return (float)((double)(Top >> shift) / (double)(Bottom >> other) * Math.Pow(2, shift - other));
    }
}
