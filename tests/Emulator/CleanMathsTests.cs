using System.Numerics;
using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using static ZfNet.Tests.Emulator.CorpusData;

namespace ZfNet.Tests.Emulator;

/// <summary>
/// The corpus's arithmetic against .NET's: exactly where CUDA promises it, else within the errors that the CUDA C
/// programming guide gives for its functions (chapter "Mathematical Functions"), in units in the last place.
/// </summary>
[TestFixture]
public sealed class CleanMathsTests
{
    [Test]
    public void Functions_in_double_precision([Values(33, 200)] int n)
    {
        double[] x = [.. Values.Random(n, n - 2, -9, 9).Select(value => value / 1.1), 1e9, -12345678.9];
        using var run = new CorpusRun("maths");
        var y = run.Empty<double>(10 * n);
        run.Launch("double_functions", Blocks(n, 64), 64, run.Upload(x), y, n);
        var actual = run.Download<double>(y, 10 * n);
        for (var i = 0; i < n; i++)
        {
            var (v, p) = (x[i], Math.Abs(x[i]) + 0.5);
            // .NET's own may be off by one too.
            (double Value, int Units)[] expected =
            [
                (Math.Exp(v), 2), (Math.Log(p), 2), (Math.Sin(v), 3), (Math.Cos(v), 3), (Math.Pow(p, v / 3), 3),
                (Math.Sqrt(p), 0), (1 / v, 0),
                (Math.Tanh(v), 3), (Math.FusedMultiplyAdd(v, v, -p), 0),
            ];
            for (var j = 0; j < expected.Length; j++)
                AssertUnits(actual[10 * i + j], expected[j].Value, expected[j].Units, $"function {j} of {v:R}");
            var parts = Math.Floor(v * 7) / 3 - Math.Round(v * 5, MidpointRounding.ToEven);
            Assert.That(
                actual[10 * i + 9], Is.EqualTo(Math.FusedMultiplyAdd(Math.Truncate(v), Math.Ceiling(v), parts)),
                $"roundings of {v:R}");
        }
        run.AssertClean();
    }

    [Test]
    public void Functions_in_single_precision([Values(33, 200)] int n)
    {
        float[] x = [.. Values.Random(n, n - 2, -9, 9).Select(value => (float)value), 1e7f, -234567.9f];
        using var run = new CorpusRun("maths");
        var y = run.Empty<float>(10 * n);
        run.Launch("float_functions", Blocks(n, 64), 64, run.Upload(x), y, n);
        var actual = run.Download<float>(y, 10 * n);
        for (var i = 0; i < n; i++)
        {
            var v = x[i];
            var p = Math.Abs(v) + 0.5f;
            (double Value, double Units)[] expected =
            [
                (Math.Exp(v), 2), (Math.Log(p), 1), (Math.Sin(v), 2), (Math.Cos(v), 2), (Math.Pow(p, v / 3), 4),
                (MathF.Sqrt(p), 0), (1 / v, 0),
                (Math.Tanh(v), 2), (1 / Math.Sqrt(p), 2),
            ];
            for (var j = 0; j < expected.Length; j++)
                AssertUnits(actual[10 * i + j], expected[j].Value, expected[j].Units, $"function {j} of {v:R}");
            var parts = MathF.Floor(v * 7) / 3 - MathF.Round(v * 5, MidpointRounding.ToEven);
            Assert.That(
                actual[10 * i + 9], Is.EqualTo(MathF.FusedMultiplyAdd(MathF.Truncate(v), MathF.Ceiling(v), parts)),
                $"roundings of {v:R}");
        }
        run.AssertClean();
    }

    [Test]
    public void Fast_functions([Values(33, 200)] int n)
    {
        var x = Values.Random(n, n, -3, 3).Select(value => (float)value).ToArray();
        using var run = new CorpusRun("maths");
        var y = run.Empty<float>(7 * n);
        run.Launch("fast_functions", Blocks(n, 64), 64, run.Upload(x), y, n);
        var actual = run.Download<float>(y, 7 * n);
        for (var i = 0; i < n; i++)
        {
            var v = x[i];
            var p = Math.Abs(v) + 0.5f;
            AssertUnits(actual[7 * i], Math.Exp(v), 2 + Math.Floor(Math.Abs(1.173 * v)), $"__expf({v:R})");
            if (p > 2)
                AssertUnits(actual[7 * i + 1], Math.Log(p), 3, $"__logf({p:R})");
            else
                Assert.That(actual[7 * i + 1], Is.EqualTo(Math.Log(p)).Within(Math.Pow(2, -21.41)), $"__logf({p:R})");
            Assert.That(actual[7 * i + 2], Is.EqualTo(Math.Sin(v)).Within(Math.Pow(2, -21.41)), $"__sinf({v:R})");
            Assert.That(actual[7 * i + 3], Is.EqualTo(Math.Cos(v)).Within(Math.Pow(2, -21.19)), $"__cosf({v:R})");
            AssertUnits(actual[7 * i + 4], v / (double)p, 2, $"__fdividef({v:R}, {p:R})");
            Assert.That(actual[7 * i + 5], Is.EqualTo(Math.Clamp(v, 0, 1)), $"__saturatef({v:R})");
            // exp2f(v log2f(p)): 2^-22 of the logarithm times v, and a half unit of the product (below 8) in the
            // exponent.
            var bound = Math.Log(2) * (Math.Abs(v) * Math.Pow(2, -22) + Math.Pow(2, -22)) + Math.Pow(2, -22);
            Assert.That(actual[7 * i + 6] / Math.Pow(p, v), Is.EqualTo(1).Within(bound), $"__powf({p:R}, {v:R})");
        }
        run.AssertClean();
    }

    [Test]
    public void The_four_roundings()
    {
        double[] pairs = [.. Values.Random(3, 400, -1e3, 1e3)];
        // Magnitudes that differ, so that every rounding has something to cut.
        float[] a = [.. pairs.Take(200).Select(value => (float)value)],
            b = [.. pairs.Skip(200).Select((value, i) => (float)(value * Math.Pow(3, i % 13 - 6)))];
        using var run = new CorpusRun("maths");
        var y = run.Empty<float>(12 * 200);
        run.Launch("roundings", 7, 32, run.Upload(a), run.Upload(b), y, 200);
        var actual = run.Download<float>(y, 12 * 200);
        for (var i = 0; i < 200; i++)
        {
            double p = a[i], q = b[i];
            var (sum, product) = (Exact(p) + Exact(q), Exact(p) * Exact(q));
            var fused = product + Exact(p);
            var quotient = Exact(p) / Exact(q);
            Assert.That(actual.Skip(12 * i).Take(12), Is.EqualTo((float[])
            [
                a[i] + b[i], sum.Zero(), sum.Down(), sum.Up(), product.Zero(), product.Down(), product.Up(),
                quotient.Zero(), quotient.Up(),
                SqrtDown(Math.Abs(a[i])), fused.Zero(), fused.Down(),
            ]), $"{p:R} and {q:R}");
        }
        run.AssertClean();
    }

    private static float SqrtDown(float value)
    {
        var root = MathF.Sqrt(value);
        return (Exact(root) * Exact(root)).CompareTo(Exact(value)) > 0 ? MathF.BitDecrement(root) : root;
    }

    [Test]
    public void Halves_round_to_nearest_even()
    {
        float[] x =
        [
            .. Values.Random(9, 200, -70000, 70000).Select(value => (float)value),
            .. Values.Random(10, 100, -1e-4, 1e-4).Select(value => (float)value),
            0, -0f, 65504, 65519.996f, 65520, 1.00048828125f, 1.00146484375f, 2.9802322e-8f, 2.98023259e-8f,
            float.PositiveInfinity, float.NegativeInfinity,
        ];
        using var run = new CorpusRun("maths");
        DevicePointer y = run.Empty<ushort>(x.Length), back = run.Empty<float>(x.Length);
        run.Launch("halves", Blocks(x.Length, 96), 96, run.Upload(x), y, back, x.Length);
        Assert.That(
            run.Download<ushort>(y, x.Length),
            Is.EqualTo(x.Select(value => BitConverter.HalfToUInt16Bits((Half)value))));
        Assert.That(run.Download<float>(back, x.Length), Is.EqualTo(x.Select(value => (float)(Half)value)));
        run.AssertClean();
    }

    [Test]
    public void Conversions_saturate()
    {
        float[] x =
        [
            .. Values.Random(11, 100, -1e4, 1e4).Select(value => (float)value), 0.5f, 1.5f, -0.5f, -2.5f, 0, -0f,
            2147483520, 2147483648, -2147483648,
            4294967040, 4294967296, 1e30f, -1e30f, float.NaN, float.PositiveInfinity, float.NegativeInfinity,
            float.Epsilon,
        ];
        var n = x.Length;
        using var run = new CorpusRun("maths");
        DevicePointer y = run.Empty<int>(6 * n), z = run.Empty<long>(2 * n);
        run.Launch("conversions", Blocks(n, 64), 64, run.Upload(x), y, z, n);
        var (words, wide) = (run.Download<int>(y, 6 * n), run.Download<long>(z, 2 * n));
        for (var i = 0; i < n; i++)
        {
            double v = x[i];
            Assert.That(words.Skip(6 * i).Take(5), Is.EqualTo((int[])
            [
                Int32(Math.Round(v, MidpointRounding.ToEven)), Int32(Math.Truncate(v)), Int32(Math.Floor(v)),
                Int32(Math.Ceiling(v)),
                (int)(uint)Math.Clamp(Zeroed(Math.Truncate(v)), 0, uint.MaxValue),
            ]), $"{v:R} to 32 bits");
            var bits = BitConverter.SingleToInt32Bits(x[i]);
            Assert.That(
                words[6 * i + 5], Is.EqualTo(BitConverter.SingleToInt32Bits(Exact(bits).Zero())),
                $"{bits} toward zero");
            // NaN becomes 0 in 32 bits, and the lowest number in 64.
            if (!double.IsNaN(v))
            {
                Assert.That(
                    wide[2 * i], Is.EqualTo(Int64(Math.Round(v * 1e6, MidpointRounding.ToEven))), $"{v:R} million");
                Assert.That(wide[2 * i + 1], Is.EqualTo(Int64(Math.Floor(v))), $"{v:R} to 64 bits");
            }
        }
        run.AssertClean();

        static double Zeroed(double value) => double.IsNaN(value) ? 0 : value;
        static int Int32(double value) => (int)Math.Clamp(Zeroed(value), int.MinValue, int.MaxValue);
        static long Int64(double value) => value switch
        {
            >= 9223372036854775808.0 => long.MaxValue,
            < -9223372036854775808.0 => long.MinValue,
            _ => (long)value,
        };
    }

    [Test]
    public void Integers_of_32_bits([Values(33, 300)] int n)
    {
        int[] a = Ints(n, n), b = Ints(n + 1, n);
        (a[0], b[0], a[1], b[1], a[2], b[2]) = (0, 0, int.MinValue, 1, -1, int.MaxValue);
        using var run = new CorpusRun("maths");
        var y = run.Empty<int>(16 * n);
        run.Launch("integers", Blocks(n, 64), 64, run.Upload(a), run.Upload(b), y, n);
        Assert.That(run.Download<int>(y, 16 * n), Is.EqualTo(Enumerable.Range(0, n).SelectMany(i =>
        {
            var (p, q, u, v) = (a[i], b[i], (uint)a[i], (uint)b[i]);
            unchecked
            {
                return (int[])
                [
                    p * q, (int)(((long)p * q) >> 32), (int)(((ulong)u * v) >> 32), p / (q | 1), p % (q | 1),
                    (int)(u / (v | 1)), (int)(u % (v | 1)),
                    BitOperations.PopCount(u) * 100 + BitOperations.LeadingZeroCount(u), (int)Reverse(u, 32),
                    (int)(Byte(u, v, 4) | Byte(u, v, 1) << 8 | Byte(u, v, 2) << 16 | Byte(u, v, 6) << 24),
                    (int)(uint)((((ulong)v << 32 | u) << (p & 31)) >> 32), p >> (q & 31), (int)(u >> (q & 31)),
                    p == 0 ? 0 : BitOperations.TrailingZeroCount(p) + 1, (int)((uint)Math.Abs((long)p - q) + v),
                    Math.Max(p, q) - Math.Min(p, q) + Math.Abs(p >> 1),
                ];
            }
        })));
        run.AssertClean();

        static uint Byte(uint low, uint high, int index) =>
            (index < 4 ? low >> 8 * index : high >> 8 * (index - 4)) & 0xff;
    }

    [Test]
    public void Integers_of_64_bits([Values(33, 300)] int n)
    {
        var random = new Random(n);
        long[] a = [.. Enumerable.Range(0, n).Select(_ => random.NextInt64(long.MinValue, long.MaxValue))];
        long[] b = [.. a.Select((_, i) => random.NextInt64(long.MinValue, long.MaxValue) >> i % 60)];
        (a[0], b[0], a[1], b[1]) = (0, 0, long.MinValue, 5);
        using var run = new CorpusRun("maths");
        var y = run.Empty<long>(8 * n);
        run.Launch("integers64", Blocks(n, 64), 64, run.Upload(a), run.Upload(b), y, n);
        Assert.That(run.Download<long>(y, 8 * n), Is.EqualTo(a.Zip(b).SelectMany(pair =>
        {
            var (p, q) = pair;
            unchecked
            {
                return (long[])
                [
                    p * q, Math.BigMul(p, q, out _), p / (q | 1), (long)((ulong)p % ((ulong)q | 1)),
                    BitOperations.PopCount((ulong)p) * 100 + BitOperations.LeadingZeroCount((ulong)p),
                    (long)Reverse((ulong)p, 64), p >> (int)(q & 63),
                    Math.Max(p, q) ^ Math.Min(p, q),
                ];
            }
        })));
        run.AssertClean();
    }

    private static ulong Reverse(ulong value, int bits) =>
        Enumerable.Range(0, bits).Aggregate(0UL, (reversed, bit) => reversed | (value >> bit & 1) << (bits - 1 - bit));

    private static Rational Exact(double value) => Rational.Of(value);

    private static void AssertUnits(double actual, double expected, double units, string what)
    {
        var unit = Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected);
        if (!(actual.Equals(expected) || Math.Abs(actual - expected) <= units * unit))
            Assert.Fail($"{what} is {actual:R}, expected {expected:R} within {units} units");
    }

    private static void AssertUnits(float actual, double expected, double units, string what)
    {
        var unit = MathF.BitIncrement(MathF.Abs((float)expected)) - MathF.Abs((float)expected);
        // A result that is rounded to nearest has a half unit.
        var bound = units == 0 ? 0 : units * unit;
        var wanted = units == 0 ? (float)expected : expected;
        if (!(actual.Equals((float)wanted) || Math.Abs(actual - wanted) <= bound))
            Assert.Fail($"{what} is {actual:R}, expected {expected:R} within {units} units");
    }

    private static int[] Ints(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => random.Next(int.MinValue, int.MaxValue) >> i % 28)];
    }
}
