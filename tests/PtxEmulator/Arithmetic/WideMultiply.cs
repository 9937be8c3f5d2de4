using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>mul.wide and mad.wide of 32 bits: what every address computation is made of.</summary>
internal sealed unsafe class WideMultiply(Slot d, Slot a, Slot b, Slot? c, bool signed) : Operation
{
    public override void Execute(Warp warp, uint mask)
    {
        var first = (uint*)(warp.Registers + a.Offset);
        var second = (uint*)(warp.Registers + b.Offset);
        var to = (ulong*)(warp.Registers + d.Offset);
        var addend = c is { } slot ? (ulong*)(warp.Registers + slot.Offset) : null;
        for (int lane = 0; lane < 32; lane += 4)
        {
            var product = signed
                ? Signed(Vector128.Load(first + lane), Vector128.Load(second + lane))
                : Unsigned(Vector128.Load(first + lane), Vector128.Load(second + lane));
            if (addend != null)
                product += Vector256.Load(addend + lane);
            Blend.Store(to + lane, mask, lane, product);
        }
    }

    private static Vector256<ulong> Unsigned(Vector128<uint> x, Vector128<uint> y)
    {
        if (Avx2.IsSupported)
        {
            return Avx2.Multiply(
                Avx2.ConvertToVector256Int64(x).AsUInt32(), Avx2.ConvertToVector256Int64(y).AsUInt32());
        }
        var (low, high) = Vector128.Widen(x);
        var (lowY, highY) = Vector128.Widen(y);
        return Vector256.Create(low * lowY, high * highY);
    }

    private static Vector256<ulong> Signed(Vector128<uint> x, Vector128<uint> y)
    {
        if (Avx2.IsSupported)
        {
            return Avx2.Multiply(
                Avx2.ConvertToVector256Int64(x).AsInt32(), Avx2.ConvertToVector256Int64(y).AsInt32()).AsUInt64();
        }
        var (low, high) = Vector128.Widen(x.AsInt32());
        var (lowY, highY) = Vector128.Widen(y.AsInt32());
        return Vector256.Create(low * lowY, high * highY).AsUInt64();
    }
}

/// <summary>mul.hi of 32 bits: the upper halves of products of the even lanes and of the odd ones.</summary>
internal readonly struct MultiplyHigh32(bool signed) : IVectorFunction2<uint>
{
    public Vector256<uint> Apply(Vector256<uint> a, Vector256<uint> b)
    {
        var even = Product(a.AsUInt64(), b.AsUInt64()) >> 32;
        var odd = Product(a.AsUInt64() >> 32, b.AsUInt64() >> 32) & Vector256.Create(0xFFFFFFFF00000000);
        return (even | odd).AsUInt32();
    }

    private Vector256<ulong> Product(Vector256<ulong> a, Vector256<ulong> b)
    {
        if (Avx2.IsSupported)
        {
            return signed
                ? Avx2.Multiply(a.AsInt32(), b.AsInt32()).AsUInt64()
                : Avx2.Multiply(a.AsUInt32(), b.AsUInt32());
        }
        return signed
            ? (((a.AsInt64() << 32) >> 32) * ((b.AsInt64() << 32) >> 32)).AsUInt64()
            : ((a << 32) >> 32) * ((b << 32) >> 32);
    }
}
