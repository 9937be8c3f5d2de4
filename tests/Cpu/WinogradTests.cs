using System.Collections.Concurrent;
using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

/// <summary>Winograd's convolutions of 3x3 and 5x5 against the plain loops in float64, within the rounding bound of its own arithmetic.</summary>
[TestFixture(CpuIsa.Portable)]
[TestFixture(CpuIsa.Avx2)]
[TestFixture(CpuIsa.Avx512)]
public sealed unsafe class WinogradTests(CpuIsa isa)
{
    private static readonly Conv2dGeometry[] s_threes =
    [
        new(1, 32, 27, 27, 32, 3, 1, 1, 1, 1), new(2, 33, 16, 31, 40, 3, 1, 1, 1, 1), new(1, 64, 15, 18, 35, 3, 1, new(0, 2), 1, 1),
        new(3, 32, 11, 30, 50, 3, 1, 0, 1, 1), new(2, 40, 12, 28, 32, 3, 1, 2, 1, 1), new(1, 400, 8, 16, 33, 3, 1, 1, 1, 1),
    ];

    private static readonly Conv2dGeometry[] s_fives =
    [
        new(1, 32, 27, 27, 32, 5, 1, 2, 1, 1), new(3, 33, 6, 19, 16, 5, 1, 2, 1, 1), new(1, 40, 15, 18, 35, 5, 1, new(0, 4), 1, 1),
        new(2, 24, 8, 50, 33, 5, 1, 1, 1, 1), new(1, 400, 7, 9, 9, 5, 1, 2, 1, 1),
    ];

    private static readonly object[] s_cases =
    [
        .. s_threes.Select(g => new object[] { 2, g }),
        .. s_threes.Select(g => new object[] { 4, g }),
        .. s_fives.Select(g => new object[] { 2, g }),
    ];

    /// <summary>The plain loops' results and what rounding can do to them: the same for every instruction set.</summary>
    private static readonly ConcurrentDictionary<(int Outputs, Conv2dGeometry Geometry), Expected> s_expected = [];

    /// <summary>The plain loops' gradients of the weights, and the same of all absolute values.</summary>
    private static readonly ConcurrentDictionary<Conv2dGeometry, (double[] Sums, double[] Magnitudes)> s_gradients = [];

    private readonly ReferenceBackend _reference = new();

    [SetUp]
    public void SkipWhereItCannotRun()
    {
        if (!CpuIsaSupport.CanRun(isa))
            Assert.Ignore($"This processor has no {isa}.");
    }

    [TestCaseSource(nameof(s_cases))]
    public void Forward_and_backward_input_are_within_the_rounding_bound(int outputs, Conv2dGeometry g)
    {
        var tile = TileOf(outputs, g);
        var (x, w, bias, dy) = Inputs(g);
        using var context = new KernelContext(2, isa);
        float[] y = new float[dy.Length], rectified = new float[dy.Length], dx = new float[x.Length];
        (WinogradConvolution.Shape Shape, WinogradConvolution.Filters Filters) forward =
            (WinogradConvolution.ForwardShape(g) with { Tile = tile }, WinogradConvolution.ForwardFilters(g));
        (WinogradConvolution.Shape Shape, WinogradConvolution.Filters Filters) backward =
            (WinogradConvolution.BackwardShape(g) with { Tile = tile }, WinogradConvolution.BackwardFilters(g));
        using var packed = new Scratch(WinogradConvolution.PackedFloats(context, forward.Shape));
        using var turned = new Scratch(WinogradConvolution.PackedFloats(context, backward.Shape));
        fixed (float* px = x, pw = w, pb = bias, pdy = dy, py = y, pr = rectified, pdx = dx)
        {
            WinogradConvolution.PackWeights(context, forward.Shape, forward.Filters, pw, packed.Floats);
            WinogradConvolution.Run(context, forward.Shape, px, packed.Floats, pb, py);
            WinogradConvolution.Run(context, forward.Shape, px, packed.Floats, pb, pr, relu: true);
            WinogradConvolution.PackWeights(context, backward.Shape, backward.Filters, pw, turned.Floats);
            WinogradConvolution.Run(context, backward.Shape, pdy, turned.Floats, null, pdx);
        }
        var expected = s_expected.GetOrAdd((outputs, g), _ => Expect(g, forward.Shape, backward.Shape, x, w, bias, dy));
        Near(y, expected.Y, expected.YBounds);
        Assert.That(rectified, Is.EqualTo(y.Select(v => v > 0 ? v : 0f)));
        Near(dx, expected.Dx, expected.DxBounds);
    }

    [Test]
    public void The_backend_takes_it_where_it_pays_and_not_when_it_is_switched_off()
    {
        using var on = new KernelContext(1, isa);
        using var off = new KernelContext(1, isa) { Winograd = false };
        var g = new Conv2dGeometry(1, 128, 27, 27, 128, 3, 1, 1, 1, 1);
        Assert.That(WinogradConvolution.Forward(on, g)?.Shape.Tile, Is.EqualTo(WinogradConvolution.Tile.F4x3));
        Assert.That(WinogradConvolution.Forward(on, g with { H = 6, W = 6 })?.Shape.Tile, Is.EqualTo(WinogradConvolution.Tile.F2x3));
        Assert.That(
            WinogradConvolution.Forward(on, g with { Kernel = 5, Padding = 2 })?.Shape.Tile, Is.EqualTo(WinogradConvolution.Tile.F2x5));
        Assert.That(WinogradConvolution.Forward(off, g), Is.Null);
        Assert.That(WinogradConvolution.Forward(on, g with { Stride = 2 }), Is.Null);
        Assert.That(WinogradConvolution.Forward(on, g with { Dilation = 2 }), Is.Null);
        Assert.That(WinogradConvolution.Forward(on, g with { Groups = 2 }), Is.Null);
        Assert.That(WinogradConvolution.Forward(on, g with { Kernel = new(3, 5) }), Is.Null);
        Assert.That(WinogradConvolution.Forward(on, g with { Kernel = 7 }), Is.Null);
        Assert.That(WinogradConvolution.Forward(on, g with { Cin = 3 }), Is.Null);
        Assert.That(WinogradConvolution.BackwardInput(on, g with { Padding = 3 }), Is.Null);
    }

    [TestCase(3, 13, 15)]
    [TestCase(3, 6, 7)]
    [TestCase(5, 13, 15)]
    public void Results_are_equal_bit_for_bit_for_every_thread_count_and_batch(int kernel, int h, int w0)
    {
        var g = new Conv2dGeometry(3, 130, h, w0, 129, kernel, 1, kernel / 2, 1, 1);
        var (x, w, bias, dy) = Inputs(g);
        float[][]? first = null;
        foreach (var threads in new[] { 1, 2, 3, 5 })
        {
            using var cpu = new CpuBackend(threads, isa);
            BufferView bx = Data.Upload(cpu, x), bw = Data.Upload(cpu, w), bb = Data.Upload(cpu, bias);
            BufferView y = Data.Empty(cpu, dy.Length), dx = Data.Empty(cpu, x.Length), dw = Data.Empty(cpu, w.Length);
            var one = Data.Empty(cpu, dy.Length / 3);
            cpu.Conv2dForward(g, bx, bw, bb, y);
            cpu.Conv2dBackwardInput(g, Data.Upload(cpu, dy), bw, dx);
            cpu.Conv2dBackwardWeight(g, bx, Data.Upload(cpu, dy), dw);
            cpu.Conv2dForward(g with { N = 1 }, new BufferView(bx.Buffer, DType.Float32, x.Length / 3, x.Length / 3), bw, bb, one);
            float[][] results = [Data.Download(cpu, y), Data.Download(cpu, dx), Data.Download(cpu, dw)];
            first ??= results;
            for (var i = 0; i < results.Length; i++)
                Assert.That(results[i].AsSpan().SequenceEqual(first[i]), $"result {i} with {threads} threads");
            Assert.That(Data.Download(cpu, one).AsSpan().SequenceEqual(first[0].AsSpan(dy.Length / 3, dy.Length / 3)), "alone as in a batch");
        }
    }

    [Test]
    public void Parts_are_whole_images_or_even_bands_of_one_image()
    {
        using var context = new KernelContext(1, isa) { WinogradBytes = 1 << 20 };
        // Rows of 7 tiles, of 36 cells: 32 KiB with 32 channels, and 7 of them an image.
        var shape = WinogradConvolution.ForwardShape(new(5, 32, 27, 27, 32, 3, 1, 1, 1, 1)) with { Tile = WinogradConvolution.Tile.F4x3 };
        Assert.That(WinogradConvolution.AtOnce(context, shape, 32), Is.EqualTo((4, 7)));
        Assert.That(WinogradConvolution.AtOnce(context, shape, 8), Is.EqualTo((5, 7)), "no more than there are");
        Assert.That(WinogradConvolution.AtOnce(context, shape, 256), Is.EqualTo((1, 4)));
        Assert.That(WinogradConvolution.AtOnce(context, shape, 1 << 20), Is.EqualTo((1, 1)), "a row at least");
    }

    /// <summary>By two images, and by two and by one of their rows of tiles (as the forward pass counts).</summary>
    [TestCaseSource(nameof(s_cases))]
    public void A_batch_in_parts_gives_the_same_and_sums_the_same_gradient(int outputs, Conv2dGeometry g)
    {
        g = g with { N = 3 };
        var tile = TileOf(outputs, g);
        var (x, w, bias, dy) = Inputs(g);
        var (shape, filters) = (WinogradConvolution.ForwardShape(g) with { Tile = tile }, WinogradConvolution.ForwardFilters(g));
        var (sums, magnitudes) = s_gradients.GetOrAdd(g, _ =>
        {
            BufferView Into() => Data.Empty(_reference, w.Length, DType.Float64);
            BufferView sums = Into(), magnitudes = Into();
            _reference.Conv2dBackwardWeight(g, Data.Upload64(_reference, x), Data.Upload64(_reference, dy), sums);
            _reference.Conv2dBackwardWeight(g, Data.Upload64(_reference, x, true), Data.Upload64(_reference, dy, true), magnitudes);
            return (Data.Download64(_reference, sums), Data.Download64(_reference, magnitudes));
        });
        float[]? whole = null;
        foreach (var tileRows in new[] { g.N * shape.TileRows, 2 * shape.TileRows, 2, 1 })
        {
            // One block of output channels where it is not the whole batch.
            using var context = new KernelContext(2, isa)
            {
                WinogradBytes = (long)tileRows * shape.Cells * shape.Cin * shape.TileColumns * sizeof(float),
                WinogradProductBytes = whole == null ? 16 << 20 : 1,
            };
            float[] y = new float[dy.Length], dw = new float[w.Length];
            using var packed = new Scratch(WinogradConvolution.PackedFloats(context, shape));
            fixed (float* px = x, pw = w, pb = bias, pdy = dy, py = y, pdw = dw)
            {
                WinogradConvolution.PackWeights(context, shape, filters, pw, packed.Floats);
                WinogradConvolution.Run(context, shape, px, packed.Floats, pb, py);
                WinogradBackwardWeight.Run(context, shape, px, pdy, pdw);
            }
            whole ??= y;
            Assert.That(y.AsSpan().SequenceEqual(whole), $"{tileRows} rows of tiles");
            Data.AssertSums(dw, sums, magnitudes, (long)g.N * g.OH * g.OW, $"dw by {tileRows} rows");
        }
    }

    private static WinogradConvolution.Tile TileOf(int outputs, in Conv2dGeometry g) => g.Kernel.H == 5
        ? WinogradConvolution.Tile.F2x5
        : outputs == 4 ? WinogradConvolution.Tile.F4x3 : WinogradConvolution.Tile.F2x3;

    private Expected Expect(
        in Conv2dGeometry g, WinogradConvolution.Shape forward, WinogradConvolution.Shape backward, float[] x, float[] w, float[] bias, float[] dy)
    {
        var weight = Data.Upload64(_reference, w);
        var y = Data.Empty(_reference, dy.Length, DType.Float64);
        _reference.Conv2dForward(g, Data.Upload64(_reference, x), weight, Data.Upload64(_reference, bias), y);
        var dx = Data.Empty(_reference, x.Length, DType.Float64);
        _reference.Conv2dBackwardInput(g, Data.Upload64(_reference, dy), weight, dx);
        return new(
            Data.Download64(_reference, y), Bounds(forward, x, w, bias), Data.Download64(_reference, dx), Bounds(backward, dy, Turned(g, w), null));
    }

    private static void Near(float[] actual, double[] expected, double[] bounds)
    {
        for (var i = 0; i < actual.Length; i++)
        {
            if (!(Math.Abs(actual[i] - expected[i]) <= bounds[i]))
                Assert.Fail($"[{i}] = {actual[i]:R}, expected {expected[i]:R} within {bounds[i]:E2}");
        }
    }

    /// <summary>
    /// What rounding can do at most: |At| (|U| |V| summed over channels) |A| with |U| = |G| |g| |Gt| and |V| = |Bt| |d| |B|,
    /// times a unit roundoff for every addition and product on the way (one a channel, some for slices and transforms).
    /// </summary>
    private static double[] Bounds(in WinogradConvolution.Shape s, float[] x, float[] w, float[]? bias)
    {
        int m = s.Outputs, r = s.Taps, size = m + r - 1, cells = size * size, taps = r * r;
        var (at, g, bt) = Magnitudes(s.Tile == WinogradConvolution.Tile.F2x3 ? [0, 1, -1] : [0, 5.0 / 8, -5.0 / 8, 1.5, -1.5], m, r);
        var bounds = new double[s.N * s.Cout * s.OH * s.OW];
        var unit = (s.Cin + 24) * Math.Pow(2, -24);
        var filters = new double[s.Cout * s.Cin * cells];
        for (var f = 0; f < s.Cout * s.Cin; f++)
        for (var cell = 0; cell < cells; cell++)
        for (var tap = 0; tap < taps; tap++)
            filters[f * cells + cell] += g[cell / size, tap / r] * g[cell % size, tap % r] * Math.Abs(w[f * taps + tap]);
        double[] window = new double[cells], half = new double[cells], products = new double[cells];
        var inputs = new double[s.Cin * cells];
        for (var n = 0; n < s.N; n++)
        for (var ty = 0; ty < s.TileRows; ty++)
        for (var tx = 0; tx < s.TileColumns; tx++)
        {
            for (var c = 0; c < s.Cin; c++)
            {
                for (var cell = 0; cell < cells; cell++)
                {
                    int row = m * ty + cell / size - s.PadH, column = m * tx + cell % size - s.PadW;
                    var inside = row >= 0 && row < s.H && column >= 0 && column < s.W;
                    window[cell] = inside ? Math.Abs(x[((n * s.Cin + c) * s.H + row) * s.W + column]) : 0;
                }
                for (var cell = 0; cell < cells; cell++)
                    half[cell] = Enumerable.Range(0, size).Sum(i => bt[cell / size, i] * window[i * size + cell % size]);
                for (var cell = 0; cell < cells; cell++)
                    inputs[c * cells + cell] = Enumerable.Range(0, size).Sum(i => bt[cell % size, i] * half[cell / size * size + i]);
            }
            for (var co = 0; co < s.Cout; co++)
            {
                Array.Clear(products);
                for (var i = 0; i < s.Cin * cells; i++)
                    products[i % cells] += inputs[i] * filters[co * s.Cin * cells + i];
                for (var p = 0; p < m && m * ty + p < s.OH; p++)
                for (var q = 0; q < m && m * tx + q < s.OW; q++)
                {
                    var sum = bias is null ? 0.0 : Math.Abs(bias[co]);
                    for (var cell = 0; cell < cells; cell++)
                        sum += at[p, cell / size] * at[q, cell % size] * products[cell];
                    bounds[((n * s.Cout + co) * s.OH + m * ty + p) * s.OW + m * tx + q] = unit * sum;
                }
            }
        }
        return bounds;
    }

    /// <summary>
    /// |At|, |G| and |Bt| of the minimal algorithm on some points and infinity, after Toom and Cook: At and G hold the points'
    /// powers, a row of Bt the coefficients of the product over the other points.
    /// </summary>
    private static (double[,] At, double[,] G, double[,] Bt) Magnitudes(double[] points, int m, int r)
    {
        var size = m + r - 1;
        double[,] at = new double[m, size], g = new double[size, r], bt = new double[size, size];
        for (var j = 0; j < size - 1; j++)
        {
            var others = points.Where((_, i) => i != j).ToArray();
            var distance = others.Aggregate(1.0, (product, point) => product * (points[j] - point));
            for (var i = 0; i < m; i++)
                at[i, j] = Math.Abs(Math.Pow(points[j], i));
            for (var i = 0; i < r; i++)
                g[j, i] = Math.Abs(Math.Pow(points[j], i) / distance);
            Coefficients(others, j);
        }
        (at[m - 1, size - 1], g[size - 1, r - 1]) = (1, 1);
        Coefficients(points, size - 1);
        return (at, g, bt);

        void Coefficients(double[] roots, int row)
        {
            double[] polynomial = [1];
            foreach (var root in roots)
                polynomial = [.. Enumerable.Range(0, polynomial.Length + 1)
                    .Select(i => (i > 0 ? polynomial[i - 1] : 0) - (i < polynomial.Length ? root * polynomial[i] : 0))];
            for (var i = 0; i < polynomial.Length; i++)
                bt[row, i] = Math.Abs(polynomial[i]);
        }
    }

    /// <summary>The filters of the convolution that the gradient of the input is.</summary>
    private static float[] Turned(in Conv2dGeometry g, float[] w)
    {
        var turned = new float[w.Length];
        var taps = g.Kernel.H * g.Kernel.W;
        for (var co = 0; co < g.Cout; co++)
        for (var ci = 0; ci < g.Cin; ci++)
        for (var tap = 0; tap < taps; tap++)
            turned[(ci * g.Cout + co) * taps + taps - 1 - tap] = w[(co * g.Cin + ci) * taps + tap];
        return turned;
    }

    private static (float[] X, float[] W, float[] Bias, float[] Dy) Inputs(in Conv2dGeometry g)
    {
        var random = new Random(g.H + g.Cout);
        return (
            Data.Random(random, (long)g.N * g.Cin * g.H * g.W), Data.Random(random, (long)g.Cout * g.Cin * g.Kernel.H * g.Kernel.W),
            Data.Random(random, g.Cout), Data.Random(random, (long)g.N * g.Cout * g.OH * g.OW));
    }

    private sealed record Expected(double[] Y, double[] YBounds, double[] Dx, double[] DxBounds);
}
