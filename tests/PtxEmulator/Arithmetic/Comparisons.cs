using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>A comparison over all lanes.</summary>
internal abstract class Comparison
{
    /// <summary>Bit i is whether it holds in lane i.</summary>
    public abstract uint Bits(Warp warp);
}

/// <summary>
/// Compares vectors of lanes. 16-bit numbers are moved to the upper half of their lanes, where they compare as 32-bit
/// ones do, bf16 included.
/// </summary>
internal sealed unsafe class VectorComparison<T, TRelation>(Slot a, Slot b, bool shift, bool flush, bool invert)
    : Comparison
    where T : unmanaged
    where TRelation : struct, IVectorFunction2<T>
{
    public override uint Bits(Warp warp)
    {
        var first = (T*)(warp.Registers + a.Offset);
        var second = (T*)(warp.Registers + b.Offset);
        uint bits = 0;
        for (int lane = 0; lane < 32; lane += Vector256<T>.Count)
        {
            var x = Prepare(Vector256.Load(first + lane));
            var y = Prepare(Vector256.Load(second + lane));
            bits |= default(TRelation).Apply(x, y).ExtractMostSignificantBits() << lane;
        }
        return invert ? ~bits : bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<T> Prepare(Vector256<T> value)
    {
        if (shift)
            return (value.AsUInt32() << 16).As<uint, T>();
        return flush && typeof(T) == typeof(float) ? FloatVectors.Flush(value.AsSingle()).As<float, T>() : value;
    }
}

/// <summary>Compares f16 numbers, or the lower or upper ones of pairs of f16 or bf16.</summary>
internal sealed unsafe class HalfComparison<TRelation>(Slot a, Slot b, HalfPlace place, bool invert) : Comparison
    where TRelation : struct, IVectorFunction2<double>
{
    public override uint Bits(Warp warp)
    {
        uint bits = 0;
        for (int lane = 0; lane < 32; lane++)
        {
            var x = Vector256.Create(place.Read(Lane.Read<uint>(warp.Registers, a, lane)));
            var y = Vector256.Create(place.Read(Lane.Read<uint>(warp.Registers, b, lane)));
            bits |= (default(TRelation).Apply(x, y).ExtractMostSignificantBits() & 1) << lane;
        }
        return invert ? ~bits : bits;
    }
}

/// <summary>Where in a lane a 16-bit float is.</summary>
/// <param name="Format">f16 or bf16.</param>
/// <param name="Shift">0 or 16.</param>
/// <param name="Flush">Whether subnormal numbers count as zero.</param>
internal readonly record struct HalfPlace(FloatFormat Format, int Shift, bool Flush)
{
    /// <summary>The value.</summary>
    public double Read(uint lane) => Format.Decode(Format.Flush((ushort)(lane >> Shift), Flush));
}

/// <summary>eq: false for NaN.</summary>
internal readonly struct Equal<T> : IVectorFunction2<T>
{
    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Equals(a, b);
}

/// <summary>lt: false for NaN.</summary>
internal readonly struct Less<T> : IVectorFunction2<T>
{
    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.LessThan(a, b);
}

/// <summary>le: false for NaN.</summary>
internal readonly struct LessOrEqual<T> : IVectorFunction2<T>
{
    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.LessThanOrEqual(a, b);
}

/// <summary>gt: false for NaN.</summary>
internal readonly struct Greater<T> : IVectorFunction2<T>
{
    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.GreaterThan(a, b);
}

/// <summary>ge: false for NaN.</summary>
internal readonly struct GreaterOrEqual<T> : IVectorFunction2<T>
{
    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.GreaterThanOrEqual(a, b);
}

/// <summary>num: neither is NaN.</summary>
internal readonly struct Numbers<T> : IVectorFunction2<T>
{
    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Equals(a, a) & Vector256.Equals(b, b);
}

/// <summary>ne of floats: different, and neither is NaN.</summary>
internal readonly struct Different<T> : IVectorFunction2<T>
{
    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) =>
        default(Numbers<T>).Apply(a, b) & ~Vector256.Equals(a, b);
}
