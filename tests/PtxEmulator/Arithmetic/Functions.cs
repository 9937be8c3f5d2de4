using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>What one lane computes of one operand. Types of 1 and 2 bytes lie in the low bits of a lane.</summary>
internal interface IFunction<TA, TD>
{
    /// <summary>The result of one lane.</summary>
    TD Apply(TA a);
}

/// <summary>What one lane computes of two operands.</summary>
internal interface IFunction<TA, TB, TD>
{
    /// <summary>The result of one lane.</summary>
    TD Apply(TA a, TB b);
}

/// <summary>What one lane computes of three operands.</summary>
internal interface IFunction<TA, TB, TC, TD>
{
    /// <summary>The result of one lane.</summary>
    TD Apply(TA a, TB b, TC c);
}

/// <summary>What several lanes compute of one operand; the type has 4 or 8 bytes.</summary>
internal interface IVectorFunction1<T>
{
    /// <summary>The results of several lanes.</summary>
    Vector256<T> Apply(Vector256<T> a);
}

/// <summary>What several lanes compute of two operands.</summary>
internal interface IVectorFunction2<T>
{
    /// <summary>The results of several lanes.</summary>
    Vector256<T> Apply(Vector256<T> a, Vector256<T> b);
}

/// <summary>What several lanes compute of three operands.</summary>
internal interface IVectorFunction3<T>
{
    /// <summary>The results of several lanes.</summary>
    Vector256<T> Apply(Vector256<T> a, Vector256<T> b, Vector256<T> c);
}

/// <summary>A function of 16 bits on both halves of 32.</summary>
internal readonly struct Paired<T, TFunction>(TFunction function) : IFunction<uint, uint, uint>
    where T : unmanaged
    where TFunction : struct, IFunction<T, T, T>
{
    public uint Apply(uint a, uint b) => Half((ushort)a, (ushort)b) | Half((ushort)(a >> 16), (ushort)(b >> 16)) << 16;

    private uint Half(ushort a, ushort b) => Unsafe.BitCast<T, ushort>(
        function.Apply(Unsafe.BitCast<ushort, T>(a), Unsafe.BitCast<ushort, T>(b)));
}
