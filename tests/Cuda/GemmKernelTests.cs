using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>Our own matrix product against sums worked out in float64.</summary>
[TestFixture]
public sealed class GemmKernelTests
{
    /// <summary>A product as a row of the sweep; Pad elements lie between the rows.</summary>
    public sealed record Case(int M, int N, int K, int Batch = 1, double Alpha = 1, double Beta = 0, int Pad = 0,
        bool SameA = false);

    private static readonly Case[] Sweep =
    [
        new(1, 1, 1),
        new(3, 5, 7, Pad: 2),
        new(1, 65, 31),
        new(64, 64, 16),
        new(65, 63, 17, Alpha: -0.5, Beta: 2),
        new(33, 70, 40, Batch: 3, Pad: 1),
        new(20, 9, 33, Batch: 2, SameA: true, Beta: 1),
        new(4, 6, 0, Beta: 0.5),
        new(4, 6, 0),
        new(2, 3, 4, Alpha: 0, Beta: 0),
    ];

    [Test]
    public void Matches_plain_sums(
        [ValueSource(nameof(Sweep))] Case c, [Values] bool transposeA, [Values] bool transposeB,
        [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        using var run = new KernelRun(maxBlocks: c.Batch > 1 ? 2 : 64);
        var (rowsA, columnsA) = transposeA ? (c.K, c.M) : (c.M, c.K);
        var (rowsB, columnsB) = transposeB ? (c.N, c.K) : (c.K, c.N);
        int ldA = Math.Max(1, columnsA) + c.Pad, ldB = Math.Max(1, columnsB) + c.Pad, ldC = c.N + c.Pad;
        var a = Values.Random(1, (long)rowsA * ldA * (c.SameA ? 1 : c.Batch));
        var b = Values.Random(2, (long)rowsB * ldB * c.Batch);
        var before = Values.Random(3, (long)c.M * ldC * c.Batch);
        if (c.Beta == 0)
            Array.Fill(before, double.NaN); // not to be read
        var shape = new GemmShape
        {
            DType = dtype, M = c.M, N = c.N, K = c.K, TransposeA = transposeA, TransposeB = transposeB, LdA = ldA,
            LdB = ldB, LdC = ldC,
            Alpha = c.Alpha, Beta = c.Beta, Batch = c.Batch, StrideA = c.SameA ? 0 : (long)rowsA * ldA,
            StrideB = (long)rowsB * ldB, StrideC = (long)c.M * ldC,
        };
        var output = run.Put(dtype, before);
        run.Kernels.TiledGemm(shape, run.Put(dtype, a), run.Put(dtype, b), output, run.Stream);
        var actual = run.Get(dtype, output, before.Length);
        var expected = (double[])before.Clone();
        for (var i = 0; i < c.Batch; i++)
        for (var m = 0; m < c.M; m++)
        for (var n = 0; n < c.N; n++)
        {
            var total = 0.0;
            for (var k = 0; k < c.K; k++)
            {
                var atA = i * shape.StrideA + (transposeA ? k * ldA + m : m * ldA + k);
                var atB = i * shape.StrideB + (transposeB ? n * ldB + k : k * ldB + n);
                total += a[atA] * b[atB];
            }
            var at = i * shape.StrideC + m * ldC + n;
            expected[at] = c.Alpha * total + (c.Beta == 0 ? 0 : c.Beta * before[at]);
        }
        // What lies between the rows stays as it was.
        var between = Enumerable.Range(0, before.Length).Where(i => i % ldC >= c.N);
        Assert.That(between.All(i => actual[i].Equals((double)(float)before[i])));
        var inside = Enumerable.Range(0, before.Length).Where(i => i % ldC < c.N).ToArray();
        KernelRun.Close("linear", dtype, [.. inside.Select(i => actual[i])], [.. inside.Select(i => expected[i])], "c");
    }

    [Test]
    public void Nothing_is_launched_for_no_element()
    {
        using var run = new KernelRun();
        var pointer = run.Scratch(4);
        foreach (var (m, n, batch) in new[] { (0, 3, 1), (3, 0, 1), (3, 3, 0) })
        {
            var shape = new GemmShape
            {
                DType = DType.Float32, M = m, N = n, K = 2, LdA = 2, LdB = 3, LdC = 3, Batch = batch,
            };
            run.Kernels.TiledGemm(shape, pointer, pointer, pointer, run.Stream);
        }
    }
}
