using System.Numerics;
using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>Counts, fields, permutes and dot products, bit by bit.</summary>
public sealed class BitTests
{
    private static bool Bit(ulong value, int i) => (value >> i & 1) != 0;

    private static string Name(PtxType type) => type.ToString().ToLowerInvariant();

    [TestCase(PtxType.B32)]
    [TestCase(PtxType.B64)]
    public void Counts_and_reversal(PtxType type)
    {
        int width = Values.Width(type);
        Form.Check(
            $"popc.{Name(type)}", PtxType.U32, [type], Values.Singles(type),
            x => (ulong)Enumerable.Range(0, width).Count(i => Bit(x[0], i)));
        Form.Check(
            $"clz.{Name(type)}", PtxType.U32, [type], Values.Singles(type),
            x => (ulong)Enumerable.Range(0, width).TakeWhile(i => !Bit(x[0], width - 1 - i)).Count());
        Form.Check(
            $"brev.{Name(type)}", type, [type], Values.Singles(type),
            x => Enumerable.Range(0, width).Aggregate(0UL, (r, i) => r | (Bit(x[0], i) ? 1UL << (width - 1 - i) : 0)));
    }

    [TestCase(PtxType.U32)]
    [TestCase(PtxType.S32)]
    [TestCase(PtxType.U64)]
    [TestCase(PtxType.S64)]
    public void Bfind_finds_the_highest_bit_unlike_the_sign(PtxType type)
    {
        int width = Values.Width(type);
        int Find(ulong bits)
        {
            bool sign = type.IsSigned() && Bit(bits, width - 1);
            for (int i = width - 1; i >= 0; i--)
            {
                if (Bit(bits, i) != sign)
                    return i;
            }
            return -1;
        }

        Form.Check($"bfind.{Name(type)}", PtxType.U32, [type], Values.Singles(type), x => (uint)Find(x[0]));
        Form.Check(
            $"bfind.shiftamt.{Name(type)}", PtxType.U32, [type], Values.Singles(type),
            x => Find(x[0]) is var found && found < 0 ? uint.MaxValue : (uint)(width - 1 - found));
    }

    [TestCase(PtxType.U32)]
    [TestCase(PtxType.S32)]
    [TestCase(PtxType.U64)]
    [TestCase(PtxType.S64)]
    public void Bfe_follows_the_rule_of_PTX_for_every_bit(PtxType type)
    {
        int msb = Values.Width(type) - 1;
        Form.Check(
            $"bfe.{Name(type)}", type, [type, PtxType.U32, PtxType.U32],
            Values.Triples(type, PtxType.U32, PtxType.U32, 3000), x =>
            {
                int position = (int)(x[1] & 0xFF);
                int length = (int)(x[2] & 0xFF);
                bool sign = type.IsSigned() && length > 0 && Bit(x[0], Math.Min(position + length - 1, msb));
                ulong result = 0;
                for (int i = 0; i <= msb; i++)
                {
                    if (i < length && position + i <= msb ? Bit(x[0], position + i) : sign)
                        result |= 1UL << i;
                }
                return result;
            });
    }

    [TestCase(PtxType.B32)]
    [TestCase(PtxType.B64)]
    public void Bfi_follows_the_rule_of_PTX_for_every_bit(PtxType type)
    {
        int msb = Values.Width(type) - 1;
        var random = new Random(31);
        var lengths = Values.Edges(PtxType.U32);
        var cases = Values.Triples(type, type, PtxType.U32, 3000)
            .Select(x => new[] { x[0], x[1], x[2], lengths[random.Next(lengths.Length)] });
        Form.Check($"bfi.{Name(type)}", type, [type, type, PtxType.U32, PtxType.U32], cases, x =>
        {
            int position = (int)(x[2] & 0xFF);
            int length = (int)(x[3] & 0xFF);
            ulong result = x[1];
            for (int i = 0; i < length && position + i <= msb; i++)
                result = (result & ~(1UL << (position + i))) | (Bit(x[0], i) ? 1UL << (position + i) : 0);
            return result;
        });
    }

    [Test]
    public void Masks_and_extensions()
    {
        PtxType[] two = [PtxType.U32, PtxType.U32];
        ulong Mask(Func<int, bool> holds) =>
            Enumerable.Range(0, 32).Aggregate(0UL, (r, i) => r | (holds(i) ? 1UL << i : 0));
        Form.Check("bmsk.clamp.b32", PtxType.B32, two, Values.Pairs(PtxType.U32, PtxType.U32), x => Mask(
            i => (ulong)i >= x[0] && (ulong)i < x[0] + x[1]));
        Form.Check("bmsk.wrap.b32", PtxType.B32, two, Values.Pairs(PtxType.U32, PtxType.U32), x => Mask(
            i => (ulong)i >= (x[0] & 31) && (ulong)i < (x[0] & 31) + (x[1] & 31)));
        foreach (bool signed in new[] { false, true })
        {
            foreach (bool clamp in new[] { false, true })
            {
                var type = signed ? PtxType.S32 : PtxType.U32;
                Form.Check(
                    $"szext.{(clamp ? "clamp" : "wrap")}.{Name(type)}", type, [type, PtxType.U32],
                    Values.Pairs(type, PtxType.U32), x =>
                    {
                        if (clamp && x[1] >= 32)
                            return x[0];
                        int width = (int)(x[1] & 31);
                        var value = new BigInteger(x[0]) & ((BigInteger.One << width) - 1);
                        if (signed && width > 0 && Bit(x[0], width - 1))
                            value -= BigInteger.One << width;
                        return Values.Wrap(PtxType.U32, value);
                    });
            }
        }
    }

    [Test]
    public void Fns_finds_the_nth_set_bit()
    {
        var random = new Random(32);
        var cases = Enumerable.Range(0, 3000).Select(i => new[]
        {
            Values.Draw(PtxType.B32, random), (ulong)random.Next(32), (uint)random.Next(-34, 35),
        });
        Form.Check("fns.b32", PtxType.B32, [PtxType.B32, PtxType.U32, PtxType.S32], cases, x =>
        {
            int start = (int)x[1], n = (int)(uint)x[2];
            var places = n == 0 ? [start] : n > 0
                ? Enumerable.Range(start, 32 - start)
                : Enumerable.Range(0, start + 1).Reverse();
            var set = places.Where(i => Bit(x[0], i)).ToArray();
            int index = Math.Max(Math.Abs(n), 1) - 1;
            return index < set.Length ? (ulong)set[index] : uint.MaxValue;
        });
    }

    [TestCase(true, true)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(false, false)]
    public void Shf_shifts_64_bits(bool left, bool clamp)
    {
        PtxType[] three = [PtxType.B32, PtxType.B32, PtxType.B32];
        Form.Check(
            $"shf.{(left ? "l" : "r")}.{(clamp ? "clamp" : "wrap")}.b32", PtxType.B32, three,
            Values.Triples(PtxType.B32, PtxType.B32, PtxType.B32, 3000), x =>
            {
                int count = clamp ? (int)Math.Min(x[2], 32) : (int)(x[2] % 32);
                var both = (new BigInteger(x[1]) << 32) + x[0];
                return Values.Wrap(PtxType.U32, left ? (both << count) >> 32 : both >> count);
            });
    }

    [Test]
    public void Prmt_by_nibbles() => Form.Check(
        "prmt.b32", PtxType.B32, [PtxType.B32, PtxType.B32, PtxType.B32],
        Values.Triples(PtxType.B32, PtxType.B32, PtxType.B32, 3000), x =>
        {
            byte[] bytes = [.. BitConverter.GetBytes((uint)x[0]), .. BitConverter.GetBytes((uint)x[1])];
            return Enumerable.Range(0, 4).Aggregate(0UL, (r, i) =>
            {
                int nibble = (int)(x[2] >> (4 * i)) & 15;
                byte value = bytes[nibble & 7];
                if (nibble > 7)
                    value = (byte)(value > 127 ? 255 : 0);
                return r | (ulong)value << (8 * i);
            });
        });

    // The tables of the PTX manual: for each selector the bytes from the highest to the lowest.
    [TestCase("f4e", "3210", "4321", "5432", "6543")]
    [TestCase("b4e", "5670", "6701", "7012", "0123")]
    [TestCase("rc8", "0000", "1111", "2222", "3333")]
    [TestCase("ecl", "3210", "3211", "3222", "3333")]
    [TestCase("ecr", "0000", "1110", "2210", "3210")]
    [TestCase("rc16", "1010", "3232", "1010", "3232")]
    public void Prmt_by_its_modes(string mode, params string[] rows) => Form.Check(
        $"prmt.b32.{mode}", PtxType.B32, [PtxType.B32, PtxType.B32, PtxType.B32],
        Values.Triples(PtxType.B32, PtxType.B32, PtxType.B32), x =>
        {
            byte[] bytes = [.. BitConverter.GetBytes((uint)x[0]), .. BitConverter.GetBytes((uint)x[1])];
            return rows[x[2] & 3].Aggregate(0UL, (r, digit) => r << 8 | bytes[digit - '0']);
        });

    [TestCase(PtxType.U32, PtxType.U32)]
    [TestCase(PtxType.U32, PtxType.S32)]
    [TestCase(PtxType.S32, PtxType.U32)]
    [TestCase(PtxType.S32, PtxType.S32)]
    public void Dot_products(PtxType first, PtxType second)
    {
        PtxType[] three = [PtxType.B32, PtxType.B32, PtxType.B32];
        long Part(ulong value, int i, int bits, PtxType type)
        {
            long part = (long)(value >> (i * bits)) & ((1L << bits) - 1);
            return type == PtxType.S32 && part >= 1L << (bits - 1) ? part - (1L << bits) : part;
        }

        string types = $"{Name(first)}.{Name(second)}";
        var cases = Values.Triples(PtxType.B32, PtxType.B32, PtxType.B32).ToArray();
        Form.Check($"dp4a.{types}", PtxType.B32, three, cases, x => (uint)((long)x[2]
            + Enumerable.Range(0, 4).Sum(i => Part(x[0], i, 8, first) * Part(x[1], i, 8, second))));
        foreach (bool high in new[] { false, true })
        {
            int byteOfB = high ? 2 : 0;
            Form.Check($"dp2a.{(high ? "hi" : "lo")}.{types}", PtxType.B32, three, cases, x => (uint)((long)x[2]
                + Enumerable.Range(0, 2).Sum(i => Part(x[0], i, 16, first) * Part(x[1], i + byteOfB, 8, second))));
        }
    }
}
