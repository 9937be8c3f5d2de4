using System.Numerics;
using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>cvt from every type to every type, in every rounding, against exact numbers.</summary>
public sealed class ConvertTests
{
    /// <summary>What PTX leaves open in a NaN of f64: the sign and the mantissa.</summary>
    private const ulong OpenInNaN = 0x800FFFFFFFFFFFFF;

    private static readonly PtxType[] Integers =
    [
        PtxType.U8, PtxType.S8, PtxType.U16, PtxType.S16, PtxType.U32, PtxType.S32, PtxType.U64, PtxType.S64,
    ];

    private static readonly PtxType[] Floats = [PtxType.F16, PtxType.BF16, PtxType.F32, PtxType.F64];

    private static readonly Direction[] Directions = [Direction.Rn, Direction.Rz, Direction.Rm, Direction.Rp];

    private static string Name(PtxType type) => type.ToString().ToLowerInvariant();

    private static string Name(Direction direction) => direction.ToString().ToLowerInvariant();

    private static Ieee Format(PtxType type) => type switch
    {
        PtxType.F16 or PtxType.F16x2 => Ieee.F16,
        PtxType.BF16 or PtxType.BF16x2 => Ieee.BF16,
        PtxType.TF32 => Ieee.TF32,
        PtxType.F32 => Ieee.F32,
        _ => Ieee.F64,
    };

    private static ulong One(Ieee format) => format.Encode(Exact.Of(1, 1), Direction.Rn);

    private static ulong Saturated(Ieee format, ulong bits) =>
        format.IsNaN(bits) || (bits & format.SignBit) != 0 ? 0 : Math.Min(bits, One(format));

    private static Exact Number(PtxType type, ulong bits) =>
        Values.Number(type, bits) is { IsZero: false } number ? Exact.Of(number, 1) : Exact.Zero(false);

    /// <summary>A number rounded to an integer.</summary>
    private static BigInteger Round(Exact value, Direction direction)
    {
        var floor = BigInteger.DivRem(value.Over, value.Under, out var rest);
        if (rest.Sign < 0)
        {
            floor--;
            rest += value.Under;
        }
        int half = (2 * rest).CompareTo(value.Under);
        bool up = direction switch
        {
            Direction.Rn => half > 0 || (half == 0 && !floor.IsEven),
            Direction.Rz => !rest.IsZero && value.Negative,
            Direction.Rm => false,
            _ => !rest.IsZero,
        };
        return up ? floor + 1 : floor;
    }

    /// <summary>Whether a type holds all numbers of another, so that there is nothing to saturate.</summary>
    private static bool Holds(PtxType type, PtxType other) =>
        new[] { BigInteger.Zero, -1, BigInteger.One << 200 }.All(x => Values.Number(
            type, Values.Wrap(type, Values.Number(other, Values.Clamp(other, x)))) == Values.Number(
            other, Values.Clamp(other, x)));

    /// <summary>The bits of a result in a register that is wider: with the sign of a signed type.</summary>
    private static ulong Extended(PtxType type, ulong bits, int registerBytes)
    {
        ulong ones = Values.Ones(registerBytes * 8);
        return Values.Width(type) >= registerBytes * 8
            ? bits & ones
            : Values.Wrap(PtxType.S64, Values.Number(type, bits)) & ones;
    }

    [Test]
    public void Integers_to_integers(
        [ValueSource(nameof(Integers))] PtxType from, [ValueSource(nameof(Integers))] PtxType to)
    {
        // Sources of 8 and 16 bits are in the low bits of a lane whose others are no part of them.
        ulong above = from.Bytes() == 1 ? 0x7B00UL : 0;
        var cases = Values.Singles(from).Select(x => new[] { x[0] | above }).ToArray();
        // Both registers may be wider than the types.
        foreach (int bytes in new[] { 2, 4, 8 }.Where(bytes => bytes >= to.Bytes()))
        {
            Form.Check(
                $"cvt.{Name(to)}.{Name(from)}", to, [from], cases,
                x => Extended(to, Values.Wrap(to, Values.Number(from, x[0])), bytes), bytes);
            Form.Check(
                $"cvt.{Name(to)}.{Name(from)}", to, [from],
                cases.Select(x => new[] { x[0] | 0x9ABCUL << 48 & ~Values.Ones(Values.Width(from)) }),
                x => Extended(to, Values.Wrap(to, Values.Number(from, x[0])), bytes), bytes, 8);
            if (!Holds(to, from))
            {
                Form.Check(
                    $"cvt.sat.{Name(to)}.{Name(from)}", to, [from], cases,
                    x => Extended(to, Values.Clamp(to, Values.Number(from, x[0])), bytes), bytes);
            }
        }
    }

    [Test]
    public void Integers_to_floats(
        [ValueSource(nameof(Integers))] PtxType from, [ValueSource(nameof(Floats))] PtxType to)
    {
        if (to == PtxType.BF16 && from.Bytes() == 1)
            return;
        var format = Format(to);
        var random = new Random(81);
        // Around the numbers of which the format cannot hold the last bits.
        var cases = Values.Singles(from).Concat(Enumerable.Range(0, 600).Select(_ =>
        {
            BigInteger number = (BigInteger.One << random.Next(Values.Width(from) + 1)) + random.Next(-5, 6);
            return new[] { Values.Wrap(from, number + (number >> random.Next(70))) };
        })).ToArray();
        foreach (var direction in Directions)
        {
            Form.Check(
                $"cvt.{Name(direction)}.{Name(to)}.{Name(from)}", to, [from], cases,
                x => format.Encode(Number(from, x[0]), direction));
            if (to == PtxType.BF16)
                continue;
            Form.Check(
                $"cvt.{Name(direction)}.sat.{Name(to)}.{Name(from)}", to, [from], cases,
                x => Saturated(format, format.Encode(Number(from, x[0]), direction)));
        }
    }

    [Test]
    public void Floats_to_integers(
        [ValueSource(nameof(Floats))] PtxType from, [ValueSource(nameof(Integers))] PtxType to)
    {
        if (from == PtxType.BF16 && to.Bytes() == 1)
            return;
        var format = Format(from);
        var random = new Random(82);
        // Around halves and the ends of the type's range.
        var cases = Values.Singles(from).Concat(Enumerable.Range(0, 800).Select(i =>
        {
            var near = i % 2 == 0 ? random.Next(-300, 300) : BigInteger.One << random.Next(Values.Width(to) + 2);
            var number = Exact.Of((near * 8) + random.Next(-9, 10) + (i % 3 == 0 ? 10000 : 0), i % 5 == 0 ? -8 : 8);
            return new[] { format.Encode(number.Over.IsZero ? Exact.Zero(false) : number, (Direction)random.Next(4)) };
        })).ToArray();
        bool minimum = from == PtxType.F64 || to.Bytes() == 8;
        foreach (var direction in Directions)
        {
            ulong Convert(ulong bits)
            {
                var value = format.Decode(bits);
                ulong result = value.Kind switch
                {
                    Kind.NaN => minimum ? 1UL << (Values.Width(to) - 1) : 0,
                    Kind.Infinite => Values.Clamp(to, value.Negative ? -(BigInteger.One << 99) : BigInteger.One << 99),
                    _ => Values.Clamp(to, Round(value, direction)),
                };
                return Extended(to, result, Math.Max(to.Bytes(), 2));
            }

            string rounding = $"{Name(direction)}i";
            Form.Check($"cvt.{rounding}.{Name(to)}.{Name(from)}", to, [from], cases, x => Convert(x[0]));
            if (from != PtxType.BF16)
                Form.Check($"cvt.{rounding}.sat.{Name(to)}.{Name(from)}", to, [from], cases, x => Convert(x[0]));
            if (from == PtxType.F32)
            {
                Form.Check(
                    $"cvt.{rounding}.ftz.{Name(to)}.f32", to, [from], cases, x => Convert(format.Flush(x[0])));
            }
        }
    }

    [Test]
    public void Floats_to_narrower_floats(
        [ValueSource(nameof(Floats))] PtxType from, [ValueSource(nameof(Floats))] PtxType to)
    {
        bool sameSize = from.Bytes() == 2 && to.Bytes() == 2 && from != to;
        if (to.Bytes() >= from.Bytes() && !sameSize)
            return;
        var source = Format(from);
        var format = Format(to);
        var cases = Halfway(source, format).Concat(Values.Singles(from)).ToArray();
        foreach (var direction in Directions)
        {
            string rounding = Name(direction);
            Form.Check(
                $"cvt.{rounding}.{Name(to)}.{Name(from)}", to, [from], cases,
                x => format.Encode(source.Decode(x[0]), direction));
            if (from != PtxType.BF16 && to != PtxType.BF16)
            {
                Form.Check(
                    $"cvt.{rounding}.sat.{Name(to)}.{Name(from)}", to, [from], cases,
                    x => Saturated(format, format.Encode(source.Decode(x[0]), direction)));
            }
            if (to == PtxType.F32)
            {
                Form.Check(
                    $"cvt.{rounding}.ftz.f32.f64", to, [from], cases,
                    x => format.Flush(format.Encode(source.Decode(x[0]), direction)));
            }
            if (from == PtxType.F32)
            {
                Form.Check(
                    $"cvt.{rounding}.ftz.{Name(to)}.f32", to, [from], cases,
                    x => format.Encode(source.Decode(source.Flush(x[0])), direction));
            }
        }
        if (from == PtxType.F32)
        {
            foreach (var direction in new[] { Direction.Rn, Direction.Rz })
                ReluAndSatfinite(to, direction, cases);
        }
    }

    [TestCase(PtxType.F16, PtxType.F32)]
    [TestCase(PtxType.BF16, PtxType.F32)]
    [TestCase(PtxType.F16, PtxType.F64)]
    [TestCase(PtxType.BF16, PtxType.F64)]
    [TestCase(PtxType.F32, PtxType.F64)]
    public void Floats_to_wider_floats(PtxType from, PtxType to)
    {
        var source = Format(from);
        var format = Format(to);
        var cases = Values.Singles(from).ToArray();
        Form.CheckBits($"cvt.{Name(to)}.{Name(from)}", to, [from], cases, x => (
            format.Encode(source.Decode(x[0]), Direction.Rn),
            format == Ieee.F64 && source.IsNaN(x[0]) ? OpenInNaN : 0));
        if (from != PtxType.BF16)
        {
            Form.Check(
                $"cvt.sat.{Name(to)}.{Name(from)}", to, [from], cases,
                x => Saturated(format, format.Encode(source.Decode(x[0]), Direction.Rn)));
        }
        if (to == PtxType.F32)
        {
            Form.Check(
                $"cvt.ftz.f32.{Name(from)}", to, [from], cases,
                x => format.Flush(format.Encode(source.Decode(x[0]), Direction.Rn)));
        }
        if (from == PtxType.F32)
        {
            Form.CheckBits("cvt.ftz.f64.f32", to, [from], cases, x => (
                format.Encode(source.Decode(source.Flush(x[0])), Direction.Rn), source.IsNaN(x[0]) ? OpenInNaN : 0));
        }
    }

    [TestCaseSource(nameof(Floats))]
    public void Floats_to_integers_in_their_own_type(PtxType type)
    {
        var format = Format(type);
        var random = new Random(83);
        var cases = Values.Singles(type).Concat(Enumerable.Range(0, 400).Select(_ =>
            new[] { format.Encode(Exact.Of((2 * random.Next(-200, 200)) + 1, 4), Direction.Rn) })).ToArray();
        foreach (var direction in Directions)
        {
            ulong Convert(ulong bits)
            {
                var value = format.Decode(bits);
                if (value.Kind != Kind.Finite)
                    return format.Encode(value, direction);
                var integer = Round(value, direction);
                // A zero keeps the number's sign.
                return format.Encode(integer.IsZero ? Exact.Zero(value.Negative) : Exact.Of(integer, 1), direction);
            }

            string text = $"cvt.{Name(direction)}i";
            Form.CheckBits($"{text}.{Name(type)}.{Name(type)}", type, [type], cases, x => (
                Convert(x[0]), format == Ieee.F64 && format.IsNaN(x[0]) ? OpenInNaN : 0));
            if (type != PtxType.BF16)
            {
                Form.Check(
                    $"{text}.sat.{Name(type)}.{Name(type)}", type, [type], cases,
                    x => Saturated(format, Convert(x[0])));
            }
            if (type == PtxType.F32)
                Form.Check($"{text}.ftz.f32.f32", type, [type], cases, x => Convert(format.Flush(x[0])));
        }
    }

    [Test]
    public void F32_to_f32_saturates_or_flushes()
    {
        var cases = Values.Singles(PtxType.F32).ToArray();
        PtxType[] from = [PtxType.F32];
        ulong Same(ulong bits) => Ieee.F32.IsNaN(bits) ? Ieee.F32.NaNBits : bits;
        Form.Check("cvt.sat.f32.f32", PtxType.F32, from, cases, x => Saturated(Ieee.F32, x[0]));
        Form.Check("cvt.ftz.f32.f32", PtxType.F32, from, cases, x => Same(Ieee.F32.Flush(x[0])));
        Form.Check("cvt.ftz.sat.f32.f32", PtxType.F32, from, cases, x => Saturated(Ieee.F32, Ieee.F32.Flush(x[0])));
        Form.Check("cvt.f32.f32", PtxType.F32, from, cases, x => Same(x[0]));
    }

    [Test]
    public void F32_to_tf32()
    {
        var cases = Halfway(Ieee.F32, Ieee.TF32).Concat(Values.Singles(PtxType.F32)).ToArray();
        ulong Convert(ulong bits, Direction direction) => Ieee.TF32.Encode(Ieee.F32.Decode(bits), direction) << 13;
        PtxType[] from = [PtxType.F32];
        Form.Check("cvt.rna.tf32.f32", PtxType.B32, from, cases, x => Convert(x[0], Direction.Rna));
        Form.Check("cvt.rn.tf32.f32", PtxType.B32, from, cases, x => Convert(x[0], Direction.Rn));
        Form.Check("cvt.rz.tf32.f32", PtxType.B32, from, cases, x => Convert(x[0], Direction.Rz));
        Form.Check(
            "cvt.rn.relu.tf32.f32", PtxType.B32, from, cases,
            x => Convert(x[0], Direction.Rn) is var bits && bits >> 31 != 0 ? 0 : bits);
    }

    [TestCase(PtxType.F16x2)]
    [TestCase(PtxType.BF16x2)]
    public void Two_f32_to_a_pair(PtxType to)
    {
        var format = Format(to);
        var halfway = Halfway(Ieee.F32, format).Select(x => x[0]).ToArray();
        var cases = halfway.Select((x, i) => new[] { x, halfway[(i * 7) % halfway.Length] })
            .Concat(Values.Pairs(PtxType.F32, PtxType.F32)).ToArray();
        foreach (var direction in new[] { Direction.Rn, Direction.Rz })
        {
            foreach (string modifier in new[] { "", "relu.", "satfinite.", "relu.satfinite." })
            {
                Form.Check(
                    $"cvt.{Name(direction)}.{modifier}{Name(to)}.f32", to, [PtxType.F32, PtxType.F32], cases,
                    x => Narrow(format, x[0], direction, modifier) << 16 | Narrow(format, x[1], direction, modifier));
            }
        }
    }

    private static void ReluAndSatfinite(PtxType to, Direction direction, ulong[][] cases)
    {
        foreach (string modifier in new[] { "relu.", "satfinite.", "relu.satfinite." })
        {
            Form.Check(
                $"cvt.{Name(direction)}.{modifier}{Name(to)}.f32", to, [PtxType.F32], cases,
                x => Narrow(Format(to), x[0], direction, modifier));
        }
    }

    private static ulong Narrow(Ieee format, ulong bits, Direction direction, string modifiers)
    {
        ulong result = format.Encode(Ieee.F32.Decode(bits), direction);
        bool Has(string modifier) => modifiers.Contains(modifier, StringComparison.Ordinal);
        if (Has("satfinite") && (result & ~format.SignBit) == format.InfinityBits)
            result--;
        return Has("relu") && (result & format.SignBit) != 0 ? 0 : result;
    }

    /// <summary>Numbers of a wider format at, under and over the middle of two neighbours of a narrower one.</summary>
    private static IEnumerable<ulong[]> Halfway(Ieee wide, Ieee narrow)
    {
        var random = new Random(84);
        for (int i = 0; i < 1500; i++)
        {
            ulong bits = ((ulong)random.NextInt64() & (narrow.SignBit - 1)) % narrow.InfinityBits;
            if (i % 4 == 0)
                bits &= Values.Ones(narrow.MantissaBits);
            if (i % 50 == 0)
                bits = narrow.InfinityBits - 1;
            var one = narrow.Decode(bits);
            // Past the largest number there is the one that would come next.
            bool last = bits + 1 == narrow.InfinityBits;
            var step = Exact.Add(
                narrow.Decode(last ? bits : bits + 1), narrow.Decode(last ? bits - 1 : bits).Negated(), Direction.Rn);
            var middle = Exact.Add(one, Exact.Multiply(step, Exact.Of(1, 2)), Direction.Rn);
            ulong found = wide.Encode(middle, Direction.Rn);
            ulong sign = random.Next(2) == 0 ? wide.SignBit : 0;
            yield return [(found + (ulong)random.Next(3) - 1) & (wide.SignBit - 1) | sign];
        }
    }
}
