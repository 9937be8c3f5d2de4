using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>
/// The approximate functions: special values by the manual's tables, all others within the error that it allows,
/// against the same function in double.
/// </summary>
public sealed class ApproximationTests
{
    private static ulong Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    private static float Single(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    private static readonly Dictionary<string, (Func<double, double> Function, double Units)> Functions = new()
    {
        // Errors in units of the last place, or less than those where the manual gives them otherwise.
        ["rcp"] = (x => 1 / x, 1),
        ["sqrt"] = (Math.Sqrt, 1),
        ["rsqrt"] = (x => 1 / Math.Sqrt(x), 2),
        ["ex2"] = (x => Math.Pow(2, x), 2),
        ["lg2"] = (Math.Log2, 1),
        ["sin"] = (Math.Sin, 1),
        ["cos"] = (Math.Cos, 1),
        ["tanh"] = (Math.Tanh, 1),
    };

    [Test]
    public void Within_the_error_that_the_manual_allows(
        [Values("rcp", "sqrt", "rsqrt", "ex2", "lg2", "sin", "cos", "tanh")] string opcode, [Values] bool flush)
    {
        if (flush && opcode == "tanh")
            return;
        var (function, units) = Functions[opcode];
        var random = new Random(71);
        var cases = Values.Singles(PtxType.F32, 2000)
            .Concat(Enumerable.Range(0, 2000).Select(_ => new[] { Bits(((float)random.NextDouble() * 300) - 150) }));
        Form.CheckWith(
            $"{opcode}.approx.{(flush ? "ftz." : "")}f32", PtxType.F32, [PtxType.F32], cases, (x, actual) =>
            {
                ulong operand = flush ? Ieee.F32.Flush(x[0]) : x[0];
                return Approximations.Problem(Ieee.F32, actual, function(Single(operand)), units, flush);
            });
    }

    // The manual's tables, row by row.
    [TestCase("rcp.approx.f32", float.NegativeInfinity, -0f)]
    [TestCase("rcp.approx.f32", -0f, float.NegativeInfinity)]
    [TestCase("rcp.approx.f32", 0f, float.PositiveInfinity)]
    [TestCase("rcp.approx.f32", float.PositiveInfinity, 0f)]
    [TestCase("rcp.approx.ftz.f32", -float.Epsilon, float.NegativeInfinity)]
    [TestCase("rcp.approx.ftz.f32", float.Epsilon, float.PositiveInfinity)]
    [TestCase("sqrt.approx.f32", float.NegativeInfinity, float.NaN)]
    [TestCase("sqrt.approx.f32", -1f, float.NaN)]
    [TestCase("sqrt.approx.f32", -0f, -0f)]
    [TestCase("sqrt.approx.f32", 0f, 0f)]
    [TestCase("sqrt.approx.f32", float.PositiveInfinity, float.PositiveInfinity)]
    [TestCase("sqrt.approx.ftz.f32", -float.Epsilon, -0f)]
    [TestCase("rsqrt.approx.f32", float.NegativeInfinity, float.NaN)]
    [TestCase("rsqrt.approx.f32", -1f, float.NaN)]
    [TestCase("rsqrt.approx.f32", -0f, float.NegativeInfinity)]
    [TestCase("rsqrt.approx.f32", 0f, float.PositiveInfinity)]
    [TestCase("rsqrt.approx.f32", float.PositiveInfinity, 0f)]
    [TestCase("rsqrt.approx.ftz.f32", -float.Epsilon, float.NegativeInfinity)]
    [TestCase("rsqrt.approx.ftz.f32", float.Epsilon, float.PositiveInfinity)]
    [TestCase("sin.approx.f32", float.NegativeInfinity, float.NaN)]
    [TestCase("sin.approx.f32", -0f, -0f)]
    [TestCase("sin.approx.f32", 0f, 0f)]
    [TestCase("sin.approx.f32", float.PositiveInfinity, float.NaN)]
    [TestCase("sin.approx.ftz.f32", -float.Epsilon, -0f)]
    [TestCase("sin.approx.ftz.f32", float.Epsilon, 0f)]
    [TestCase("cos.approx.f32", float.NegativeInfinity, float.NaN)]
    [TestCase("cos.approx.f32", -0f, 1f)]
    [TestCase("cos.approx.ftz.f32", float.Epsilon, 1f)]
    [TestCase("cos.approx.f32", float.PositiveInfinity, float.NaN)]
    [TestCase("lg2.approx.f32", float.NegativeInfinity, float.NaN)]
    [TestCase("lg2.approx.f32", -1f, float.NaN)]
    [TestCase("lg2.approx.f32", -0f, float.NegativeInfinity)]
    [TestCase("lg2.approx.f32", 0f, float.NegativeInfinity)]
    [TestCase("lg2.approx.f32", 1f, 0f)]
    [TestCase("lg2.approx.f32", float.PositiveInfinity, float.PositiveInfinity)]
    [TestCase("lg2.approx.ftz.f32", float.Epsilon, float.NegativeInfinity)]
    [TestCase("lg2.approx.ftz.f32", -float.Epsilon, float.NegativeInfinity)]
    [TestCase("ex2.approx.f32", float.NegativeInfinity, 0f)]
    [TestCase("ex2.approx.f32", -0f, 1f)]
    [TestCase("ex2.approx.f32", 0f, 1f)]
    [TestCase("ex2.approx.f32", -149f, float.Epsilon)]
    [TestCase("ex2.approx.ftz.f32", -149f, 0f)]
    [TestCase("ex2.approx.ftz.f32", float.Epsilon, 1f)]
    [TestCase("ex2.approx.f32", float.PositiveInfinity, float.PositiveInfinity)]
    [TestCase("tanh.approx.f32", float.NegativeInfinity, -1f)]
    [TestCase("tanh.approx.f32", -0f, -0f)]
    [TestCase("tanh.approx.f32", 0f, 0f)]
    [TestCase("tanh.approx.f32", float.PositiveInfinity, 1f)]
    public void Special_values(string text, float operand, float expected)
    {
        ulong right = float.IsNaN(expected) ? Ieee.F32.NaNBits : Bits(expected);
        Form.Check(text, PtxType.F32, [PtxType.F32], Enumerable.Repeat(new[] { Bits(operand) }, 32), _ => right);
        var nans = Enumerable.Repeat(new[] { 0xFFC12345UL }, 32);
        Form.Check(text, PtxType.F32, [PtxType.F32], nans, _ => Ieee.F32.NaNBits);
    }

    [Test]
    public void Div_full_and_approx([Values] bool full, [Values] bool flush)
    {
        Form.CheckWith(
            $"div.{(full ? "full" : "approx")}.{(flush ? "ftz." : "")}f32", PtxType.F32, [PtxType.F32, PtxType.F32],
            Values.Pairs(PtxType.F32, PtxType.F32, 3000), (x, actual) =>
            {
                ulong a = flush ? Ieee.F32.Flush(x[0]) : x[0];
                ulong b = flush ? Ieee.F32.Flush(x[1]) : x[1];
                float divisor = Single(b);
                // Over 2^126 the approximate reciprocal is 0.
                bool vanishes = !full && Math.Abs(divisor) > Math.Pow(2, 126) && float.IsFinite(divisor);
                double exact = vanishes
                    ? Single(a) * Math.CopySign(0.0, divisor)
                    : (double)Single(a) / divisor;
                return Approximations.Problem(Ieee.F32, actual, exact, 2, flush);
            });
    }

    [Test]
    public void Gross_reciprocals_of_f64([Values("rcp", "rsqrt")] string opcode)
    {
        var cases = Values.Singles(PtxType.F64, 2000);
        Form.CheckWith($"{opcode}.approx.ftz.f64", PtxType.F64, [PtxType.F64], cases, (x, actual) =>
        {
            if ((actual & uint.MaxValue) != 0)
                return "32 zeros at the end";
            double value = BitConverter.UInt64BitsToDouble(Ieee.F64.Flush(x[0]));
            double exact = opcode == "rcp" ? 1 / value : 1 / Math.Sqrt(value);
            double result = BitConverter.UInt64BitsToDouble(actual);
            if (double.IsNaN(exact))
                return double.IsNaN(result) ? null : "NaN";
            if (double.IsInfinity(exact) || exact == 0 || double.IsSubnormal(exact))
            {
                double special = double.IsSubnormal(exact) ? Math.CopySign(0, exact) : exact;
                return BitConverter.DoubleToUInt64Bits(special) == actual ? null : $"{special}";
            }
            // The input and the result each lose 32 bits of 52.
            return Math.Abs(result - exact) <= Math.Abs(exact) * Math.Pow(2, -19) ? null : $"{exact}, not {result}";
        });
    }

    [Test]
    public void Rsqrt_of_f64() => Form.CheckWith(
        "rsqrt.approx.f64", PtxType.F64, [PtxType.F64], Values.Singles(PtxType.F64, 2000), (x, actual) =>
        {
            double value = BitConverter.UInt64BitsToDouble(x[0]);
            double result = BitConverter.UInt64BitsToDouble(actual);
            if (double.IsNaN(value) || value < 0)
                return double.IsNaN(result) ? null : "NaN";
            if (value == 0)
                return result == 1 / value ? null : "infinity";
            if (double.IsInfinity(value))
                return actual == 0 ? null : "0";
            var square = Exact.Multiply(Ieee.F64.Decode(actual), Ieee.F64.Decode(actual));
            double one = BitConverter.UInt64BitsToDouble(
                Ieee.F64.Encode(Exact.Multiply(square, Ieee.F64.Decode(x[0])), Direction.Rn));
            return Math.Abs(one - 1) < 1e-15 ? null : $"1/sqrt: its square times the number is {one}";
        });
}

/// <summary>Compares a result with an exact one in units of its last place.</summary>
internal static class Approximations
{
    /// <summary>The number that bits of at most 32 stand for.</summary>
    public static double ToDouble(Ieee format, ulong bits) =>
        BitConverter.UInt64BitsToDouble(Ieee.F64.Encode(format.Decode(bits), Direction.Rn));

    /// <summary>What is wrong with a result, or null.</summary>
    public static string? Problem(Ieee format, ulong actual, double exact, double units, bool flush)
    {
        if (double.IsNaN(exact))
            return actual == format.NaNBits ? null : "the canonical NaN";
        if (format.IsNaN(actual) || (flush && format.IsSubnormal(actual)))
            return $"{exact}";
        double result = ToDouble(format, actual);
        if (double.IsInfinity(exact) || exact == 0)
            return BitConverter.DoubleToInt64Bits(result) == BitConverter.DoubleToInt64Bits(exact) ? null : $"{exact}";
        double most = ToDouble(format, format.InfinityBits - 1);
        if (double.IsInfinity(result))
            return Math.Abs(exact) >= most && result > 0 == exact > 0 ? null : $"{exact}";
        double unit = Math.ScaleB(1, format.UnitOf(exact));
        double least = ToDouble(format, 1UL << format.MantissaBits);
        double allowed = flush && Math.Abs(exact) < least ? least : unit * units;
        bool near = Math.Abs(result - exact) <= allowed && (result == 0 || result > 0 == exact > 0);
        return near ? null : $"{exact}, not {result}";
    }
}
