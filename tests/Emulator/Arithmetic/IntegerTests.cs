using System.Numerics;
using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>Integer arithmetic against BigInteger.</summary>
public sealed class IntegerTests
{
    private static readonly PtxType[] All =
        [PtxType.U16, PtxType.S16, PtxType.U32, PtxType.S32, PtxType.U64, PtxType.S64];

    private static readonly PtxType[] Signed = [PtxType.S16, PtxType.S32, PtxType.S64];

    private static readonly PtxType[] Narrow = [PtxType.U16, PtxType.S16, PtxType.U32, PtxType.S32];

    private static string Name(PtxType type) => type.ToString().ToLowerInvariant();

    private static PtxType Twice(PtxType type) => type switch
    {
        PtxType.U16 => PtxType.U32,
        PtxType.S16 => PtxType.S32,
        PtxType.U32 => PtxType.U64,
        _ => PtxType.S64,
    };

    private static void Binary(string opcode, PtxType type, Func<BigInteger, BigInteger, BigInteger> exact) =>
        Form.Check(
            $"{opcode}.{Name(type)}", type, [type, type], Values.Pairs(type, type),
            x => Values.Wrap(type, exact(Values.Number(type, x[0]), Values.Number(type, x[1]))));

    private static void Ternary(
        string opcode, PtxType type, Func<BigInteger, BigInteger, BigInteger, BigInteger> exact) =>
        Form.Check(
            $"{opcode}.{Name(type)}", type, [type, type, type], Values.Triples(type, type, type),
            x => Values.Wrap(
                type, exact(Values.Number(type, x[0]), Values.Number(type, x[1]), Values.Number(type, x[2]))));

    [TestCaseSource(nameof(All))]
    public void Sums_and_products_wrap_around(PtxType type)
    {
        int width = Values.Width(type);
        Binary("add", type, (a, b) => a + b);
        Binary("sub", type, (a, b) => a - b);
        Binary("mul.lo", type, (a, b) => a * b);
        Binary("mul.hi", type, (a, b) => (a * b) >> width);
        Ternary("mad.lo", type, (a, b, c) => (a * b) + c);
        Ternary("mad.hi", type, (a, b, c) => ((a * b) >> width) + c);
        Ternary("sad", type, (a, b, c) => c + BigInteger.Abs(a - b));
    }

    [TestCaseSource(nameof(Narrow))]
    public void Wide_products_are_whole(PtxType type)
    {
        var wide = Twice(type);
        Form.Check(
            $"mul.wide.{Name(type)}", wide, [type, type], Values.Pairs(type, type),
            x => Values.Wrap(wide, Values.Number(type, x[0]) * Values.Number(type, x[1])));
        Form.Check(
            $"mad.wide.{Name(type)}", wide, [type, type, wide], Values.Triples(type, type, wide),
            x => Values.Wrap(
                wide, (Values.Number(type, x[0]) * Values.Number(type, x[1])) + Values.Number(wide, x[2])));
    }

    [TestCaseSource(nameof(All))]
    public void Division_is_towards_zero_and_by_zero_gives_all_ones(PtxType type)
    {
        Binary("div", type, (a, b) => b.IsZero ? -1 : BigInteger.Divide(a, b));
        Binary("rem", type, (a, b) => b.IsZero ? -1 : BigInteger.Remainder(a, b));
    }

    [TestCaseSource(nameof(All))]
    public void Min_and_max(PtxType type)
    {
        Binary("min", type, BigInteger.Min);
        Binary("max", type, BigInteger.Max);
    }

    [Test]
    public void Min_and_max_with_relu()
    {
        Binary("min.relu", PtxType.S32, (a, b) => BigInteger.Max(BigInteger.Min(a, b), 0));
        Binary("max.relu", PtxType.S32, (a, b) => BigInteger.Max(BigInteger.Max(a, b), 0));
    }

    [TestCaseSource(nameof(Signed))]
    public void Abs_and_neg_of_the_least_are_the_least(PtxType type)
    {
        Form.Check(
            $"abs.{Name(type)}", type, [type], Values.Singles(type),
            x => Values.Wrap(type, BigInteger.Abs(Values.Number(type, x[0]))));
        Form.Check(
            $"neg.{Name(type)}", type, [type], Values.Singles(type),
            x => Values.Wrap(type, -Values.Number(type, x[0])));
    }

    [Test]
    public void Saturation_clamps()
    {
        const PtxType Type = PtxType.S32;
        Form.Check(
            "add.sat.s32", Type, [Type, Type], Values.Pairs(Type, Type),
            x => Values.Clamp(Type, Values.Number(Type, x[0]) + Values.Number(Type, x[1])));
        Form.Check(
            "sub.sat.s32", Type, [Type, Type], Values.Pairs(Type, Type),
            x => Values.Clamp(Type, Values.Number(Type, x[0]) - Values.Number(Type, x[1])));
        Form.Check(
            "mad.hi.sat.s32", Type, [Type, Type, Type], Values.Triples(Type, Type, Type),
            x => Values.Clamp(
                Type, ((Values.Number(Type, x[0]) * Values.Number(Type, x[1])) >> 32) + Values.Number(Type, x[2])));
    }

    [TestCase(PtxType.U32)]
    [TestCase(PtxType.S32)]
    public void Products_of_24_bits(PtxType type)
    {
        BigInteger Low24(ulong bits)
        {
            BigInteger value = bits & 0xFFFFFF;
            return type == PtxType.S32 && value >= 1 << 23 ? value - (1 << 24) : value;
        }

        BigInteger Product(ulong[] x) => Low24(x[0]) * Low24(x[1]);
        string name = Name(type);
        var pairs = Values.Pairs(type, type).ToArray();
        Form.Check($"mul24.lo.{name}", type, [type, type], pairs, x => Values.Wrap(type, Product(x)));
        Form.Check($"mul24.hi.{name}", type, [type, type], pairs, x => Values.Wrap(type, Product(x) >> 16));
        Form.Check(
            $"mad24.lo.{name}", type, [type, type, type], Values.Triples(type, type, type),
            x => Values.Wrap(type, Product(x) + Values.Number(type, x[2])));
        Form.Check(
            $"mad24.hi.{name}", type, [type, type, type], Values.Triples(type, type, type),
            x => Values.Wrap(type, (Product(x) >> 16) + Values.Number(type, x[2])));
        if (type == PtxType.S32)
        {
            Form.Check(
                "mad24.hi.sat.s32", type, [type, type, type], Values.Triples(type, type, type),
                x => Values.Clamp(
                    type, Values.Number(type, Values.Wrap(type, Product(x) >> 16)) + Values.Number(type, x[2])));
        }
    }

    [TestCase("u16x2", PtxType.U16)]
    [TestCase("s16x2", PtxType.S16)]
    public void Pairs_of_16_bits(string pair, PtxType half)
    {
        void Check(string opcode, Func<BigInteger, BigInteger, BigInteger> exact) => Form.Check(
            $"{opcode}.{pair}", PtxType.B32, [PtxType.B32, PtxType.B32], Values.Pairs(PtxType.B32, PtxType.B32),
            x => Values.Wrap(half, exact(Values.Number(half, x[0]), Values.Number(half, x[1])))
                | Values.Wrap(half, exact(Values.Number(half, x[0] >> 16), Values.Number(half, x[1] >> 16))) << 16);

        Check("add", (a, b) => a + b);
        Check("min", BigInteger.Min);
        Check("max", BigInteger.Max);
        if (half == PtxType.S16)
        {
            Check("min.relu", (a, b) => BigInteger.Max(BigInteger.Min(a, b), 0));
            Check("max.relu", (a, b) => BigInteger.Max(BigInteger.Max(a, b), 0));
        }
    }

    [Test]
    public void A_number_is_an_operand_like_any_other()
    {
        Form.Check(
            "add.s32 %d, %a, -5", PtxType.S32, [PtxType.S32], Values.Singles(PtxType.S32), x => (uint)(x[0] - 5));
        Form.Check(
            "mul.wide.s32 %d, -4, %a", PtxType.S64, [PtxType.S32], Values.Singles(PtxType.S32),
            x => Values.Wrap(PtxType.S64, Values.Number(PtxType.S32, x[0]) * -4));
    }
}
