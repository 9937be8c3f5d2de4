using System.Numerics;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>Operands that instructions go wrong on, and random ones.</summary>
internal static class Values
{
    private static readonly ulong[] Counts =
    [
        0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 48, 63, 64, 65, 100, 127, 128, 255, 256, 257,
        287,
    ];

    /// <summary>Bits of a type.</summary>
    public static int Width(PtxType type) => type.Bytes() * 8;

    /// <summary>The value of an integer type's bits.</summary>
    public static BigInteger Number(PtxType type, ulong bits)
    {
        int width = Width(type);
        BigInteger value = bits & Ones(width);
        return type.IsSigned() && !(value >> (width - 1)).IsZero ? value - (BigInteger.One << width) : value;
    }

    /// <summary>A number's low bits, as many as the type has.</summary>
    public static ulong Wrap(PtxType type, BigInteger value) => (ulong)(value & Ones(Width(type)));

    /// <summary>A number clamped to the type's range.</summary>
    public static ulong Clamp(PtxType type, BigInteger value)
    {
        int width = Width(type);
        var most = (BigInteger.One << (type.IsSigned() ? width - 1 : width)) - 1;
        var least = type.IsSigned() ? -most - 1 : 0;
        return Wrap(type, BigInteger.Min(BigInteger.Max(value, least), most));
    }

    /// <summary>Integers' edges, or floats', as bits.</summary>
    public static ulong[] Edges(PtxType type) => type switch
    {
        PtxType.F16 => [.. FloatEdges(5, 10)],
        PtxType.BF16 => [.. FloatEdges(8, 7)],
        PtxType.F32 => [.. FloatEdges(8, 23)],
        PtxType.F64 => [.. FloatEdges(11, 52)],
        PtxType.F16x2 => [.. Edges(PtxType.F16).Select(x => x | x << 16)],
        PtxType.BF16x2 => [.. Edges(PtxType.BF16).Select(x => x | x << 16)],
        _ => IntegerEdges(Width(type)),
    };

    /// <summary>Random bits of a type: uniform, small, or near an edge; floats of near exponents.</summary>
    public static ulong Draw(PtxType type, Random random)
    {
        ulong ones = Ones(Width(type));
        if (type.IsFloat() && random.Next(3) != 0)
        {
            var (exponentBits, mantissaBits) = type switch
            {
                PtxType.F16 or PtxType.F16x2 => (5, 10),
                PtxType.BF16 or PtxType.BF16x2 => (8, 7),
                PtxType.F32 => (8, 23),
                _ => (11, 52),
            };
            ulong exponent = (ulong)((1 << (exponentBits - 1)) + random.Next(-mantissaBits / 2, mantissaBits / 2));
            ulong Half() => (ulong)random.Next(2) << (exponentBits + mantissaBits)
                | Math.Min(exponent, (1UL << exponentBits) - 2) << mantissaBits
                | ((ulong)random.NextInt64() & Ones(mantissaBits) & ~Ones(random.Next(mantissaBits + 1)));
            return type is PtxType.F16x2 or PtxType.BF16x2 ? Half() | Half() << 16 : Half();
        }
        ulong bits = (ulong)random.NextInt64() << 1 ^ (ulong)random.NextInt64();
        return random.Next(3) switch
        {
            0 => bits & Ones(random.Next(1, 65)) & ones,
            1 => ~(bits & Ones(random.Next(1, 65))) & ones,
            _ => bits & ones,
        };
    }

    /// <summary>Every edge, and random numbers, of one operand.</summary>
    public static IEnumerable<ulong[]> Singles(PtxType type, int randomCount = 600)
    {
        foreach (ulong a in Edges(type))
            yield return [a];
        var random = new Random(11);
        for (int i = 0; i < randomCount; i++)
            yield return [Draw(type, random)];
    }

    /// <summary>Every pair of edges, and random ones.</summary>
    public static IEnumerable<ulong[]> Pairs(PtxType first, PtxType second, int randomCount = 400)
    {
        foreach (ulong a in Edges(first))
        {
            foreach (ulong b in Edges(second))
                yield return [a, b];
        }
        var random = new Random(12);
        for (int i = 0; i < randomCount; i++)
            yield return [Draw(first, random), Draw(second, random)];
    }

    /// <summary>Pairs of edges with a third of every kind, and random ones.</summary>
    public static IEnumerable<ulong[]> Triples(PtxType first, PtxType second, PtxType third, int randomCount = 600)
    {
        var random = new Random(13);
        var edges = Edges(third);
        foreach (var pair in Pairs(first, second, randomCount))
        {
            ulong c = random.Next(3) == 0 ? Draw(third, random) : edges[random.Next(edges.Length)];
            yield return [pair[0], pair[1], c];
        }
    }

    /// <summary>A number with so many ones.</summary>
    public static ulong Ones(int count) => count >= 64 ? ulong.MaxValue : (1UL << count) - 1;

    private static ulong[] IntegerEdges(int width)
    {
        ulong ones = Ones(width);
        ulong top = 1UL << (width - 1);
        ulong[] others =
        [
            ones, ones - 1, ones - 2, top, top - 1, top + 1, ones >> 1 << 1, top >> 1, 0x5555555555555555 & ones,
            0xAAAAAAAAAAAAAAAA & ones, 0x0123456789ABCDEF & ones, 0xFEDCBA9876543210 & ones, ones >> (width / 2),
            ones << (width / 2) & ones,
        ];
        return [.. Counts.Where(x => x <= ones).Concat(others).Distinct()];
    }

    private static IEnumerable<ulong> FloatEdges(int exponentBits, int mantissaBits)
    {
        ulong one = ((1UL << (exponentBits - 1)) - 1) << mantissaBits;
        ulong infinity = ((1UL << exponentBits) - 1) << mantissaBits;
        ulong half = 1UL << (mantissaBits - 1);
        ulong unit = 1UL << mantissaBits;
        ulong[] positive =
        [
            0, 1, 2, 3, half, unit - 1, unit, unit + 1, 2 * unit, one - unit, one - 1, one, one + 1, one + 2,
            one + half, one + unit, one + unit + half, one + (5 * unit / 4), one + ((ulong)mantissaBits * unit),
            infinity - unit, infinity - 2, infinity - 1, infinity, infinity | half, infinity | half | 3, infinity | 1,
        ];
        foreach (ulong value in positive)
        {
            yield return value;
            yield return value | 1UL << (exponentBits + mantissaBits);
        }
    }
}
