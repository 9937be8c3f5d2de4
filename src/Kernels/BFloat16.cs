using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.Kernels;

/// <summary>
/// The upper half of an IEEE float32: its sign, its eight exponent bits and the first seven of its fraction (TensorFlow's lossy
/// compression, Abadi et al. 2016, section 5.5, but rounded and not cut off). Every value is a float32 value too.
/// </summary>
/// <param name="Bits">The sixteen bits.</param>
public readonly record struct BFloat16(ushort Bits) : IWeight<BFloat16>
{
    private const int Half = 16;
    private const uint QuietBit = 1u << 22;
    private const uint BelowTie = 0x7FFF;

    /// <summary>
    /// The nearest value, of two equally near the one with an even last bit; beyond the largest, infinity. NaN stays NaN, a quiet one
    /// with its sign and the upper half of its payload.
    /// </summary>
    public static BFloat16 Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return new((ushort)((float.IsNaN(value) ? bits | QuietBit : bits + Bias(bits)) >> Half));
    }

    /// <summary>The same value as a float32; exact.</summary>
    public float ToSingle() => BitConverter.UInt32BitsToSingle((uint)Bits << Half);

    /// <summary><see cref="Round(float)"/> of each of some numbers; <paramref name="to"/> has room for all.</summary>
    public static unsafe void Round(ReadOnlySpan<float> from, Span<BFloat16> to)
    {
        to = to[..from.Length];
        var i = 0;
        fixed (float* x = from)
        fixed (BFloat16* y = to)
        {
            for (; i + 8 <= from.Length; i += 8)
                Round(Vector256.Load(x + i)).Store((ushort*)(y + i));
        }
        for (; i < from.Length; i++)
            to[i] = Round(from[i]);
    }

    /// <summary><see cref="ToSingle"/> of each of some numbers; <paramref name="to"/> has room for all.</summary>
    public static unsafe void Widen(ReadOnlySpan<BFloat16> from, Span<float> to)
    {
        to = to[..from.Length];
        var i = 0;
        fixed (BFloat16* x = from)
        fixed (float* y = to)
        {
            for (; i + 8 <= from.Length; i += 8)
                Widen(x + i).Store(y + i);
        }
        for (; i < from.Length; i++)
            to[i] = from[i].ToSingle();
    }

    /// <inheritdoc/>
    static float IWeight<BFloat16>.Value(BFloat16 stored) => stored.ToSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<float> IWeight<BFloat16>.Load(BFloat16* from) => Widen(from);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector128<float> IWeight<BFloat16>.LoadFour(BFloat16* from) =>
        Vector128.ShiftLeft(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)from).AsUInt16()), Half).AsSingle();

    /// <summary><see cref="ToSingle"/> of eight that lie side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe Vector256<float> Widen(BFloat16* from)
    {
        var halves = Vector128.Load((ushort*)from).ToVector256Unsafe();
        return Vector256.ShiftLeft(Vector256.WidenLower(halves), Half).AsSingle();
    }

    /// <summary><see cref="Round(float)"/> of eight numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Round(Vector256<float> values)
    {
        var bits = values.AsUInt32();
        var last = Vector256.ShiftRightLogical(bits, Half) & Vector256<uint>.One;
        var rounded = Vector256.ConditionalSelect(
            Vector256.Equals(values, values).AsUInt32(), bits + last + Vector256.Create(BelowTie), bits | Vector256.Create(QuietBit));
        var halves = Vector256.ShiftRightLogical(rounded, Half);
        return Vector128.Narrow(halves.GetLower(), halves.GetUpper());
    }

    /// <summary>What carries into the upper half when the lower half is above a tie, or at one under an odd last bit.</summary>
    private static uint Bias(uint bits) => BelowTie + ((bits >> Half) & 1);
}
