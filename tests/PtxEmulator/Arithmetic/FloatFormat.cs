namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>An IEEE-like format of at most 32 bits, narrower than double in range and precision.</summary>
/// <param name="ExponentBits">Bits of the exponent.</param>
/// <param name="MantissaBits">Bits of the mantissa that are stored.</param>
internal sealed record FloatFormat(int ExponentBits, int MantissaBits)
{
    /// <summary>f16.</summary>
    public static readonly FloatFormat Half = new(5, 10);

    /// <summary>bf16.</summary>
    public static readonly FloatFormat BFloat = new(8, 7);

    /// <summary>tf32, in the upper 19 bits of a register; here in the lower ones.</summary>
    public static readonly FloatFormat TensorFloat = new(8, 10);

    private int LeastExponent => 2 - (1 << (ExponentBits - 1));

    private uint Infinity => ((1u << ExponentBits) - 1) << MantissaBits;

    private uint Sign => 1u << (ExponentBits + MantissaBits);

    /// <summary>The canonical NaN: all ones but the sign.</summary>
    public uint NaN => Sign - 1;

    /// <summary>Whether bits are a subnormal number.</summary>
    public bool IsSubnormal(uint bits) => (bits & Infinity) == 0 && (bits & (Sign - 1)) != 0;

    /// <summary>The bits with nothing but their sign if they are subnormal and it is asked for.</summary>
    public uint Flush(uint bits, bool flush) => flush && IsSubnormal(bits) ? bits & Sign : bits;

    /// <summary>The number that bits stand for, of NaN the sign too (C#'s NaN has one).</summary>
    public double Decode(uint bits)
    {
        uint magnitude = bits & (Sign - 1);
        double value = magnitude > Infinity ? Math.Abs(double.NaN)
            : magnitude == Infinity ? double.PositiveInfinity
            : magnitude < 1u << MantissaBits ? Math.ScaleB(magnitude, LeastExponent - MantissaBits)
            : Math.ScaleB(
                (magnitude & ((1u << MantissaBits) - 1)) + (1u << MantissaBits),
                (int)(magnitude >> MantissaBits) - 1 + LeastExponent - MantissaBits);
        return (bits & Sign) != 0 ? -value : value;
    }

    /// <summary>
    /// A number's bits: exact, or rounded to odd (<see cref="StickyDouble"/>), before, and rounded here. With
    /// <paramref name="finite"/> what overflows becomes the largest number.
    /// </summary>
    public uint Encode(double value, Rounding rounding, bool finite = false)
    {
        if (double.IsNaN(value))
            return NaN;
        bool negative = double.IsNegative(value);
        uint sign = negative ? Sign : 0;
        double magnitude = Math.Abs(value);
        if (magnitude == 0)
            return sign;
        if (double.IsInfinity(magnitude))
            return sign | (finite ? Infinity - 1 : Infinity);
        int exponent = Math.Max(Math.ILogB(magnitude), LeastExponent);
        bool away = rounding == (negative ? Rounding.Down : Rounding.Up);
        bool overflows = exponent >= (1 << (ExponentBits - 1));
        if (!overflows)
        {
            double scaled = Math.ScaleB(magnitude, MantissaBits - exponent);
            double whole = Math.Floor(scaled);
            double rest = scaled - whole;
            bool up = rounding switch
            {
                Rounding.Nearest => rest > 0.5 || (rest == 0.5 && whole % 2 != 0),
                Rounding.NearestAway => rest >= 0.5,
                _ => away && rest > 0,
            };
            // Subnormal numbers have no hidden bit; a carry goes on into the exponent by itself.
            uint bits = (uint)whole + (up ? 1u : 0) + ((uint)(exponent - LeastExponent) << MantissaBits);
            overflows = bits >= Infinity;
            if (!overflows)
                return sign | bits;
        }
        bool infinite = !finite && (away || rounding is Rounding.Nearest or Rounding.NearestAway);
        return sign | (infinite ? Infinity : Infinity - 1);
    }
}
