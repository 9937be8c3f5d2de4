using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>A loss over a number of samples.</summary>
public sealed record LossCase(string Name, CrossEntropyGeometry Geometry) : IWork
{
    public long Count => (long)Geometry.N * Geometry.C;

    // The logarithm of the sum of exponentials takes four a class, smoothing two, a gradient four.
    public double Flops(string method) => Count * (method == "Backward" ? 8.0 : 6.0);

    public double Bytes(string method) => 4.0 * (Count * (method == "Backward" ? 2 : 1) + Geometry.N);

    public override string ToString() => Name;
}

/// <summary>
/// Cross-entropy with smoothed labels and its gradient: of a batch, which is a few launches' latency, and of samples
/// past the L2.
/// </summary>
public class CrossEntropyBenchmarks : OpBenchmarks<LossCase>
{
    private BufferView _x, _labels, _loss, _dloss, _dx;

    public static IEnumerable<LossCase> Cases =>
        from samples in new[] { ("batch", (long)Sizes.Batch), ("past L2", Sizes.Past(1 << 17)) }
        select new LossCase(
            samples.Item1, new CrossEntropyGeometry((int)samples.Item2, Sizes.Spec.Classes, -100, 0.1, true));

    [Benchmark]
    public void Forward() => Backend.CrossEntropyForward(Case.Geometry, _x, _labels, null, _loss);

    [Benchmark]
    public void Backward() => Backend.CrossEntropyBackward(Case.Geometry, _x, _labels, null, _dloss, _dx);

    protected override void Make()
    {
        _x = Random(Case.Count, 1);
        _labels = Empty(Case.Geometry.N, DType.Int32);
        _loss = Empty(1);
        _dloss = Empty(1);
        _dx = Empty(Case.Count);
        Backend.Fill(3, _labels);
        Backend.Fill(1, _dloss);
    }

    private protected override void Verify(HostCheck host)
    {
        Forward();
        Backward();
        BufferView x = host.Copy(_x), labels = host.Copy(_labels), loss = host.Empty(1), dx = host.Empty(Case.Count);
        host.Plain.CrossEntropyForward(Case.Geometry, x, labels, null, loss);
        host.Plain.CrossEntropyBackward(Case.Geometry, x, labels, null, host.Copy(_dloss), dx);
        host.Near(_loss, loss, 10, Case.Geometry.N + Case.Geometry.C);
        host.Near(_dx, dx, 1.0 / Case.Geometry.N, Case.Geometry.C);
    }
}
