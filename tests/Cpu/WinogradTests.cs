using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

/// <summary>Winograd's 3x3 convolution against the plain loops in float64, within the rounding bound of its own arithmetic.</summary>
[TestFixture(CpuIsa.Portable)]
[TestFixture(CpuIsa.Avx2)]
[TestFixture(CpuIsa.Avx512)]
public sealed unsafe class WinogradTests(CpuIsa isa)
{
    private static readonly Conv2dGeometry[] s_shapes =
    [
        new(1, 32, 27, 27, 32, 3, 1, 1, 1, 1), new(2, 33, 16, 31, 40, 3, 1, 1, 1, 1), new(1, 64, 15, 18, 35, 3, 1, new(0, 2), 1, 1),
        new(3, 32, 11, 30, 50, 3, 1, 0, 1, 1), new(2, 40, 12, 28, 32, 3, 1, 2, 1, 1), new(1, 400, 8, 16, 33, 3, 1, 1, 1, 1),
    ];

    private readonly ReferenceBackend _reference = new();

    [SetUp]
    public void SkipWhereItCannotRun()
    {
        if (!CpuIsaSupport.CanRun(isa))
            Assert.Ignore($"This processor has no {isa}.");
    }

    [Test]
    public void Forward_and_backward_input_are_within_the_rounding_bound([ValueSource(nameof(s_shapes))] Conv2dGeometry g)
    {
        var (x, w, bias, dy) = Inputs(g);
        using var context = new KernelContext(2, isa);
        float[] y = new float[dy.Length], rectified = new float[dy.Length], dx = new float[x.Length];
        (WinogradConvolution.Shape Shape, WinogradConvolution.Filters Filters) forward =
            (WinogradConvolution.ForwardShape(g), WinogradConvolution.ForwardFilters(g));
        (WinogradConvolution.Shape Shape, WinogradConvolution.Filters Filters) backward =
            (WinogradConvolution.BackwardShape(g), WinogradConvolution.BackwardFilters(g));
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
        var into = Data.Empty(_reference, y.Length, DType.Float64);
        _reference.Conv2dForward(g, Data.Upload64(_reference, x), Data.Upload64(_reference, w), Data.Upload64(_reference, bias), into);
        Near(y, Data.Download64(_reference, into), Bounds(forward.Shape, x, w, bias));
        Assert.That(rectified, Is.EqualTo(y.Select(v => v > 0 ? v : 0f)));
        into = Data.Empty(_reference, dx.Length, DType.Float64);
        _reference.Conv2dBackwardInput(g, Data.Upload64(_reference, dy), Data.Upload64(_reference, w), into);
        Near(dx, Data.Download64(_reference, into), Bounds(backward.Shape, dy, Turned(g, w), null));
    }

    [Test]
    public void The_backend_takes_it_where_it_pays_and_not_when_it_is_switched_off()
    {
        using var on = new KernelContext(1, isa);
        using var off = new KernelContext(1, isa) { Winograd = false };
        var g = new Conv2dGeometry(1, 128, 27, 27, 128, 3, 1, 1, 1, 1);
        Assert.That(WinogradConvolution.Forward(on, g), Is.Not.Null);
        Assert.That(WinogradConvolution.Forward(off, g), Is.Null);
        Assert.That(WinogradConvolution.Forward(on, g with { Stride = 2 }), Is.Null);
        Assert.That(WinogradConvolution.Forward(on, g with { Dilation = 2 }), Is.Null);
        Assert.That(WinogradConvolution.Forward(on, g with { Groups = 2 }), Is.Null);
        Assert.That(WinogradConvolution.Forward(on, g with { Kernel = 5 }), Is.Null);
        Assert.That(WinogradConvolution.Forward(on, g with { Cin = 3 }), Is.Null);
        Assert.That(WinogradConvolution.BackwardInput(on, g with { Padding = 3 }), Is.Null);
    }

    [Test]
    public void Results_are_equal_bit_for_bit_for_every_thread_count_and_batch()
    {
        var g = new Conv2dGeometry(3, 130, 13, 15, 129, 3, 1, 1, 1, 1);
        var (x, w, bias, dy) = Inputs(g);
        float[][]? first = null;
        foreach (var threads in new[] { 1, 2, 3, 5 })
        {
            using var cpu = new CpuBackend(threads, isa);
            BufferView bx = Data.Upload(cpu, x), bw = Data.Upload(cpu, w), bb = Data.Upload(cpu, bias);
            BufferView y = Data.Empty(cpu, dy.Length), dx = Data.Empty(cpu, x.Length), one = Data.Empty(cpu, dy.Length / 3);
            cpu.Conv2dForward(g, bx, bw, bb, y);
            cpu.Conv2dBackwardInput(g, Data.Upload(cpu, dy), bw, dx);
            cpu.Conv2dForward(g with { N = 1 }, new BufferView(bx.Buffer, DType.Float32, x.Length / 3, x.Length / 3), bw, bb, one);
            float[][] results = [Data.Download(cpu, y), Data.Download(cpu, dx)];
            first ??= results;
            for (var i = 0; i < 2; i++)
                Assert.That(results[i].AsSpan().SequenceEqual(first[i]), $"result {i} with {threads} threads");
            Assert.That(Data.Download(cpu, one).AsSpan().SequenceEqual(first[0].AsSpan(dy.Length / 3, dy.Length / 3)), "alone as in a batch");
        }
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
        var bounds = new double[s.N * s.Cout * s.OH * s.OW];
        var unit = (s.Cin + 24) * Math.Pow(2, -24);
        var filters = new double[s.Cout * s.Cin * 16];
        double[][] g = [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 1]];
        for (var f = 0; f < s.Cout * s.Cin; f++)
        for (var cell = 0; cell < 16; cell++)
        for (var tap = 0; tap < 9; tap++)
            filters[f * 16 + cell] += g[cell / 4][tap / 3] * g[cell % 4][tap % 3] * Math.Abs(w[f * 9 + tap]);
        int[][] b = [[0, 2], [1, 2], [1, 2], [1, 3]];
        var inputs = new double[s.Cin * 16];
        var products = new double[16];
        for (var n = 0; n < s.N; n++)
        for (var ty = 0; ty < s.TileRows; ty++)
        for (var tx = 0; tx < s.TileColumns; tx++)
        {
            Array.Clear(inputs);
            for (var c = 0; c < s.Cin; c++)
            for (var cell = 0; cell < 16; cell++)
                foreach (var i in b[cell / 4])
                foreach (var j in b[cell % 4])
                {
                    int h = 2 * ty + i - s.PadH, v = 2 * tx + j - s.PadW;
                    if (h >= 0 && h < s.H && v >= 0 && v < s.W)
                        inputs[c * 16 + cell] += Math.Abs(x[((n * s.Cin + c) * s.H + h) * s.W + v]);
                }
            for (var co = 0; co < s.Cout; co++)
            {
                Array.Clear(products);
                for (var i = 0; i < s.Cin * 16; i++)
                    products[i % 16] += inputs[i] * filters[co * s.Cin * 16 + i];
                for (var p = 0; p < 2 && 2 * ty + p < s.OH; p++)
                for (var q = 0; q < 2 && 2 * tx + q < s.OW; q++)
                {
                    var sum = bias is null ? 0.0 : Math.Abs(bias[co]);
                    for (var i = p; i < p + 3; i++)
                    for (var j = q; j < q + 3; j++)
                        sum += products[4 * i + j];
                    bounds[((n * s.Cout + co) * s.OH + 2 * ty + p) * s.OW + 2 * tx + q] = unit * sum;
                }
            }
        }
        return bounds;
    }

    /// <summary>The filters of the convolution that the gradient of the input is.</summary>
    private static float[] Turned(in Conv2dGeometry g, float[] w)
    {
        var turned = new float[w.Length];
        for (var co = 0; co < g.Cout; co++)
        for (var ci = 0; ci < g.Cin; ci++)
        for (var tap = 0; tap < 9; tap++)
            turned[(ci * g.Cout + co) * 9 + 8 - tap] = w[(co * g.Cin + ci) * 9 + tap];
        return turned;
    }

    private static (float[] X, float[] W, float[] Bias, float[] Dy) Inputs(in Conv2dGeometry g)
    {
        var random = new Random(g.H + g.Cout);
        return (
            Data.Random(random, (long)g.N * g.Cin * g.H * g.W), Data.Random(random, (long)g.Cout * g.Cin * 9),
            Data.Random(random, g.Cout), Data.Random(random, (long)g.N * g.Cout * g.OH * g.OW));
    }
}
