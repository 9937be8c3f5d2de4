using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>Sums, softmax and cross-entropy against the plain loops; the bits do not depend on the grid.</summary>
[TestFixture]
public sealed class ReductionKernelTests
{
    private static readonly int[] Grids = [1, 2, 64];

    [Test]
    public void Sum_matches_the_plain_loops(
        [Values(0, 1, 31, 257, 8192, 8193, 20000)] int count, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        var x = Values.Random(10, count);
        var expected = x.Sum();
        SameForEveryGrid(run =>
        {
            var y = run.Empty(dtype, 1);
            run.Kernels.Sum(dtype, run.Put(dtype, x), count, y, run.Scratch(CudaSum.SumScratch(count)), run.Stream);
            return run.Get(dtype, y, 1);
        }, y => KernelRun.Close("sum", dtype, y, [expected], "sum"));
    }

    [Test]
    public void ChannelSum_matches_the_plain_loops(
        [Values("3 5 7", "1 1 1", "2 3 300", "130 33 1", "65 2 1", "0 4 3", "0 4 1", "2 3 2", "5 2 4000",
            "1 257 2")] string sizes,
        [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        var (outer, channels, inner) = Sizes(sizes);
        var x = Values.Random(11, (long)outer * channels * inner);
        SameForEveryGrid(run =>
        {
            var sums = run.Empty(dtype, channels);
            var scratch = run.Scratch(CudaChannelSum.ChannelSumScratch(dtype, outer, channels, inner));
            run.Kernels.ChannelSum(dtype, outer, channels, inner, run.Put(dtype, x), sums, scratch, run.Stream);
            return run.Get(dtype, sums, channels);
        }, (run, sums) =>
        {
            BufferView plain = run.View(DType.Float64, x), expected = run.View(DType.Float64, new double[channels]);
            run.Reference.ChannelSum(outer, channels, inner, plain, expected);
            KernelRun.Close("conv", dtype, sums, run.Get(expected), "sums");
        });
    }

    [Test]
    public void Softmax_matches_the_plain_loops(
        [Values("1 1 1", "3 5 1", "2 33 1", "9 40 1", "2 3 5", "1 70 33", "0 4 1", "4 1 9")] string sizes,
        [Values] bool logarithm, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        var (outer, size, inner) = Sizes(sizes);
        var count = (long)outer * size * inner;
        double[] x = Values.Random(12, count, -4, 4), dy = Values.Random(13, count);
        using var plain = new KernelRun();
        BufferView plainY = plain.View(DType.Float64, x), plainDx = plain.View(DType.Float64, x);
        if (logarithm)
        {
            plain.Reference.LogSoftmaxForward(outer, size, inner, plain.View(DType.Float64, x), plainY);
            plain.Reference.LogSoftmaxBackward(outer, size, inner, plainY, plain.View(DType.Float64, dy), plainDx);
        }
        else
        {
            plain.Reference.SoftmaxForward(outer, size, inner, plain.View(DType.Float64, x), plainY);
            plain.Reference.SoftmaxBackward(outer, size, inner, plainY, plain.View(DType.Float64, dy), plainDx);
        }
        SameForEveryGrid(run =>
        {
            DevicePointer y = run.Empty(dtype, count), dx = run.Empty(dtype, count);
            run.Kernels.SoftmaxForward(dtype, logarithm, outer, size, inner, run.Put(dtype, x), y, run.Stream);
            run.Kernels.SoftmaxBackward(dtype, logarithm, outer, size, inner, y, run.Put(dtype, dy), dx, run.Stream);
            return [.. run.Get(dtype, y, count), .. run.Get(dtype, dx, count)];
        }, both =>
        {
            KernelRun.Close("softmax", dtype, both[..(int)count], plain.Get(plainY), "y");
            KernelRun.Close("softmax", dtype, both[(int)count..], plain.Get(plainDx), "dx");
        });
    }

    [Test]
    public void A_row_with_NaN_is_NaN_and_no_other([Values(1, 2)] int inner)
    {
        using var run = new KernelRun();
        var x = Values.Random(14, 3 * 4 * inner);
        x[4 * inner] = double.NaN;
        var y = run.Empty(DType.Float32, x.Length);
        run.Kernels.SoftmaxForward(DType.Float32, false, 3, 4, inner, run.Put(DType.Float32, x), y, run.Stream);
        var actual = run.Get(DType.Float32, y, x.Length);
        Assert.That(
            Enumerable.Range(0, x.Length).Where(i => double.IsNaN(actual[i])),
            Is.EqualTo(Enumerable.Range(0, 4).Select(i => (4 + i) * inner)));
    }

    [Test]
    public void CrossEntropy_matches_the_plain_loops(
        [Values("1 1", "5 3", "2 70", "300 4")] string sizes, [Values(0, 0.1)] double smoothing, [Values] bool mean,
        [Values] bool weighted, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        var (n, classes, _) = Sizes(sizes + " 1");
        var g = new CrossEntropyGeometry(n, classes, IgnoreIndex: -100, smoothing, mean);
        var x = Values.Random(15, (long)n * classes, -3, 3);
        double[] labels = [.. Values.Labels(16, n, classes).Select((label, i) => i % 3 == 1 ? -100.0 : label)];
        var weight = Values.Random(17, classes, 0.5, 2);
        double[] dloss = [1.5];
        using var plain = new KernelRun();
        BufferView plainX = plain.View(DType.Float64, x), plainLabels = plain.View(DType.Int32, labels);
        BufferView? plainWeight = weighted ? plain.View(DType.Float64, weight) : null;
        BufferView plainLoss = plain.View(DType.Float64, dloss), plainDx = plain.View(DType.Float64, x);
        plain.Reference.CrossEntropyForward(g, plainX, plainLabels, plainWeight, plainLoss);
        plain.Reference.CrossEntropyBackward(g, plainX, plainLabels, plainWeight, plain.View(DType.Float64, dloss),
            plainDx);
        SameForEveryGrid(run =>
        {
            DevicePointer at = run.Put(dtype, x), atLabels = run.Put(DType.Int32, labels), loss = run.Empty(dtype, 1),
            dx = run.Empty(dtype, x.Length);
            DevicePointer? atWeight = weighted ? run.Put(dtype, weight) : null;
            var scratch = run.Scratch(CudaCrossEntropy.CrossEntropyScratch(dtype, g));
            run.Kernels.CrossEntropyForward(dtype, g, at, atLabels, atWeight, loss, scratch, run.Stream);
            Assert.That(run.Get(DType.Int32, scratch, 1), Is.EqualTo((double[])[n]), "no bad label");
            run.Kernels.CrossEntropyBackward(dtype, g, at, atLabels, atWeight, run.Put(dtype, dloss), dx, scratch,
                run.Stream);
            return [.. run.Get(dtype, loss, 1), .. run.Get(dtype, dx, x.Length)];
        }, both =>
        {
            KernelRun.Close("cross_entropy", dtype, both[..1], plain.Get(plainLoss), "loss");
            KernelRun.Close("cross_entropy", dtype, both[1..], plain.Get(plainDx), "dx");
        });
    }

    [Test]
    public void The_first_bad_label_is_named([Values(-1, 4, int.MaxValue)] int bad)
    {
        using var run = new KernelRun();
        var g = new CrossEntropyGeometry(700, 4, IgnoreIndex: -100, 0, Mean: true);
        var labels = new double[700];
        labels[300] = labels[301] = labels[699] = bad;
        var scratch = run.Scratch(CudaCrossEntropy.CrossEntropyScratch(DType.Float32, g));
        run.Kernels.CrossEntropyForward(
            DType.Float32, g, run.Put(DType.Float32, new double[2800]), run.Put(DType.Int32, labels), null,
            run.Empty(DType.Float32, 1), scratch, run.Stream);
        Assert.That(run.Get(DType.Int32, scratch, 1), Is.EqualTo((double[])[300]));
    }

    private static void SameForEveryGrid(Func<KernelRun, double[]> launch, Action<double[]> check) =>
        SameForEveryGrid(launch, (_, values) => check(values));

    private static void SameForEveryGrid(Func<KernelRun, double[]> launch, Action<KernelRun, double[]> check)
    {
        double[]? first = null;
        foreach (var blocks in Grids)
        {
            using var run = new KernelRun(blocks);
            var values = launch(run);
            if (first is null)
                check(run, first = values);
            else
                Assert.That(values, Is.EqualTo(first), $"with {blocks} blocks");
        }
    }

    private static (int A, int B, int C) Sizes(string text)
    {
        var sizes = text.Split(' ').Select(int.Parse).ToArray();
        return (sizes[0], sizes[1], sizes[2]);
    }
}
