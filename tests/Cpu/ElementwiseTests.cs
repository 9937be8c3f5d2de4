using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

/// <summary>Element-wise kernels and LRN of the CPU backend against the plain loops in the same precision.</summary>
[TestFixture]
public sealed class ElementwiseTests
{
    private readonly CpuBackend _cpu = new(2);
    private readonly ReferenceBackend _reference = new();

    [OneTimeTearDown]
    public void Dispose() => _cpu.Dispose();

    [Test]
    public void Simple_kernels_equal_the_plain_loops_bit_for_bit([Values(1, 7, 8, 33, 1025, 70_001)] int count)
    {
        var random = new Random(count);
        var a = Data.Random(random, count);
        var b = Data.Random(random, count);
        a[0] = float.NaN;
        a[count / 2] = 0;
        Same(count, (backend, y) => backend.Add(Data.Upload(backend, a), Data.Upload(backend, b), y));
        Same(count, (backend, y) => backend.Multiply(Data.Upload(backend, a), Data.Upload(backend, b), y));
        Same(count, (backend, y) => backend.Scale(1.7, Data.Upload(backend, a), y));
        Same(count, (backend, y) => backend.ReLUForward(Data.Upload(backend, a), y));
        Same(count, (backend, y) => backend.Fill(3.25, y));
        Same(count, (backend, y) => backend.Copy(Data.Upload(backend, a), y));
        foreach (var rule in Enum.GetValues<ReLURule>())
            Same(count, (backend, y) => backend.ReLUBackward(rule, Data.Upload(backend, a), Data.Upload(backend, b), y));
    }

    [Test]
    public void Sgd_equals_the_plain_loops([Values(1, 9, 40_003)] int count, [Values] bool withVelocity)
    {
        var random = new Random(count);
        float[] w = Data.Random(random, count), g = Data.Random(random, count), v = Data.Random(random, count);
        var results = new List<(float[] W, float[] V)>();
        foreach (IBackend backend in new IBackend[] { _cpu, _reference })
        {
            BufferView weights = Data.Upload(backend, w), velocity = Data.Upload(backend, v);
            backend.Sgd(new SgdStep(0.1, 0.9, 5e-4), Data.Upload(backend, g), withVelocity ? velocity : null, weights);
            results.Add((Data.Download(backend, weights), Data.Download(backend, velocity)));
        }
        for (var i = 0; i < count; i++)
        {
            // A product fused into its sum or not: a rounding of values below 2 apart.
            Assert.That(results[0].W[i], Is.EqualTo(results[1].W[i]).Within(4 * Math.Pow(2, -24)));
            Assert.That(results[0].V[i], Is.EqualTo(results[1].V[i]).Within(4 * Math.Pow(2, -24)));
        }
    }

    [Test]
    public void Local_response_norm_across_channels_is_near_the_float64_loops(
        [Values(1, 2, 5)] int size, [Values(0.75, 0.6)] double beta, [Values(1, 9, 20)] int width)
    {
        var g = new LocalResponseNormGeometry(2, 7, 5, width, size, 0.3, beta, 2, true);
        var random = new Random(size);
        var count = 2 * 7 * 5 * width;
        var x = Data.Random(random, count);
        var dy = Data.Random(random, count);
        BufferView y = Data.Empty(_cpu, count), dx = Data.Empty(_cpu, count);
        _cpu.LocalResponseNormForward(g, Data.Upload(_cpu, x), y);
        _cpu.LocalResponseNormBackward(g, Data.Upload(_cpu, x), Data.Upload(_cpu, dy), dx);
        BufferView expectedY = Data.Empty(_reference, count, DType.Float64), expectedDx = Data.Empty(_reference, count, DType.Float64);
        _reference.LocalResponseNormForward(g, Data.Upload64(_reference, x), expectedY);
        _reference.LocalResponseNormBackward(g, Data.Upload64(_reference, x), Data.Upload64(_reference, dy), expectedDx);
        // Values are below 1 and take some twenty roundings each.
        Assert.That(Data.Download(_cpu, y).Select(v => (double)v), Is.EqualTo(Data.Download64(_reference, expectedY)).Within(20 * Math.Pow(2, -24)));
        Assert.That(Data.Download(_cpu, dx).Select(v => (double)v), Is.EqualTo(Data.Download64(_reference, expectedDx)).Within(20 * Math.Pow(2, -24)));
    }

    private void Same(int count, Action<IBackend, BufferView> run)
    {
        BufferView actual = Data.Empty(_cpu, count), expected = Data.Empty(_reference, count);
        run(_cpu, actual);
        run(_reference, expected);
        Assert.That(Data.Download(_cpu, actual), Is.EqualTo(Data.Download(_reference, expected)));
    }
}
