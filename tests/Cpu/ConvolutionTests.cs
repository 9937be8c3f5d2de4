using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

/// <summary>The fast convolutions against the plain loops in float64, for every instruction set.</summary>
[TestFixture(CpuIsa.Portable)]
[TestFixture(CpuIsa.Avx2)]
[TestFixture(CpuIsa.Avx512)]
public sealed class ConvolutionTests(CpuIsa isa)
{
    private static readonly Conv2dGeometry[] s_shapes =
    [
        new(1, 1, 1, 1, 1, 1, 1, 0, 1, 1),
        new(2, 3, 8, 9, 5, 1, 1, 0, 1, 1),
        new(1, 3, 17, 15, 7, new(3, 3), 1, 1, 1, 1),
        new(2, 4, 13, 27, 9, new(5, 5), 1, 2, 1, 1),
        new(1, 3, 31, 33, 8, new(7, 7), 2, 2, 1, 1),
        new(1, 3, 27, 27, 6, new(7, 7), new(2, 2), new(1, 1), 1, 1),
        new(3, 6, 11, 10, 8, new(3, 2), new(2, 3), new(1, 0), 1, 2),
        new(2, 4, 12, 12, 4, new(3, 3), 1, 1, 1, 4),
        new(1, 2, 16, 19, 3, new(3, 3), 1, 2, 2, 1),
        new(2, 2, 15, 14, 3, new(3, 2), new(2, 1), new(2, 1), new(2, 3), 1),
        new(1, 2, 9, 11, 3, new(2, 2), 4, 0, 1, 1),
        new(1, 2, 10, 10, 3, new(3, 3), 5, 2, 1, 1),
        new(2, 1, 5, 4, 2, new(5, 4), 1, new(4, 3), 1, 1),
        new(1, 2, 5, 5, 2, new(5, 5), 1, 0, 1, 1),
        new(1, 5, 3, 40, 13, new(1, 3), 1, new(0, 1), 1, 1),
        new(1, 64, 6, 6, 50, new(3, 3), 1, 1, 1, 1),
        new(1, 3, 40, 40, 4, new(11, 11), 4, 2, 1, 1),
        new(5, 2, 2, 2, 3, new(2, 2), 2, 1, 1, 1),
        new(1, 1, 4, 4, 1, new(3, 3), 2, 5, 1, 1),
        new(9, 8, 7, 7, 20, new(3, 3), 1, 1, 1, 1),
        // High enough for bands of the input's gradient.
        new(1, 3, 64, 19, 5, new(3, 3), 2, 1, 1, 1),
        new(1, 4, 91, 8, 514, new(3, 2), new(3, 2), 2, 2, 2),
        // Wide enough for Winograd's transform.
        new(2, 130, 3, 4, 127, new(3, 3), 1, 1, 1, 1),
        new(1, 128, 5, 6, 131, new(3, 3), 1, 0, 1, 1),
        new(1, 257, 4, 3, 65, new(3, 3), 1, new(2, 1), 1, 1),
        new(1, 128, 13, 9, 129, new(3, 3), 1, 1, 1, 1),
        new(1, 127, 5, 6, 130, new(5, 5), 1, 2, 1, 1),
    ];

    private readonly ReferenceBackend _reference = new();

    [SetUp]
    public void SkipWhereItCannotRun()
    {
        if (!CpuIsaSupport.CanRun(isa))
            Assert.Ignore($"This processor has no {isa}.");
    }

    [Test]
    public void Forward([ValueSource(nameof(s_shapes))] Conv2dGeometry g, [Values] bool withBias)
    {
        var (x, w, bias, _) = Inputs(g);
        var count = (long)g.N * g.Cout * g.OH * g.OW;
        using var cpu = new CpuBackend(2, isa);
        var y = Data.Empty(cpu, count);
        cpu.Conv2dForward(g, Data.Upload(cpu, x), Data.Upload(cpu, w), withBias ? Data.Upload(cpu, bias) : null, y);
        var expected = Reference(count, (r, magnitudes, into) => r.Conv2dForward(
            g, Data.Upload64(r, x, magnitudes), Data.Upload64(r, w, magnitudes),
            withBias ? Data.Upload64(r, bias, magnitudes) : null, into));
        Data.AssertSums(Data.Download(cpu, y), expected.Values, expected.Magnitudes, ConvolutionForward.Window(g), "y");
    }

    [TestCase(3, 3, 40, 41)]
    [TestCase(3, 20, 14, 13)]
    [TestCase(3, 20, 6, 5)]
    [TestCase(5, 3, 28, 27)]
    public void Winograd_stays_within_the_rounding_of_direct_sums(int kernel, int images, int h, int w)
    {
        var g = new Conv2dGeometry(images, 128, h, w, 128, kernel, 1, kernel / 2, 1, 1);
        var (x, weights, bias, _) = Inputs(g);
        var count = (long)g.N * g.Cout * g.OH * g.OW;
        using var fast = new CpuBackend(2, isa);
        using var direct = new CpuBackend(2, isa) { Winograd = false };
        float[] Run(CpuBackend cpu, bool magnitudes)
        {
            float[] Of(float[] values) => magnitudes ? Array.ConvertAll(values, Math.Abs) : values;
            var y = Data.Empty(cpu, count);
            cpu.Conv2dForward(g, Data.Upload(cpu, Of(x)), Data.Upload(cpu, Of(weights)), Data.Upload(cpu, Of(bias)), y);
            return Data.Download(cpu, y);
        }
        Data.AssertSums(
            Run(fast, false), Array.ConvertAll(Run(direct, false), value => (double)value), Array.ConvertAll(Run(direct, true), value => (double)value),
            ConvolutionForward.Window(g), "y");
    }

    [Test]
    public void Backward_input([ValueSource(nameof(s_shapes))] Conv2dGeometry g)
    {
        var (x, w, _, dy) = Inputs(g);
        using var cpu = new CpuBackend(2, isa);
        var dx = Data.Empty(cpu, x.Length);
        cpu.Conv2dBackwardInput(g, Data.Upload(cpu, dy), Data.Upload(cpu, w), dx);
        CheckInputGradient(g, Data.Download(cpu, dx));
    }

    /// <summary>Both ways are right for every shape; the backend takes the faster one.</summary>
    [Test]
    public void Backward_input_for_few_channels_and_for_many([ValueSource(nameof(s_shapes))] Conv2dGeometry g, [Values] bool fewInputs)
    {
        using var context = new KernelContext(2, isa);
        CheckInputGradient(g, InputGradient(context, g, fewInputs));
    }

    [TestCase(3)]
    [TestCase(30)]
    public void Backward_input_is_zero_without_output_channels(int channels)
    {
        var g = new Conv2dGeometry(2, channels, 8, 9, 0, new(5, 5), 1, 2, 1, 1);
        using var cpu = new CpuBackend(2, isa);
        var dx = Data.Empty(cpu, 2L * channels * 8 * 9);
        cpu.Conv2dBackwardInput(g, Data.Upload(cpu, []), Data.Upload(cpu, []), dx);
        Assert.That(Data.Download(cpu, dx), Is.All.Zero);
    }

    [Test]
    public void Backward_input_has_the_same_bits_in_any_bands([Values] bool fewInputs)
    {
        var g = new Conv2dGeometry(1, 3, 129, 21, 7, new(3, 5), 2, 1, 1, 1);
        using var alone = new KernelContext(1, isa);
        var expected = InputGradient(alone, g, fewInputs);
        foreach (var threads in new[] { 2, 3, 7 })
        {
            using var context = new KernelContext(threads, isa);
            Assert.That(InputGradient(context, g, fewInputs).AsSpan().SequenceEqual(expected), $"{threads} threads");
        }
    }

    private static unsafe float[] InputGradient(KernelContext context, in Conv2dGeometry g, bool fewInputs)
    {
        var (x, w, _, dy) = Inputs(g);
        Array.Fill(x, float.NaN);
        fixed (float* pdy = dy, pw = w, pdx = x)
        {
            if (fewInputs)
                ConvolutionBackwardFewInputs.Run(context, g, pdy, pw, pdx);
            else
                ConvolutionBackwardInput.Run(context, g, pdy, pw, pdx);
        }
        return x;
    }

    private void CheckInputGradient(Conv2dGeometry g, float[] dx)
    {
        var (_, w, _, dy) = Inputs(g);
        var expected = Reference(dx.Length, (r, magnitudes, into) => r.Conv2dBackwardInput(
            g, Data.Upload64(r, dy, magnitudes), Data.Upload64(r, w, magnitudes), into));
        var terms = (long)g.Cout / g.Groups * g.Kernel.H * g.Kernel.W;
        Data.AssertSums(dx, expected.Values, expected.Magnitudes, terms, "dx");
    }

    [Test]
    public void Backward_weight([ValueSource(nameof(s_shapes))] Conv2dGeometry g)
    {
        var (x, w, _, dy) = Inputs(g);
        using var cpu = new CpuBackend(2, isa);
        var dw = Data.Empty(cpu, w.Length);
        cpu.Conv2dBackwardWeight(g, Data.Upload(cpu, x), Data.Upload(cpu, dy), dw);
        var expected = Reference(w.Length, (r, magnitudes, into) => r.Conv2dBackwardWeight(
            g, Data.Upload64(r, x, magnitudes), Data.Upload64(r, dy, magnitudes), into));
        Data.AssertSums(Data.Download(cpu, dw), expected.Values, expected.Magnitudes, (long)g.N * g.OH * g.OW, "dw");
    }

    [Test]
    public void Transposed_forward([Values(0, 1)] int outputPadding, [Values(1, 2, 3)] int stride, [Values(1, 2)] int groups)
    {
        var g = new ConvTranspose2dGeometry(
            2, 4, 7, 6, 6, new(3, 4), stride, 1, stride == 1 ? 0 : outputPadding, 1, groups);
        var random = new Random(stride);
        var x = Data.Random(random, g.N * g.Cin * g.H * g.W);
        var w = Data.Random(random, g.Cin * (g.Cout / groups) * 12);
        var bias = Data.Random(random, g.Cout);
        var count = (long)g.N * g.Cout * g.OH * g.OW;
        using var cpu = new CpuBackend(2, isa);
        var y = Data.Empty(cpu, count);
        cpu.ConvTranspose2dForward(g, Data.Upload(cpu, x), Data.Upload(cpu, w), Data.Upload(cpu, bias), y);
        var expected = Reference(count, (r, magnitudes, into) => r.ConvTranspose2dForward(
            g, Data.Upload64(r, x, magnitudes), Data.Upload64(r, w, magnitudes), Data.Upload64(r, bias, magnitudes), into));
        Data.AssertSums(Data.Download(cpu, y), expected.Values, expected.Magnitudes, g.Cin * 12, "y");
    }

    [Test]
    public void An_output_padding_beyond_the_stride_is_right_too()
    {
        var g = new ConvTranspose2dGeometry(1, 2, 5, 5, 3, 3, 1, 0, 1, 2, 1);
        var random = new Random(4);
        var x = Data.Random(random, 50);
        var w = Data.Random(random, 2 * 3 * 9);
        var count = 3L * g.OH * g.OW;
        using var cpu = new CpuBackend(2, isa);
        var y = Data.Empty(cpu, count);
        cpu.ConvTranspose2dForward(g, Data.Upload(cpu, x), Data.Upload(cpu, w), null, y);
        var expected = Reference(count, (r, magnitudes, into) => r.ConvTranspose2dForward(
            g, Data.Upload64(r, x, magnitudes), Data.Upload64(r, w, magnitudes), null, into));
        Data.AssertSums(Data.Download(cpu, y), expected.Values, expected.Magnitudes, 18, "y");
    }

    private static readonly Conv2dGeometry[] s_threaded =
    [
        new(2, 5, 30, 31, 20, 3, 1, 1, 1, 1),
        new(1, 3, 60, 61, 16, 7, 2, 2, 1, 1),
        new(3, 8, 20, 20, 12, 5, 1, 2, 1, 2),
        new(4, 40, 6, 6, 150, 3, 1, 1, 1, 1),
    ];

    [Test]
    public void Results_are_equal_bit_for_bit_for_every_thread_count([ValueSource(nameof(s_threaded))] Conv2dGeometry g)
    {
        var (x, w, bias, dy) = Inputs(g);
        float[][]? first = null;
        foreach (var threads in new[] { 1, 2, 3, 5 })
        {
            using var cpu = new CpuBackend(threads, isa);
            BufferView bx = Data.Upload(cpu, x), bw = Data.Upload(cpu, w), bdy = Data.Upload(cpu, dy);
            BufferView y = Data.Empty(cpu, dy.Length), dx = Data.Empty(cpu, x.Length), dw = Data.Empty(cpu, w.Length);
            cpu.Conv2dForward(g, bx, bw, Data.Upload(cpu, bias), y);
            cpu.Conv2dBackwardInput(g, bdy, bw, dx);
            cpu.Conv2dBackwardWeight(g, bx, bdy, dw);
            float[][] results = [Data.Download(cpu, y), Data.Download(cpu, dx), Data.Download(cpu, dw)];
            first ??= results;
            for (var i = 0; i < 3; i++)
                Assert.That(results[i].AsSpan().SequenceEqual(first[i]), $"result {i} with {threads} threads");
        }
    }

    [Test]
    public unsafe void A_fused_rectifier_equals_the_plain_result_rectified()
    {
        var g = new Conv2dGeometry(2, 3, 19, 21, 13, 3, 1, 1, 1, 1);
        var (x, w, bias, _) = Inputs(g);
        using var context = new KernelContext(2, isa);
        var count = g.N * g.Cout * g.OH * g.OW;
        float[] plain = new float[count], fused = new float[count], packed = new float[ConvolutionForward.PackedFloats(context, g)];
        fixed (float* px = x, pw = w, pb = bias, pp = packed, p0 = plain, p1 = fused)
        {
            ConvolutionForward.PackWeights(context, g, pw, pp);
            ConvolutionForward.Run(context, g, px, pp, pb, p0);
            ConvolutionForward.Run(context, g, px, pp, pb, p1, relu: true);
        }
        Assert.That(fused, Is.EqualTo(plain.Select(v => v > 0 ? v : 0f)));
        Assert.That(fused, Has.Some.Zero);
    }

    private static (float[] X, float[] W, float[] Bias, float[] Dy) Inputs(in Conv2dGeometry g)
    {
        var random = new Random(g.H * 7 + g.W + g.Cin);
        return (
            Data.Random(random, (long)g.N * g.Cin * g.H * g.W),
            Data.Random(random, (long)g.Cout * ConvolutionForward.Window(g)),
            Data.Random(random, g.Cout),
            Data.Random(random, (long)g.N * g.Cout * g.OH * g.OW));
    }

    private (double[] Values, double[] Magnitudes) Reference(long count, Action<ReferenceBackend, bool, BufferView> run)
    {
        var into = Data.Empty(_reference, count, DType.Float64);
        run(_reference, false, into);
        var values = Data.Download64(_reference, into);
        run(_reference, true, into);
        return (values, Data.Download64(_reference, into));
    }
}
