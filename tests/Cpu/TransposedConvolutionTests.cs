using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

/// <summary>The transposed convolution that stamps filters, for every instruction set.</summary>
[TestFixture(CpuIsa.Portable)]
[TestFixture(CpuIsa.Avx2)]
[TestFixture(CpuIsa.Avx512)]
public sealed class TransposedConvolutionTests(CpuIsa isa)
{
    private static readonly ConvTranspose2dGeometry[] s_shapes =
    [
        new(1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1),
        new(2, 5, 3, 4, 3, 7, 2, 1, 1, 1, 1),
        new(3, 40, 5, 5, 96, 5, 1, 2, 0, 1, 1),
        new(1, 33, 3, 3, 200, 3, 1, 0, 0, 1, 1),
        new(2, 6, 4, 5, 16, new(3, 2), new(2, 3), new(1, 0), new(1, 2), 1, 2),
        new(1, 8, 4, 4, 8, 3, 1, 1, 0, 1, 8),
        new(1, 20, 6, 4, 70, new(2, 3), new(1, 2), new(2, 1), 0, new(2, 3), 1),
        new(1, 2, 5, 5, 3, 3, 1, 0, 1, 2, 1),
        new(1, 3, 9, 70, 17, 3, 1, 1, 0, 1, 1),
        new(1, 70, 2, 3, 1, 2, 4, 0, 3, 1, 1),
        new(7, 3, 4, 3, 9, new(4, 3), 1, new(3, 2), 0, 1, 1),
        // Sums beyond a task's: bands of rows.
        new(1, 2, 70, 60, 40, 3, 1, 1, 0, 1, 1),
    ];

    private readonly ReferenceBackend reference = new();

    [SetUp]
    public void SkipWhereItCannotRun()
    {
        if (!CpuIsaSupport.CanRun(isa))
            Assert.Ignore($"This processor has no {isa}.");
    }

    [Test]
    public void Sums_are_within_the_rounding_of_float([ValueSource(nameof(s_shapes))] ConvTranspose2dGeometry g, [Values(0, 0.7, 1)] double zeros)
    {
        var (x, w, bias) = Inputs(g, zeros);
        using var cpu = new CpuBackend(2, isa);
        var y = Run(cpu, g, x, w, bias);
        double[] Expected(bool magnitudes)
        {
            var into = Data.Empty(reference, y.Length, DType.Float64);
            reference.ConvTranspose2dForward(
                g, Data.Upload64(reference, x, magnitudes), Data.Upload64(reference, w, magnitudes), Data.Upload64(reference, bias, magnitudes), into);
            return Data.Download64(reference, into);
        }
        Data.AssertSums(y, Expected(false), Expected(true), (long)g.Cin / g.Groups * g.Kernel.H * g.Kernel.W, "y");
    }

    [Test]
    public void Bits_depend_neither_on_threads_nor_on_the_batch([ValueSource(nameof(s_shapes))] ConvTranspose2dGeometry g)
    {
        var (x, w, bias) = Inputs(g, 0.5);
        float[]? first = null;
        foreach (var threads in new[] { 1, 2, 3, 5 })
        {
            using var cpu = new CpuBackend(threads, isa);
            var y = Run(cpu, g, x, w, bias);
            first ??= y;
            Assert.That(y.AsSpan().SequenceEqual(first), $"{threads} threads");
            var last = Run(cpu, g with { N = 1 }, x[^(x.Length / g.N)..], w, bias);
            Assert.That(last.AsSpan().SequenceEqual(first.AsSpan()[^last.Length..]), "the last image alone");
        }
    }

    /// <summary>A window of x that holds all that is not zero gives, bit for bit, what the whole plane gives there.</summary>
    [TestCase(3, 1, 1)]
    [TestCase(5, 2, 1)]
    [TestCase(3, 1, 2)]
    public void A_window_gives_what_the_plane_gives(int kernel, int stride, int dilation)
    {
        const int Size = 19, Side = 4, Top = 9, Left = 6, Channels = 50;
        var g = new ConvTranspose2dGeometry(1, Channels, Size, Size, 130, kernel, stride, 1, 0, dilation, 1);
        var small = g with { H = Side, W = Side, Padding = 0 };
        var (part, w, bias) = Inputs(small, 0.4);
        var whole = new float[Channels * Size * Size];
        for (var i = 0; i < part.Length; i++)
            whole[(i / (Side * Side) * Size + Top + i / Side % Side) * Size + Left + i % Side] = part[i];
        using var cpu = new CpuBackend(2, isa);
        float[] expected = Run(cpu, g, whole, w, bias), actual = Run(cpu, small, part, w, bias);
        for (var i = 0; i < actual.Length; i++)
        {
            var (c, y, v) = (i / (small.OH * small.OW), i / small.OW % small.OH, i % small.OW);
            var there = expected[(c * g.OH + Top * stride - 1 + y) * g.OW + Left * stride - 1 + v];
            Assert.That(actual[i], Is.EqualTo(there), $"channel {c}, row {y}, column {v}");
        }
    }

    [Test]
    public void What_is_not_finite_stays_inside_its_stamp_and_a_zero_leaves_it_out()
    {
        // One value in the middle of 5 x 5, 3 x 3 filters, 3 channels: no vector is full.
        var g = new ConvTranspose2dGeometry(1, 2, 5, 5, 3, 3, 1, 0, 0, 1, 1);
        var (_, w, _) = Inputs(g, 0);
        using var cpu = new CpuBackend(2, isa);
        foreach (var value in new[] { float.NaN, float.PositiveInfinity })
        {
            var x = new float[50];
            x[12] = value;
            var y = Run(cpu, g, x, w, new float[3]);
            for (var i = 0; i < y.Length; i++)
            {
                var inside = i / 7 % 7 is >= 2 and <= 4 && i % 7 is >= 2 and <= 4;
                Assert.That(float.IsFinite(y[i]), Is.EqualTo(!inside), $"{value}: [{i}] = {y[i]}");
            }
        }
        var broken = Array.ConvertAll(w, _ => float.NegativeInfinity);
        Assert.That(Run(cpu, g, new float[50], broken, [1, 2, 3]), Is.EqualTo(Enumerable.Range(0, 3 * 49).Select(i => 1f + i / 49)));
    }

    [Test]
    public void Packed_filters_follow_every_change()
    {
        var g = new ConvTranspose2dGeometry(1, 9, 4, 4, 70, 3, 1, 1, 0, 1, 1);
        using var cpu = new CpuBackend(2, isa);
        using var fresh = new CpuBackend(2, isa);
        var (x, w, bias) = Inputs(g, 0.5);
        BufferView bx = Data.Upload(cpu, x), bw = Data.Upload(cpu, w), bb = Data.Upload(cpu, bias), y = Data.Empty(cpu, 70 * 16);
        for (var change = 0; change < 3; change++)
        {
            w = Data.Random(new Random(change), w.Length);
            cpu.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(w), bw);
            var expected = Run(fresh, g, x, w, bias);
            for (var repeat = 0; repeat < 4; repeat++)
            {
                cpu.Fill(double.NaN, y);
                cpu.ConvTranspose2dForward(g, bx, bw, bb, y);
                Assert.That(Data.Download(cpu, y), Is.EqualTo(expected), $"change {change}, repeat {repeat}");
            }
        }
    }

    private static float[] Run(CpuBackend cpu, in ConvTranspose2dGeometry g, float[] x, float[] w, float[] bias)
    {
        var y = Data.Empty(cpu, (long)g.N * g.Cout * g.OH * g.OW);
        cpu.ConvTranspose2dForward(g, Data.Upload(cpu, x), Data.Upload(cpu, w), Data.Upload(cpu, bias), y);
        return Data.Download(cpu, y);
    }

    private static (float[] X, float[] W, float[] Bias) Inputs(in ConvTranspose2dGeometry g, double zeros)
    {
        var random = new Random(g.Cin + g.Cout);
        var x = Data.Random(random, (long)g.N * g.Cin * g.H * g.W);
        for (var i = 0; i < x.Length; i++)
            x[i] = random.NextDouble() < zeros ? 0 : x[i];
        return (x, Data.Random(random, (long)g.Cin * (g.Cout / g.Groups) * g.Kernel.H * g.Kernel.W), Data.Random(random, g.Cout));
    }
}
