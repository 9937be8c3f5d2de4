using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>and.</summary>
internal readonly struct And<T> : IVectorFunction2<T>
{
    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a & b;
}

/// <summary>or.</summary>
internal readonly struct Or<T> : IVectorFunction2<T>
{
    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a | b;
}

/// <summary>xor.</summary>
internal readonly struct Xor<T> : IVectorFunction2<T>
{
    public Vector256<T> Apply(Vector256<T> a, Vector256<T> b) => a ^ b;
}

/// <summary>not; of 16 bits the upper half of the lane stays zero.</summary>
internal readonly struct Not<T>(T width) : IVectorFunction1<T>
{
    private readonly Vector256<T> width = Vector256.Create(width);

    public Vector256<T> Apply(Vector256<T> a) => ~a & width;
}

/// <summary>cnot: 1 of 0, 0 of all else.</summary>
internal readonly struct LogicalNot<T> : IFunction<T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a) => T.IsZero(a) ? T.One : T.Zero;
}

/// <summary>lop3: any function of three bits, by its table.</summary>
internal readonly struct Lookup3(byte table) : IVectorFunction3<uint>
{
    public Vector256<uint> Apply(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c)
    {
        // Shannon's expansion: bit 4a + 2b + c of the table, chosen by c, then b, then a.
        var result00 = Choose(c, 0);
        var result01 = Choose(c, 2);
        var result10 = Choose(c, 4);
        var result11 = Choose(c, 6);
        var result0 = Vector256.ConditionalSelect(b, result01, result00);
        var result1 = Vector256.ConditionalSelect(b, result11, result10);
        return Vector256.ConditionalSelect(a, result1, result0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<uint> Choose(Vector256<uint> c, int bit) => ((table >> bit) & 3) switch
    {
        0 => Vector256<uint>.Zero,
        1 => ~c,
        2 => c,
        _ => Vector256<uint>.AllBitsSet,
    };
}
