using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

/// <summary>The fast linear layer against the plain loops in float64: every batch below and above the direct path's limit.</summary>
[TestFixture]
public sealed class LinearTests
{
    private readonly ReferenceBackend _reference = new();

    [Test]
    public void Equals_the_plain_loops(
        [Values(1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 17, 33)] int n, [Values(1, 7, 64, 1027, 2100)] int inputs,
        [Values(1, 5, 25, 50)] int outputs)
    {
        var g = new LinearGeometry(n, inputs, outputs);
        var random = new Random(n + inputs * 3 + outputs);
        var x = Data.Random(random, n * inputs);
        var w = Data.Random(random, inputs * outputs);
        var bias = Data.Random(random, outputs);
        var dy = Data.Random(random, n * outputs);
        using var cpu = new CpuBackend(2);
        BufferView bx = Data.Upload(cpu, x), bw = Data.Upload(cpu, w), bdy = Data.Upload(cpu, dy);
        BufferView y = Data.Empty(cpu, dy.Length), dx = Data.Empty(cpu, x.Length), dw = Data.Empty(cpu, w.Length);
        cpu.LinearForward(g, bx, bw, Data.Upload(cpu, bias), y);
        cpu.LinearBackwardInput(g, bdy, bw, dx);
        cpu.LinearBackwardWeight(g, bx, bdy, dw);
        Check(y, inputs, "y", (m, into) => _reference.LinearForward(g, Wide(x, m), Wide(w, m), Wide(bias, m), into));
        Check(dx, outputs, "dx", (m, into) => _reference.LinearBackwardInput(g, Wide(dy, m), Wide(w, m), into));
        Check(dw, n, "dw", (m, into) => _reference.LinearBackwardWeight(g, Wide(x, m), Wide(dy, m), into));
        void Check(BufferView actual, long terms, string what, Action<bool, BufferView> run)
        {
            var into = Data.Empty(_reference, actual.Length, DType.Float64);
            run(false, into);
            var expected = Data.Download64(_reference, into);
            run(true, into);
            Data.AssertSums(Data.Download(cpu, actual), expected, Data.Download64(_reference, into), terms, what);
        }
    }

    [Test]
    public void Results_are_equal_bit_for_bit_for_every_thread_count_and_forward_for_every_batch([Values(5, 20)] int n)
    {
        var g = new LinearGeometry(n, 1500, 301);
        var random = new Random(3);
        var x = Data.Random(random, n * g.In);
        var w = Data.Random(random, g.In * g.Out);
        var dy = Data.Random(random, n * g.Out);
        float[][]? first = null;
        foreach (var threads in new[] { 1, 2, 3 })
        {
            using var cpu = new CpuBackend(threads);
            BufferView bx = Data.Upload(cpu, x), bw = Data.Upload(cpu, w), bdy = Data.Upload(cpu, dy);
            BufferView y = Data.Empty(cpu, dy.Length), dx = Data.Empty(cpu, x.Length), dw = Data.Empty(cpu, w.Length);
            cpu.LinearForward(g, bx, bw, null, y);
            cpu.LinearBackwardInput(g, bdy, bw, dx);
            cpu.LinearBackwardWeight(g, bx, bdy, dw);
            float[][] results = [Data.Download(cpu, y), Data.Download(cpu, dx), Data.Download(cpu, dw)];
            first ??= results;
            for (var i = 0; i < 3; i++)
                Assert.That(results[i].AsSpan().SequenceEqual(first[i]), $"result {i} with {threads} threads");
            var single = Data.Empty(cpu, g.Out);
            cpu.LinearForward(g with { N = 1 }, Data.Upload(cpu, x.AsSpan(0, g.In)), bw, null, single);
            if (n <= LinearForward.MaxBatch)
                Assert.That(Data.Download(cpu, single).AsSpan().SequenceEqual(first[0].AsSpan(0, g.Out)), "batch 1");
        }
    }

    private BufferView Wide(float[] values, bool magnitudes) => Data.Upload64(_reference, values, magnitudes);
}
