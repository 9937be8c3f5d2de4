using System.Runtime.CompilerServices;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>As <see cref="FloatVectors"/>, one number at a time.</summary>
internal static class FloatScalars
{
    /// <summary>Subnormal numbers become zero, if asked to, and keep their sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Flush(float value, bool flush) =>
        flush && float.IsSubnormal(value) ? MathF.CopySign(0, value) : value;

    /// <summary>What f32 arithmetic ends with: one NaN, .ftz, .sat.</summary>
    public static float Finish(float value, bool flush, bool saturate)
    {
        if (saturate)
            return value > 0 ? Math.Min(Flush(value, flush), 1) : 0;
        return Canonical(Flush(value, flush));
    }

    /// <summary>Every NaN becomes the one of f32.</summary>
    public static float Canonical(float value) =>
        float.IsNaN(value) ? BitConverter.UInt32BitsToSingle(FloatVectors.SingleNaN) : value;

    /// <summary>A NaN with its quiet bit.</summary>
    public static double Quiet(double value) =>
        BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(value) | 0x0008000000000000);

    /// <summary>Every NaN becomes the one that f64 arithmetic makes.</summary>
    public static double Canonical(double value) =>
        double.IsNaN(value) ? BitConverter.UInt64BitsToDouble(FloatVectors.DoubleNaN) : value;
}
