namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>
/// Arithmetic on numbers of f32's range or less, in double, rounded to odd: an inexact result has its last bit set.
/// Such a result has 29 bits more than f32, so rounding it again, in any direction, rounds the exact one.
/// </summary>
internal static class StickyDouble
{
    /// <summary>a + b. An exact zero of two different zeros or numbers is -0 when rounding down.</summary>
    public static double Add(double a, double b, Rounding rounding)
    {
        double sum = a + b;
        if (sum == 0)
            return rounding == Rounding.Down && (a != 0 || double.IsNegative(a) || double.IsNegative(b)) ? -0.0 : sum;
        if (!double.IsFinite(sum))
            return sum;
        // Knuth: the error of a sum of doubles is a double.
        double part = sum - a;
        double error = (a - (sum - part)) + (b - part);
        return Jam(sum, error);
    }

    /// <summary>a * b + c: the product of two numbers of at most 26 bits is exact.</summary>
    public static double MultiplyAdd(double a, double b, double c, Rounding rounding) => Add(a * b, c, rounding);

    /// <summary>a / b.</summary>
    public static double Divide(double a, double b)
    {
        double quotient = a / b;
        if (!double.IsFinite(quotient) || quotient == 0)
            return quotient;
        double rest = Math.FusedMultiplyAdd(-quotient, b, a);
        return Jam(quotient, b < 0 ? -rest : rest);
    }

    /// <summary>The square root.</summary>
    public static double Sqrt(double a)
    {
        double root = Math.Sqrt(a);
        return double.IsFinite(root) && root != 0 ? Jam(root, Math.FusedMultiplyAdd(-root, root, a)) : root;
    }

    /// <summary>An integer of 64 bits.</summary>
    public static double Of(Int128 value)
    {
        double nearest = (double)value;
        return Jam(nearest, (double)(value - (Int128)nearest));
    }

    /// <summary>To f32. NaN becomes f32's one.</summary>
    public static float ToSingle(double value, Rounding rounding)
    {
        if (double.IsNaN(value))
            return BitConverter.UInt32BitsToSingle(FloatVectors.SingleNaN);
        float nearest = (float)value;
        return rounding switch
        {
            Rounding.Down when nearest > value => MathF.BitDecrement(nearest),
            Rounding.Up when nearest < value => MathF.BitIncrement(nearest),
            Rounding.Zero when Math.Abs((double)nearest) > Math.Abs(value) =>
                nearest > 0 ? MathF.BitDecrement(nearest) : MathF.BitIncrement(nearest),
            _ => nearest,
        };
    }

    /// <summary>Where the last bit is even and the error is not zero, the neighbour on the error's side.</summary>
    private static double Jam(double value, double error)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        if (error == 0 || (bits & 1) != 0)
            return value;
        return BitConverter.Int64BitsToDouble(error > 0 == value > 0 ? bits + 1 : bits - 1);
    }
}
