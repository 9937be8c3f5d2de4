using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// Bias, SGD and strided copies against the plain loops: aligned and not, whole packs and tails, small grids.
/// </summary>
[TestFixture]
public sealed class MapKernelTests
{
    [Test]
    public void Bias_is_added_to_its_channel(
        [Values("2 3 1", "3 5 7", "2 3 8", "1 257 4", "0 3 5")] string sizes, [Values] bool relu,
        [Values(1, 64)] int blocks, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        using var run = new KernelRun(blocks);
        var s = sizes.Split(' ').Select(int.Parse).ToArray();
        double[] y = Values.Random(20, (long)s[0] * s[1] * s[2]), bias = Values.Random(21, s[1]);
        if (y.Length > 0)
            y[0] = double.NaN;
        var at = run.Put(dtype, y);
        run.Kernels.Bias(dtype, at, run.Put(dtype, bias), s[0], s[1], s[2], relu, run.Stream);
        var actual = run.Get(dtype, at, y.Length);
        for (var i = 0; i < y.Length; i++)
        {
            var sum = y[i] + bias[i / s[2] % s[1]];
            var expected = relu && sum <= 0 ? 0 : sum;
            Assert.That(actual[i], Is.EqualTo(dtype == DType.Float32 ? (float)expected : expected), $"element {i}");
        }
    }

    [Test]
    public void Sgd_gives_the_bits_of_the_plain_loops(
        [Values(1, 31, 257, 1025)] int count, [Values] bool momentum, [Values(0, 1)] int offset,
        [Values(1, 64)] int blocks, [Values(DType.Float32, DType.Float64)] DType dtype)
    {
        using var run = new KernelRun(blocks);
        var step = new SgdStep(0.1, momentum ? 0.9 : 0, 0.0005);
        double[] g = Values.Random(22, count + offset), v = Values.Random(23, count + offset);
        var w = Values.Random(24, count + offset);
        DevicePointer atG = run.Put(dtype, g), atV = run.Put(dtype, v), atW = run.Put(dtype, w);
        var skip = offset * dtype.Size();
        run.Kernels.Sgd(dtype, step, atG + skip, momentum ? atV + skip : null, atW + skip, count, run.Stream);
        BufferView plainV = run.View(dtype, v[offset..]), plainW = run.View(dtype, w[offset..]);
        run.Reference.Sgd(step, run.View(dtype, g[offset..]), momentum ? plainV : null, plainW);
        Assert.That(run.Get(dtype, atW, count + offset), Is.EqualTo((double[])[.. w[..offset], .. run.Get(plainW)]));
        Assert.That(run.Get(dtype, atV, count + offset), Is.EqualTo((double[])[.. v[..offset], .. run.Get(plainV)]));
    }

    private static readonly (long[] Sizes, long[] Strides, long Offset)[] Strided =
    [
        ([], [], 3),
        ([5], [2], 1),
        ([5], [-2], 9),
        ([3, 4], [1, 3], 0),
        ([3, 4], [0, 1], 2),
        ([2, 3, 4, 5], [60, 1, 15, 3], 0),
        ([2, 3, 4, 5], [60, 20, 5, 1], 0),
        ([2, 1, 3, 1, 2, 2, 3], [1, 99, 2, 7, 40, 12, 24], 0),
        ([3, 2, 2, 2, 2, 2], [1, 3, 48, 6, 24, 12], 0),
        ([4, 0, 3], [3, 3, 1], 0),
        ([17, 33], [1, 17], 0),
        // Rows of packs of sixteen bytes, all told, in one type, or but for where they begin.
        ([3, 5, 8], [80, 16, 1], 0),
        ([3, 5, 8], [80, 16, 1], 4),
        ([3, 5, 8], [80, 16, 1], 1),
        ([3, 5, 6], [80, 16, 1], 0),
        ([3, 5, 8], [80, 10, 1], 0),
    ];

    [Test]
    public void Strided_views_are_copied(
        [ValueSource(nameof(Strided))] (long[] Sizes, long[] Strides, long Offset) view, [Values(1, 64)] int blocks,
        [Values(DType.Float32, DType.Float64, DType.Int32)] DType dtype, [Values(0L, 4294967295L)] long countedIn32Bits)
    {
        using var run = new KernelRun(blocks);
        double[] x = [.. Enumerable.Range(0, 600).Select(i => (double)i)];
        var count = view.Sizes.Aggregate(1L, (product, size) => product * size);
        var y = run.Empty(dtype, count);
        var dense = new Shape(view.Sizes).ContiguousStrides();
        run.Kernels.CopyStrided(
            dtype, view.Sizes, run.Put(dtype, x) + view.Offset * dtype.Size(), view.Strides, y, dense, run.Stream,
            countedIn32Bits);
        var plain = run.View(dtype, new double[count]);
        run.Reference.CopyStrided(
            view.Sizes, new StridedView(run.View(dtype, x), view.Offset, view.Strides), new StridedView(plain, 0, dense));
        Assert.That(count == 0 ? [] : run.Get(dtype, y, count), Is.EqualTo(run.Get(plain)));
    }

    private static readonly (long[] Sizes, long[] From, long[] To, long Offset)[] Targets =
    [
        ([5], [1], [-2], 9),
        ([3, 4], [4, 1], [1, 3], 0),
        ([3, 4], [0, 1], [10, 1], 7),
        ([2, 3, 4, 5], [60, 20, 5, 1], [200, 49, 8, 1], 3),
        ([2, 3, 4, 5], [1, 2, 6, 24], [200, 49, 8, 1], 3),
        ([3, 2, 2, 2, 2, 2], [32, 16, 8, 4, 2, 1], [1, 3, 96, 6, 24, 12], 5),
        ([3, 5, 8], [40, 8, 1], [100, 16, 1], 4),
        ([3, 5, 8], [0, 8, 1], [100, 18, 1], 4),
    ];

    [Test]
    public void Strided_views_are_written_and_nothing_beside_them(
        [ValueSource(nameof(Targets))] (long[] Sizes, long[] From, long[] To, long Offset) view, [Values(1, 64)] int blocks,
        [Values(DType.Float32, DType.Float64, DType.Int32)] DType dtype)
    {
        using var run = new KernelRun(blocks);
        double[] x = [.. Enumerable.Range(0, 600).Select(i => (double)i)], before = [.. x.Select(value => -1 - value)];
        var y = run.Put(dtype, before);
        run.Kernels.CopyStrided(
            dtype, view.Sizes, run.Put(dtype, x), view.From, y + view.Offset * dtype.Size(), view.To, run.Stream);
        var plain = run.View(dtype, before);
        run.Reference.CopyStrided(
            view.Sizes, new StridedView(run.View(dtype, x), 0, view.From), new StridedView(plain, view.Offset, view.To));
        var expected = run.Get(plain);
        Assert.That(run.Get(dtype, y, 600), Is.EqualTo(expected));
        Assert.That(expected.Count(value => value >= 0), Is.EqualTo(view.Sizes.Aggregate(1L, (product, size) => product * size)));
    }

    [Test]
    public void A_copy_of_bfloat16_is_refused_in_every_layout([Values(7, 8)] int row)
    {
        using var run = new KernelRun(1);
        var memory = run.Empty(DType.Float32, 64);
        Assert.That(
            () => run.Kernels.CopyStrided(DType.BFloat16, [4, row], memory, [16, 1], memory, [16, 1], run.Stream),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("no kernel that copies BFloat16"));
    }

    [Test]
    public void Fill_of_any_type(
        [Values(1, 3, 257, 1025)] int count, [Values(0, 1)] int offset, [Values(1, 64)] int blocks,
        [Values(DType.Float32, DType.Float64, DType.Int32)] DType dtype)
    {
        using var run = new KernelRun(blocks);
        var y = run.Put(dtype, new double[count + offset + 1]);
        run.Kernels.Fill(dtype, -3, y + offset * dtype.Size(), count, run.Stream);
        Assert.That(
            run.Get(dtype, y, count + offset + 1),
            Is.EqualTo((double[])[.. new double[offset], .. Enumerable.Repeat(-3.0, count), 0]));
    }

    [Test]
    public void Sizes_beyond_32_bits_are_counted_in_64(
        [Values("f32 aligned", "f32", "f64 aligned", "f64")] string how, [Values] bool relu)
    {
        // Only the first elements of the first channel are there to be touched.
        const long Huge = 1L << 36;
        var dtype = how.StartsWith("f32", StringComparison.Ordinal) ? DType.Float32 : DType.Float64;
        var skip = how.EndsWith("aligned", StringComparison.Ordinal) ? 0 : dtype.Size();
        using var run = new KernelRun();
        double[] y = Values.Random(25, 41), bias = [0.25];
        var at = run.Put(dtype, y);
        Launch(run, $"bias_{(relu ? "relu_" : "")}forward_{how[..3]}", at + skip, run.Put(dtype, bias), 1L, 40L, Huge);
        double[] expected = [.. y.Select(value => relu ? Math.Max(value + 0.25, 0) : value + 0.25)];
        (expected[0], expected[40]) = skip == 0 ? (expected[0], y[40]) : (y[0], expected[40]);
        KernelRun.Close("elementwise", dtype, run.Get(dtype, at, 41), expected, "y");
    }

    [Test]
    public void A_strided_view_of_axes_beyond_32_bits_is_copied([Values("b32", "b64", "b128")] string bits)
    {
        const long Huge = 1L << 36;
        var (dtype, width) = bits switch { "b32" => (DType.Float32, 1), "b64" => (DType.Float64, 1), _ => (DType.Float32, 4) };
        using var run = new KernelRun();
        var x = Values.Random(26, 21 * width);
        var y = run.Empty(dtype, 7 * width);
        Launch(run, $"copy_strided_{bits}", run.Put(dtype, x), y, 7L, Huge, Huge, Huge, 1L, 1L, 1L, 3L, 0L, 0L,
            0L, 1L, 0);
        Assert.That(run.Get(dtype, y, 7 * width), Is.EqualTo(x.Where((_, i) => i / width % 3 == 0)));
    }

    [Test]
    public void A_channel_beyond_32_bits_is_summed([Values(DType.Float32, DType.Float64)] DType dtype)
    {
        const long Huge = 1L << 36;
        using var run = new KernelRun();
        var x = Values.Random(27, 300);
        var partial = run.Empty(dtype, 1);
        // The first share of its elements.
        Launch(
            run, dtype == DType.Float32 ? "channel_sum_planes_f32" : "channel_sum_planes_f64", run.Put(dtype, x),
            partial, 1L, 1, Huge, 300L, 1);
        KernelRun.Close("sum", dtype, run.Get(dtype, partial, 1), [x.Sum()], "partial");
    }

    private static void Launch(KernelRun run, string kernel, params ReadOnlySpan<KernelArgument> arguments)
    {
        var signature = CudaKernels.Signatures.Single(candidate => candidate.Name == kernel);
        run.Kernels.Launch(signature, new LaunchShape(new Extent(1), new Extent(256)), run.Stream, arguments);
    }
}
