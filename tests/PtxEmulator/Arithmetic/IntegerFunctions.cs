using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>add: wraps around.</summary>
internal readonly struct Add<T> : IFunction<T, T, T>, IVectorFunction2<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, T b) => unchecked(a + b);

    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a + b;
}

/// <summary>sub: wraps around.</summary>
internal readonly struct Subtract<T> : IFunction<T, T, T>, IVectorFunction2<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, T b) => unchecked(a - b);

    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a - b;
}

/// <summary>add.sat.s32.</summary>
internal readonly struct AddSaturated : IFunction<int, int, int>
{
    public int Apply(int a, int b) => (int)Math.Clamp((long)a + b, int.MinValue, int.MaxValue);
}

/// <summary>sub.sat.s32.</summary>
internal readonly struct SubtractSaturated : IFunction<int, int, int>
{
    public int Apply(int a, int b) => (int)Math.Clamp((long)a - b, int.MinValue, int.MaxValue);
}

/// <summary>mul.lo.</summary>
internal readonly struct MultiplyLow<T> : IFunction<T, T, T>, IVectorFunction2<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, T b) => unchecked(a * b);

    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a * b;
}

/// <summary>mul.hi: the upper half of the product.</summary>
internal readonly struct MultiplyHigh<T> : IFunction<T, T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, T b)
    {
        if (typeof(T) == typeof(ulong))
            return T.CreateTruncating(Math.BigMul(ulong.CreateTruncating(a), ulong.CreateTruncating(b), out ulong _));
        if (typeof(T) == typeof(long))
            return T.CreateTruncating(Math.BigMul(long.CreateTruncating(a), long.CreateTruncating(b), out long _));
        long product = unchecked(long.CreateTruncating(a) * long.CreateTruncating(b));
        return T.CreateTruncating(product >> (Unsafe.SizeOf<T>() * 8));
    }
}

/// <summary>mul.wide: the whole product, in twice the width.</summary>
internal readonly struct MultiplyWide<T, TWide> : IFunction<T, T, TWide>
    where T : unmanaged, IBinaryInteger<T>
    where TWide : unmanaged, IBinaryInteger<TWide>
{
    public TWide Apply(T a, T b) => unchecked(TWide.CreateTruncating(a) * TWide.CreateTruncating(b));
}

/// <summary>mad.lo.</summary>
internal readonly struct MultiplyAddLow<T> : IFunction<T, T, T, T>, IVectorFunction3<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, T b, T c) => unchecked((a * b) + c);

    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b, Vector256<T> c) => (a * b) + c;
}

/// <summary>mad.hi: the upper half of the product, plus c.</summary>
internal readonly struct MultiplyAddHigh<T> : IFunction<T, T, T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, T b, T c) => unchecked(default(MultiplyHigh<T>).Apply(a, b) + c);
}

/// <summary>mad.hi.sat.s32.</summary>
internal readonly struct MultiplyAddHighSaturated : IFunction<int, int, int, int>
{
    public int Apply(int a, int b, int c) => default(AddSaturated).Apply(default(MultiplyHigh<int>).Apply(a, b), c);
}

/// <summary>mad.wide.</summary>
internal readonly struct MultiplyAddWide<T, TWide> : IFunction<T, T, TWide, TWide>
    where T : unmanaged, IBinaryInteger<T>
    where TWide : unmanaged, IBinaryInteger<TWide>
{
    public TWide Apply(T a, T b, TWide c) => unchecked((TWide.CreateTruncating(a) * TWide.CreateTruncating(b)) + c);
}

/// <summary>
/// mul24 and mad24: the product of the low 24 bits, its bits 47..16 (hi) or 31..0 (lo), plus c; the sum saturates for
/// mad24.hi.sat.s32.
/// </summary>
internal readonly struct Multiply24(bool signed, bool high, bool saturate)
    : IFunction<int, int, int>, IFunction<int, int, int, int>
{
    public int Apply(int a, int b)
    {
        long product = signed ? (long)(a << 8 >> 8) * (b << 8 >> 8) : (a & 0xFFFFFFL) * (b & 0xFFFFFF);
        return unchecked((int)(high ? product >> 16 : product));
    }

    public int Apply(int a, int b, int c) =>
        saturate ? default(AddSaturated).Apply(Apply(a, b), c) : unchecked(Apply(a, b) + c);
}

/// <summary>sad: c plus the distance of a and b.</summary>
internal readonly struct SumOfDifference<T> : IFunction<T, T, T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, T b, T c) => unchecked(c + (a < b ? b - a : a - b));
}

/// <summary>div: towards zero. By zero, which PTX leaves open, it gives all ones as NVIDIA's code does.</summary>
internal readonly struct Divide<T> : IFunction<T, T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, T b)
    {
        if (T.IsZero(b))
            return T.AllBitsSet;
        // The least value divided by -1 would trap: it wraps around to itself.
        return T.IsNegative(b) && b == T.AllBitsSet ? unchecked(T.Zero - a) : a / b;
    }
}

/// <summary>rem, with the sign of a. By zero, which PTX leaves open, it gives all ones as NVIDIA's code does.</summary>
internal readonly struct Remainder<T> : IFunction<T, T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, T b)
    {
        if (T.IsZero(b))
            return T.AllBitsSet;
        return T.IsNegative(b) && b == T.AllBitsSet ? T.Zero : a % b;
    }
}

/// <summary>abs: the least value stays what it is.</summary>
internal readonly struct Absolute<T> : IFunction<T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a) => T.IsNegative(a) ? unchecked(T.Zero - a) : a;
}

/// <summary>neg: wraps around.</summary>
internal readonly struct Negate<T> : IFunction<T, T>, IVectorFunction1<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a) => unchecked(T.Zero - a);

    public Vector256<T> Apply(Vector256<T> a) => Vector256<T>.Zero - a;
}

/// <summary>min.</summary>
internal readonly struct Minimum<T> : IFunction<T, T, T>, IVectorFunction2<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, T b) => a < b ? a : b;

    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Min(a, b);
}

/// <summary>max.</summary>
internal readonly struct Maximum<T> : IFunction<T, T, T>, IVectorFunction2<T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, T b) => a > b ? a : b;

    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => Vector256.Max(a, b);
}

/// <summary>min.relu and max.relu: a negative result becomes 0.</summary>
internal readonly struct Rectified<T, TFunction>(TFunction function) : IFunction<T, T, T>
    where T : unmanaged, IBinaryInteger<T>
    where TFunction : struct, IFunction<T, T, T>
{
    public T Apply(T a, T b) => T.Max(function.Apply(a, b), T.Zero);
}
