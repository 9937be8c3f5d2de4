using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>f16, bf16 and pairs of them, against exact fractions.</summary>
public sealed class HalfTests
{
    private static readonly PtxType[] Types = [PtxType.F16, PtxType.F16x2, PtxType.BF16, PtxType.BF16x2];

    private static Ieee Format(PtxType type) => type is PtxType.F16 or PtxType.F16x2 ? Ieee.F16 : Ieee.BF16;

    /// <summary>A function of 16 bits, on one number or on both of a pair.</summary>
    private static Func<ulong[], ulong> OfEach(PtxType type, Func<ulong[], ulong> half) => type.Bytes() == 2
        ? half
        : x => half([.. x.Select(y => y & 0xFFFF)]) | half([.. x.Select(y => y >> 16)]) << 16;

    private static void Check(
        string opcode, int operands, PtxType type, string[] modifiers, Func<Exact[], Exact> operation)
    {
        var format = Format(type);
        var types = Enumerable.Repeat(type, operands).ToArray();
        var cases = (operands == 2 ? Values.Pairs(type, type) : Values.Triples(type, type, type)).ToArray();
        foreach (string modifier in modifiers)
        {
            bool Has(string word) => modifier.Contains(word, StringComparison.Ordinal);
            ulong Half(ulong[] bits)
            {
                if (Has("ftz"))
                    bits = [.. bits.Select(format.Flush)];
                ulong result = format.Encode(operation([.. bits.Select(format.Decode)]), Direction.Rn);
                if (Has("ftz"))
                    result = format.Flush(result);
                if (Has("relu") && (result & format.SignBit) != 0)
                    return 0;
                if (Has("sat"))
                    return format.IsNaN(result) || (result & format.SignBit) != 0 ? 0 : Math.Min(result, 0x3C00);
                return result;
            }

            string text = $"{opcode}.{modifier}{type.ToString().ToLowerInvariant()}";
            Form.Check(text, type, types, cases, OfEach(type, Half));
        }
    }

    [TestCaseSource(nameof(Types))]
    public void Sums_and_products(PtxType type)
    {
        string[] modifiers = Format(type) == Ieee.F16 ? ["", "rn.", "ftz.", "sat.", "rn.ftz.sat."] : ["", "rn."];
        Check("add", 2, type, modifiers, x => Exact.Add(x[0], x[1], Direction.Rn));
        Check("sub", 2, type, modifiers, x => Exact.Add(x[0], x[1].Negated(), Direction.Rn));
        Check("mul", 2, type, modifiers, x => Exact.Multiply(x[0], x[1]));
    }

    [TestCaseSource(nameof(Types))]
    public void Fused_products_and_sums(PtxType type) => Check(
        "fma.rn", 3, type, Format(type) == Ieee.F16 ? ["", "ftz.", "sat.", "relu.", "ftz.relu."] : ["", "relu."],
        x => Exact.Add(Exact.Multiply(x[0], x[1]), x[2], Direction.Rn));

    [TestCaseSource(nameof(Types))]
    public void Min_and_max(PtxType type)
    {
        string[] modifiers = ["", "NaN.", "xorsign.abs.", "NaN.xorsign.abs."];
        if (Format(type) == Ieee.F16)
            modifiers = [.. modifiers, "ftz.", "ftz.NaN."];
        foreach (string modifier in modifiers)
        {
            foreach (bool maximum in new[] { false, true })
            {
                Form.Check(
                    $"{(maximum ? "max" : "min")}.{modifier}{type.ToString().ToLowerInvariant()}", type, [type, type],
                    Values.Pairs(type, type), OfEach(type, Extreme.Of(Format(type), maximum, modifier)));
            }
        }
    }

    [TestCaseSource(nameof(Types))]
    public void Neg_and_abs_change_the_sign_alone(PtxType type)
    {
        string name = type.ToString().ToLowerInvariant();
        var cases = Values.Singles(type).ToArray();
        Form.Check($"neg.{name}", type, [type], cases, OfEach(type, x => x[0] ^ 0x8000));
        Form.Check($"abs.{name}", type, [type], cases, OfEach(type, x => x[0] & 0x7FFF));
        if (Format(type) == Ieee.F16)
        {
            Form.Check($"neg.ftz.{name}", type, [type], cases, OfEach(type, x => Ieee.F16.Flush(x[0]) ^ 0x8000));
            Form.Check($"abs.ftz.{name}", type, [type], cases, OfEach(type, x => Ieee.F16.Flush(x[0]) & 0x7FFF));
        }
    }

    [TestCaseSource(nameof(Types))]
    public void Ex2_and_tanh_are_the_nearest_to_a_unit(PtxType type)
    {
        var format = Format(type);
        bool brain = format == Ieee.BF16;
        string name = type.ToString().ToLowerInvariant();
        var cases = Values.Singles(type).ToArray();
        string flushed = brain ? "ftz." : "";
        Form.CheckWith($"ex2.approx.{flushed}{name}", type, [type], cases, EachNear(x => Math.Pow(2, x)));
        Form.CheckWith($"tanh.approx.{name}", type, [type], cases, EachNear(Math.Tanh));

        Func<ulong[], ulong, string?> EachNear(Func<double, double> function) => (x, actual) =>
        {
            bool flush = brain && function(1) == 2;
            for (int half = 0; half < type.Bytes() * 8; half += 16)
            {
                ulong operand = x[0] >> half & 0xFFFF;
                double value = function(Approximations.ToDouble(format, flush ? format.Flush(operand) : operand));
                if (Approximations.Problem(format, actual >> half & 0xFFFF, value, 1, flush) is { } problem)
                    return problem;
            }
            return null;
        };
    }
}
