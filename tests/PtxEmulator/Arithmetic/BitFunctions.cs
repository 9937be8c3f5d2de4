using System.Numerics;
using System.Runtime.CompilerServices;

namespace ZfNet.PtxEmulator.Arithmetic;

/// <summary>popc: bits that are set.</summary>
internal readonly struct PopulationCount<T> : IFunction<T, uint>
    where T : unmanaged, IBinaryInteger<T>
{
    public uint Apply(T a) => uint.CreateTruncating(T.PopCount(a));
}

/// <summary>clz: zeros above the highest bit that is set.</summary>
internal readonly struct LeadingZeros<T> : IFunction<T, uint>
    where T : unmanaged, IBinaryInteger<T>
{
    public uint Apply(T a) => uint.CreateTruncating(T.LeadingZeroCount(a));
}

/// <summary>
/// bfind: the position of the highest bit that is set, of a negative number that is not; all ones where there is none.
/// With .shiftamt the shift to the left that brings it to the top.
/// </summary>
internal readonly struct FindBit<T>(bool shiftAmount) : IFunction<T, uint>
    where T : unmanaged, IBinaryInteger<T>
{
    public uint Apply(T a)
    {
        T bits = T.IsNegative(a) ? ~a : a;
        int zeros = int.CreateTruncating(T.LeadingZeroCount(bits));
        int width = Unsafe.SizeOf<T>() * 8;
        if (zeros == width)
            return uint.MaxValue;
        return (uint)(shiftAmount ? zeros : width - 1 - zeros);
    }
}

/// <summary>brev: the bits in reverse.</summary>
internal readonly struct ReverseBits : IFunction<uint, uint>, IFunction<ulong, ulong>
{
    public uint Apply(uint a)
    {
        a = (a & 0x55555555) << 1 | (a >> 1 & 0x55555555);
        a = (a & 0x33333333) << 2 | (a >> 2 & 0x33333333);
        a = (a & 0x0F0F0F0F) << 4 | (a >> 4 & 0x0F0F0F0F);
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(a);
    }

    public ulong Apply(ulong a) => (ulong)Apply((uint)a) << 32 | Apply((uint)(a >> 32));
}

/// <summary>
/// bfe: the c bits of a from b on. Past the top there are copies of the sign, which is the field's highest bit, or a's
/// where the field goes past it; of an unsigned type zeros.
/// </summary>
internal readonly struct ExtractField<T> : IFunction<T, uint, uint, T>
    where T : unmanaged, IBinaryInteger<T>
{
    public T Apply(T a, uint b, uint c)
    {
        int width = Unsafe.SizeOf<T>() * 8;
        int position = (int)(b & 0xFF);
        int length = (int)(c & 0xFF);
        if (length == 0)
            return T.Zero;
        // Shifting a signed number fills with its sign, which is what lies past its top.
        if (position >= width)
            return T.IsNegative(a) ? T.AllBitsSet : T.Zero;
        int above = Math.Max(width - position - length, 0);
        return a << above >> (above + position);
    }
}

/// <summary>bmsk: b ones from bit a on.</summary>
internal readonly struct BitMask(bool clamp) : IFunction<uint, uint, uint>
{
    public uint Apply(uint a, uint b)
    {
        if (clamp && a >= 32)
            return 0;
        uint from = uint.MaxValue << (int)a;
        uint end = (a & 31) + (b & 31);
        bool toTheTop = end >= 32 || (clamp && b >= 32);
        return toTheTop ? from : from & ~(uint.MaxValue << (int)end);
    }
}

/// <summary>szext: the low b bits of a, extended by zeros or their sign.</summary>
internal readonly struct ExtendBits(bool clamp, bool signed) : IFunction<uint, uint, uint>
{
    public uint Apply(uint a, uint b)
    {
        if (clamp && b >= 32)
            return a;
        int width = (int)(b & 31);
        uint above = uint.MaxValue << width;
        bool sign = signed && width > 0 && (a >> (width - 1) & 1) != 0;
        return sign ? a | above : a & ~above;
    }
}

/// <summary>fns: the n-th set bit from bit b on, upwards for n over 0, else downwards; all ones for none.</summary>
internal readonly struct FindNthSet : IFunction<uint, uint, int, uint>
{
    public uint Apply(uint a, uint b, int c)
    {
        long left = c == 0 ? 0 : Math.Abs((long)c) - 1;
        for (long position = b; position is >= 0 and < 32; position += c < 0 ? -1 : 1)
        {
            if ((a >> (int)position & 1) != 0 && left-- == 0)
                return (uint)position;
            if (c == 0)
                break;
        }
        return uint.MaxValue;
    }
}

/// <summary>shf: the upper half of [b:a] shifted left, or the lower half of it shifted right.</summary>
internal readonly struct FunnelShift(bool left, bool clamp) : IFunction<uint, uint, uint, uint>
{
    public uint Apply(uint a, uint b, uint c)
    {
        int count = (int)(clamp ? Math.Min(c, 32) : c & 31);
        ulong both = (ulong)b << 32 | a;
        return (uint)(left ? both << count >> 32 : both >> count);
    }
}

/// <summary>dp4a and dp2a: c plus the products of bytes, or of half words with two of b's bytes.</summary>
internal readonly struct DotProduct(bool signedA, bool signedB, int bitsA, int firstByteOfB)
    : IFunction<uint, uint, uint, uint>
{
    public uint Apply(uint a, uint b, uint c)
    {
        for (int i = 0; i < 32 / bitsA; i++)
            c = unchecked(c + (uint)(Part(a, i * bitsA, bitsA, signedA) * Part(b, (firstByteOfB + i) * 8, 8, signedB)));
        return c;
    }

    private static int Part(uint value, int position, int bits, bool signed)
    {
        uint top = value << (32 - bits - position);
        return signed ? (int)top >> (32 - bits) : (int)(top >> (32 - bits));
    }
}
