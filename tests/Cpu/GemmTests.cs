using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

[TestFixture(CpuIsa.Portable)]
[TestFixture(CpuIsa.Avx2)]
[TestFixture(CpuIsa.Avx512)]
public sealed unsafe class GemmTests(CpuIsa isa)
{
    [SetUp]
    public void SkipWhereItCannotRun()
    {
        if (!CpuIsaSupport.CanRun(isa))
            Assert.Ignore($"This processor has no {isa}.");
    }

    private static readonly (int M, int N, int K)[] s_shapes =
    [
        (1, 1, 1), (1, 17, 3), (5, 1, 7), (6, 16, 8), (7, 17, 9), (13, 31, 33), (8, 48, 20), (48, 49, 257),
        (145, 50, 64), (31, 255, 5), (97, 193, 300), (150, 33, 1025), (3, 3100, 40), (257, 7, 513), (67, 401, 90),
        (147, 101, 1025), (9, 1700, 520),
    ];

    /// <summary>The last few columns go another way than a whole vector of them: the same bits, and nothing written past them.</summary>
    [Test]
    public void The_last_few_columns_have_the_bits_that_they_have_among_many(
        [Values(1, 2, 3, 4)] int few, [Values(1, 5, 48, 67, 131)] int m, [Values(1, 40, 1100)] int k, [Values] bool accumulate)
    {
        using var context = new KernelContext(2, isa);
        int n = context.Kernel.Columns + few, many = 2 * context.Kernel.Columns;
        var random = new Random(m * 31 + few * 7 + k);
        var a = Data.Random(random, m * k);
        var b = Data.Random(random, k * many);
        var c = Data.Random(random, m * many);
        float[] actual = (float[])c.Clone(), expected = (float[])c.Clone();
        fixed (float* pa = a, pb = b, pc = actual, pe = expected)
        {
            Gemm.Run(context, m, n, k, pa, k, false, pb, many, false, pc, many, accumulate);
            Gemm.Run(context, m, many, k, pa, k, false, pb, many, false, pe, many, accumulate);
        }
        for (var i = 0; i < m; i++)
        {
            Assert.That(actual.AsSpan(i * many, n).SequenceEqual(expected.AsSpan(i * many, n)), $"row {i}");
            Assert.That(actual.AsSpan(i * many + n, many - n).SequenceEqual(c.AsSpan(i * many + n, many - n)), $"past row {i}");
        }
    }

    [Test]
    public void Equals_a_double_loop(
        [ValueSource(nameof(s_shapes))] (int M, int N, int K) shape,
        [Values] bool transposeA, [Values] bool transposeB)
    {
        using var context = new KernelContext(2, isa);
        var (m, n, k) = shape;
        var random = new Random(m * 31 + n * 7 + k);
        int lda = (transposeA ? m : k) + 3, ldb = (transposeB ? k : n) + 1, ldc = n + 2;
        var a = Data.Random(random, (transposeA ? k : m) * lda);
        var b = Data.Random(random, (transposeB ? n : k) * ldb);
        var c = Data.Random(random, m * ldc);
        var rowBias = Data.Random(random, m);
        var columnBias = Data.Random(random, n);
        foreach (var accumulate in new[] { false, true })
        {
            foreach (var bias in new[] { 0, 1, 2, 3 })
            {
                var actual = (float[])c.Clone();
                fixed (float* pa = a, pb = b, pc = actual, pr = rowBias, pl = columnBias)
                {
                    Gemm.Run(context, m, n, k, pa, lda, transposeA, pb, ldb, transposeB, pc, ldc, accumulate,
                        (bias & 1) != 0 ? pr : null, (bias & 2) != 0 ? pl : null);
                }
                for (var i = 0; i < m; i++)
                {
                    for (var j = 0; j < ldc; j++)
                    {
                        if (j >= n)
                        {
                            Assert.That(actual[i * ldc + j], Is.EqualTo(c[i * ldc + j]), "wrote past a row's end");
                            continue;
                        }
                        double sum = accumulate ? c[i * ldc + j] : 0;
                        double scale = Math.Abs(sum) + 1;
                        for (var p = 0; p < k; p++)
                        {
                            var term = (double)(transposeA ? a[p * lda + i] : a[i * lda + p])
                                * (transposeB ? b[j * ldb + p] : b[p * ldb + j]);
                            sum += term;
                            scale += Math.Abs(term);
                        }
                        sum += ((bias & 1) != 0 ? rowBias[i] : 0) + ((bias & 2) != 0 ? columnBias[j] : 0);
                        // The bound on a float sum of k terms, not a tuned number: k rounding errors of 2^-24 each.
                        var bound = (k + 4) * scale * Math.Pow(2, -24);
                        if (!(Math.Abs(actual[i * ldc + j] - sum) <= bound))
                            Assert.Fail($"C[{i},{j}] = {actual[i * ldc + j]:R}, expected {sum:R} within {bound:E2}");
                    }
                }
            }
        }
    }

    [Test]
    public void Is_equal_bit_for_bit_for_every_thread_count()
    {
        const int m = 155, n = 333, k = 700;
        var random = new Random(5);
        var a = Data.Random(random, m * k);
        var b = Data.Random(random, k * n);
        float[]? first = null;
        foreach (var threads in new[] { 1, 2, 3, 5 })
        {
            using var context = new KernelContext(threads, isa);
            var c = new float[m * n];
            fixed (float* pa = a, pb = b, pc = c)
                Gemm.Run(context, m, n, k, pa, k, false, pb, n, false, pc, n);
            first ??= c;
            Assert.That(c.AsSpan().SequenceEqual(first), $"{threads} threads");
        }
    }

    /// <summary>An A that is too large to be packed at once is cut between the slices of the sum, and then by rows: the same bits.</summary>
    [Test]
    public void Is_equal_bit_for_bit_when_A_is_packed_in_parts(
        [Values(1, 4 * 40 * 300, 4 * 155 * 700, 4 * 155 * 1000)] int packedBytes, [Values(1, 3, 333)] int n, [Values] bool transposeA, [Values] bool accumulate)
    {
        const int m = 155, k = 1333;
        var random = new Random(7 + n);
        var a = Data.Random(random, m * k);
        var b = Data.Random(random, k * n);
        var c = Data.Random(random, m * n);
        var rowBias = Data.Random(random, m);
        var columnBias = Data.Random(random, n);
        float[] actual = (float[])c.Clone(), expected = (float[])c.Clone();
        using var parts = new KernelContext(2, isa) { PackedBytes = packedBytes };
        using var whole = new KernelContext(2, isa);
        fixed (float* pa = a, pb = b, pc = actual, pe = expected, pr = rowBias, pl = columnBias)
        {
            Gemm.Run(parts, m, n, k, pa, transposeA ? m : k, transposeA, pb, k, true, pc, n, accumulate, pr, pl);
            Gemm.Run(whole, m, n, k, pa, transposeA ? m : k, transposeA, pb, k, true, pe, n, accumulate, pr, pl);
        }
        Assert.That(actual.AsSpan().SequenceEqual(expected));
    }

    [Test]
    public void An_A_packed_before_gives_the_same_bits([Values(1, 49, 333)] int n)
    {
        const int m = 53, k = 1100;
        using var context = new KernelContext(2, isa);
        var random = new Random(11 + n);
        var a = Data.Random(random, m * k);
        var b = Data.Random(random, k * n);
        float[] actual = new float[m * n], expected = new float[m * n];
        using var packed = new Scratch(PackedOperand.Floats(context.Kernel, m, k));
        fixed (float* pa = a, pb = b, pc = actual, pe = expected)
        {
            new PackedOperand { Kernel = context.Kernel, Source = pa, RowStride = k, KStride = 1, Rows = m, K = k, Target = packed.Floats }.Run(context.Pool);
            Gemm.RunPacked(context, m, n, k, packed.Floats, pb, n, false, pc, n);
            Gemm.Run(context, m, n, k, pa, k, false, pb, n, false, pe, n);
        }
        Assert.That(actual.AsSpan().SequenceEqual(expected));
    }

    [Test]
    public void An_empty_sum_leaves_the_bias()
    {
        using var context = new KernelContext(1, isa);
        var c = new float[] { 9, 9, 9, 9, 9, 9 };
        var bias = new float[] { 1, 2, 3 };
        fixed (float* pc = c, pb = bias)
            Gemm.Run(context, 2, 3, 0, null, 0, false, null, 0, false, pc, 3, columnBias: pb);
        Assert.That(c, Is.EqualTo(new float[] { 1, 2, 3, 1, 2, 3 }));
    }
}
