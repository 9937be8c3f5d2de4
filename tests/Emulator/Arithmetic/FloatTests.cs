using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>f32 and f64 arithmetic in every rounding, with .ftz and .sat, against exact fractions.</summary>
public sealed class FloatTests
{
    private static readonly string[] Roundings = ["rn", "rz", "rm", "rp"];

    private static Direction Of(string rounding) => Enum.Parse<Direction>(rounding, ignoreCase: true);

    /// <summary>The whole of an f32 or f64 instruction around the exact operation.</summary>
    private static Func<ulong[], ulong> Rounded(
        Ieee format, Direction direction, bool flush, bool saturate, Func<Exact[], Exact> operation) => bits =>
        {
            if (flush)
                bits = [.. bits.Select(format.Flush)];
            // f64 hands a NaN on, quiet; f32 has one NaN.
            if (format == Ieee.F64 && Array.Find(bits, format.IsNaN) is var nan && format.IsNaN(nan))
                return nan | 1UL << 51;
            ulong result = format.Encode(operation([.. bits.Select(format.Decode)]), direction);
            if (flush)
                result = format.Flush(result);
            return saturate ? Saturated(format, result) : result;
        };

    private static ulong Saturated(Ieee format, ulong bits)
    {
        ulong one = format == Ieee.F32 ? 0x3F800000UL : 0x3FF0000000000000;
        return format.IsNaN(bits) || (bits & format.SignBit) != 0 ? 0 : Math.Min(bits, one);
    }

    private static void Check(
        string opcode, int operands, string rounding, PtxType type, bool saturates,
        Func<Exact[], Direction, Exact> operation)
    {
        var format = type == PtxType.F32 ? Ieee.F32 : Ieee.F64;
        var direction = rounding.Length == 0 ? Direction.Rn : Of(rounding);
        var types = Enumerable.Repeat(type, operands).ToArray();
        var cases = operands switch
        {
            1 => Values.Singles(type),
            2 => Values.Pairs(type, type),
            _ => Values.Triples(type, type, type),
        };
        var once = cases.ToArray();
        string[] modifiers = type == PtxType.F64 ? [""] : saturates ? ["", "ftz.", "sat.", "ftz.sat."] : ["", "ftz."];
        foreach (string modifier in modifiers)
        {
            string head = rounding.Length == 0 ? opcode : $"{opcode}.{rounding}";
            bool flush = modifier.Contains("ftz", StringComparison.Ordinal);
            bool saturate = modifier.Contains("sat", StringComparison.Ordinal);
            Form.Check(
                $"{head}.{modifier}{type.ToString().ToLowerInvariant()}", type, types, once,
                Rounded(format, direction, flush, saturate, x => operation(x, direction)));
        }
    }

    [Test]
    public void Sums(
        [Values("", "rn", "rz", "rm", "rp")] string rounding, [Values(PtxType.F32, PtxType.F64)] PtxType type)
    {
        Check("add", 2, rounding, type, true, (x, direction) => Exact.Add(x[0], x[1], direction));
        Check("sub", 2, rounding, type, true, (x, direction) => Exact.Add(x[0], x[1].Negated(), direction));
    }

    [Test]
    public void Products(
        [Values("", "rn", "rz", "rm", "rp")] string rounding, [Values(PtxType.F32, PtxType.F64)] PtxType type) =>
        Check("mul", 2, rounding, type, true, (x, _) => Exact.Multiply(x[0], x[1]));

    [Test]
    public void Fused_products_and_sums(
        [ValueSource(nameof(Roundings))] string rounding, [Values(PtxType.F32, PtxType.F64)] PtxType type)
    {
        foreach (string opcode in new[] { "fma", "mad" })
        {
            Check(
                opcode, 3, rounding, type, true,
                (x, direction) => Exact.Add(Exact.Multiply(x[0], x[1]), x[2], direction));
        }
    }

    [Test]
    public void A_fused_sum_that_cancels_keeps_what_the_product_alone_would_lose(
        [ValueSource(nameof(Roundings))] string rounding, [Values(PtxType.F32, PtxType.F64)] PtxType type)
    {
        var format = type == PtxType.F32 ? Ieee.F32 : Ieee.F64;
        var random = new Random(51);
        var cases = Enumerable.Range(0, 500).Select(_ =>
        {
            ulong a = Values.Draw(type, random), b = Values.Draw(type, random);
            // c is the product rounded, negated, and at times one bit off.
            ulong c = format.Encode(Exact.Multiply(format.Decode(a), format.Decode(b)), Direction.Rn) ^ format.SignBit;
            return new[] { a, b, c + (ulong)random.Next(2) };
        });
        var direction = Of(rounding);
        Form.Check(
            $"fma.{rounding}.{type.ToString().ToLowerInvariant()}", type, [type, type, type], cases,
            Rounded(format, direction, false, false, x => Exact.Add(Exact.Multiply(x[0], x[1]), x[2], direction)));
    }

    [Test]
    public void Quotients(
        [ValueSource(nameof(Roundings))] string rounding, [Values(PtxType.F32, PtxType.F64)] PtxType type)
    {
        Check("div", 2, rounding, type, false, (x, _) => Exact.Divide(x[0], x[1]));
        Check("rcp", 1, rounding, type, false, (x, _) => Exact.Divide(Exact.Of(1, 1), x[0]));
    }

    [Test]
    public void Square_roots(
        [ValueSource(nameof(Roundings))] string rounding, [Values(PtxType.F32, PtxType.F64)] PtxType type) =>
        Check("sqrt", 1, rounding, type, false, (x, _) => Exact.Root(x[0]));

    [Test]
    public void Min_and_max([Values(PtxType.F32, PtxType.F64)] PtxType type, [Values] bool maximum)
    {
        var format = type == PtxType.F32 ? Ieee.F32 : Ieee.F64;
        string opcode = maximum ? "max" : "min";
        string name = type.ToString().ToLowerInvariant();
        string[] modifiers = type == PtxType.F64
            ? [""]
            : ["", "ftz.", "NaN.", "ftz.NaN.", "xorsign.abs.", "ftz.NaN.xorsign.abs."];
        foreach (string modifier in modifiers)
        {
            Form.Check(
                $"{opcode}.{modifier}{name}", type, [type, type], Values.Pairs(type, type),
                Extreme.Of(format, maximum, modifier));
        }
    }

    [Test]
    public void Neg_and_abs_change_the_sign_alone([Values(PtxType.F32, PtxType.F64)] PtxType type)
    {
        var format = type == PtxType.F32 ? Ieee.F32 : Ieee.F64;
        string name = type.ToString().ToLowerInvariant();
        var cases = Values.Singles(type).ToArray();
        Form.Check($"neg.{name}", type, [type], cases, x => x[0] ^ format.SignBit);
        Form.Check($"abs.{name}", type, [type], cases, x => x[0] & ~format.SignBit);
        if (type == PtxType.F32)
        {
            Form.Check("neg.ftz.f32", type, [type], cases, x => format.Flush(x[0]) ^ format.SignBit);
            Form.Check("abs.ftz.f32", type, [type], cases, x => format.Flush(x[0]) & ~format.SignBit);
        }
        Form.Check(
            $"copysign.{name}", type, [type, type], Values.Pairs(type, type),
            x => (x[0] & format.SignBit) | (x[1] & ~format.SignBit));
    }
}

/// <summary>min and max of floats, by their bits.</summary>
internal static class Extreme
{
    /// <summary>What an instruction gives, by its modifiers.</summary>
    public static Func<ulong[], ulong> Of(Ieee format, bool maximum, string modifiers)
    {
        bool Has(string modifier) => modifiers.Contains(modifier, StringComparison.Ordinal);
        return bits =>
        {
            ulong a = Has("ftz") ? format.Flush(bits[0]) : bits[0];
            ulong b = Has("ftz") ? format.Flush(bits[1]) : bits[1];
            ulong sign = (a ^ b) & format.SignBit;
            if (Has("xorsign"))
                (a, b) = (a & ~format.SignBit, b & ~format.SignBit);
            if (format.IsNaN(a) || format.IsNaN(b))
            {
                if (Has("NaN") || (format.IsNaN(a) && format.IsNaN(b)))
                    return format == Ieee.F64 ? a | 1UL << 51 : format.NaNBits;
                a = format.IsNaN(a) ? b : a;
                b = a;
            }
            // Bits of one sign are in order; -0 is the bits under +0.
            long Order(ulong x) => (x & format.SignBit) != 0 ? -(long)(x & ~format.SignBit) - 1 : (long)x;
            ulong result = Order(a) < Order(b) == maximum ? b : a;
            return Has("xorsign") ? result | sign : result;
        };
    }
}
