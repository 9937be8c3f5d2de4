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
            // The same bits wherever x begins: sixteen bytes are added in one order, loaded at once or not.
            var sums = new double[2];
            for (var skip = 0; skip < 2; skip++)
            {
                var (y, at) = (run.Empty(dtype, 1), run.Put(dtype, [.. new double[skip], .. x]) + skip * dtype.Size());
                run.Kernels.Sum(dtype, at, count, y, run.Scratch(CudaSum.SumScratch(count)), run.Stream);
                sums[skip] = run.Get(dtype, y, 1)[0];
            }
            Assert.That(sums[1], Is.EqualTo(sums[0]));
            return [sums[0]];
        }, y => KernelRun.Close("sum", dtype, y, [expected], "sum"));
    }

    [Test]
    public void ChannelSum_matches_the_plain_loops(
        [Values("3 5 7", "1 1 1", "2 3 300", "130 33 1", "65 2 1", "0 4 3", "0 4 1", "2 3 2", "5 2 4000",
            "1 257 2", "3 2 4001", "700 3 36", "2 2 4")] string sizes,
        [Values(0, 1)] int skip, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        var (outer, channels, inner) = Sizes(sizes);
        var x = Values.Random(11, (long)outer * channels * inner);
        double[] later = [.. new double[skip], .. x];
        SameForEveryGrid(run =>
        {
            var sums = run.Empty(dtype, channels);
            var scratch = run.Scratch(CudaChannelSum.ChannelSumScratch(dtype, outer, channels, inner));
            var at = run.Put(dtype, later) + skip * dtype.Size();
            run.Kernels.ChannelSum(dtype, outer, channels, inner, at, sums, scratch, run.Stream);
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
        [Values("1 1 1", "3 5 1", "2 33 1", "9 40 1", "2 3 5", "1 70 33", "0 4 1", "4 1 9", "9 128 1",
            "3 1000 1", "2 1024 1", "2 1028 1")] string sizes,
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

    // Rows whose exponentials are whole, denormal, 0 and infinite; masked classes; nothing but masks; and NaN.
    private static readonly double[][] SpecialRows =
    [
        [0, -708.5f, -709.5f, -720, -744, -745.5f, -1e4f, double.NegativeInfinity],
        [1e30f, -1e30f, 1e30f, 0, 1, 2, 3, 4],
        [-1e30f, -1e30f - 1, double.NegativeInfinity, -1e30f, -3e38f, -1e30f, -1e30f, -1e30f],
        [.. Enumerable.Repeat(double.NegativeInfinity, 8)],
        [1, double.PositiveInfinity, 3, 4, 5, 6, 7, 8],
        [1, 2, 3, double.NaN, 5, 6, 7, 8],
        [-double.NaN, 2, 3, 4, double.NegativeInfinity, 6, 7, 8],
        [0.5, 0.25, -0.125, 1, -1, 0, -0.0, 1e-42f],
    ];

    [Test]
    public void Softmax_of_special_values_is_that_of_the_plain_loops(
        [Values] bool strided, [Values] bool logarithm, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        const int Size = 8;
        var (outer, inner) = strided ? (1, SpecialRows.Length) : (SpecialRows.Length, 1);
        double[] x = [.. Enumerable.Range(0, 64).Select(i =>
            strided ? SpecialRows[i % inner][i / inner] : SpecialRows[i / Size][i % Size])];
        var dy = Values.Random(18, x.Length);
        using var run = new KernelRun();
        BufferView y = run.View(DType.Float64, x), dx = run.View(DType.Float64, x);
        DevicePointer at = run.Empty(dtype, x.Length), back = run.Empty(dtype, x.Length);
        run.Kernels.SoftmaxForward(dtype, logarithm, outer, Size, inner, run.Put(dtype, x), at, run.Stream);
        run.Kernels.SoftmaxBackward(dtype, logarithm, outer, Size, inner, at, run.Put(dtype, dy), back, run.Stream);
        if (logarithm)
        {
            run.Reference.LogSoftmaxForward(outer, Size, inner, run.View(DType.Float64, x), y);
            run.Reference.LogSoftmaxBackward(outer, Size, inner, y, run.View(DType.Float64, dy), dx);
        }
        else
        {
            run.Reference.SoftmaxForward(outer, Size, inner, run.View(DType.Float64, x), y);
            run.Reference.SoftmaxBackward(outer, Size, inner, y, run.View(DType.Float64, dy), dx);
        }
        KernelRun.Alike("softmax", dtype, run.Get(dtype, at, x.Length), run.Get(y), "y");
        KernelRun.Alike("softmax", dtype, run.Get(dtype, back, x.Length), run.Get(dx), "dx");
    }

    [Test]
    public void CrossEntropy_of_special_values_is_that_of_the_plain_loops(
        [ValueSource(nameof(SpecialRows))] double[] row, [Values(0, 0.1)] double smoothing, [Values] bool weighted,
        [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        // Once with the label of the first logit, and once of the last.
        var g = new CrossEntropyGeometry(2, row.Length, IgnoreIndex: -100, smoothing, Mean: true);
        double[] x = [.. row, .. row], labels = [0, row.Length - 1], dloss = [1.5];
        var weight = Values.Random(19, row.Length, 0.5, 2);
        using var run = new KernelRun();
        BufferView? plainWeight = weighted ? run.View(DType.Float64, weight) : null;
        DevicePointer? atWeight = weighted ? run.Put(dtype, weight) : null;
        BufferView plainX = run.View(DType.Float64, x), plainLabels = run.View(DType.Int32, labels),
            plainLoss = run.View(DType.Float64, dloss), plainDx = run.View(DType.Float64, x);
        run.Reference.CrossEntropyForward(g, plainX, plainLabels, plainWeight, plainLoss);
        run.Reference.CrossEntropyBackward(
            g, plainX, plainLabels, plainWeight, run.View(DType.Float64, dloss), plainDx);
        DevicePointer at = run.Put(dtype, x), atLabels = run.Put(DType.Int32, labels), loss = run.Empty(dtype, 1),
            dx = run.Empty(dtype, x.Length), scratch = run.Scratch(CudaCrossEntropy.CrossEntropyScratch(dtype, g));
        run.Kernels.CrossEntropyForward(dtype, g, at, atLabels, atWeight, loss, scratch, run.Stream);
        run.Kernels.CrossEntropyBackward(
            dtype, g, at, atLabels, atWeight, run.Put(dtype, dloss), dx, scratch, run.Stream);
        KernelRun.Alike("cross_entropy", dtype, run.Get(dtype, loss, 1), run.Get(plainLoss), "loss");
        KernelRun.Alike("cross_entropy", dtype, run.Get(dtype, dx, x.Length), run.Get(plainDx), "dx");
    }

    [Test]
    public void CrossEntropy_matches_the_plain_loops(
        [Values("1 1", "5 3", "2 70", "300 4", "3 300", "3 1000", "2 1028")] string sizes, [Values(0, 0.1)] double smoothing,
        [Values] bool mean, [Values] bool weighted, [Values(DType.Float32, DType.Float64)] DType dtype)
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
    public void The_first_bad_label_is_named(
        [Values(-1, 4, int.MaxValue)] int bad, [Values] bool weighted,
        [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        using var run = new KernelRun();
        var g = new CrossEntropyGeometry(700, 4, IgnoreIndex: -100, 0, Mean: true);
        var labels = new double[700];
        labels[300] = labels[301] = labels[699] = bad;
        DevicePointer? weight = weighted ? run.Put(dtype, [1, 2, 3, 4]) : null;
        var scratch = run.Scratch(CudaCrossEntropy.CrossEntropyScratch(dtype, g));
        run.Kernels.CrossEntropyForward(
            dtype, g, run.Put(dtype, new double[2800]), run.Put(DType.Int32, labels), weight, run.Empty(dtype, 1),
            scratch, run.Stream);
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
