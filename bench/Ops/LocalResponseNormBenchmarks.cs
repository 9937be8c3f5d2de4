using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>Local response normalisation where the paper's network has it, batch 8.</summary>
public sealed record NormCase(string Name, LocalResponseNormGeometry Geometry) : IWork
{
    public long Count => (long)Geometry.N * Geometry.C * Geometry.H * Geometry.W;

    public double Flops(string method) => 0;

    public double Bytes(string method) => 4.0 * Count * (method == "Forward" ? 2 : 3);

    public override string ToString() => Name;
}

/// <summary>Local response normalisation across channels and its gradient.</summary>
public class LocalResponseNormBenchmarks
{
    private CpuBackend? _backend;
    private BufferView _x, _y, _dx;

    public static IEnumerable<NormCase> Cases =>
    [
        new("norm1", new(8, 96, 55, 55, 5, 5e-4, 0.75, 2, true)), new("norm2", new(8, 256, 13, 13, 5, 5e-4, 0.75, 2, true)),
    ];

    [ParamsSource(nameof(Cases))]
    public NormCase Case { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _backend = new CpuBackend();
        var g = Case.Geometry;
        _x = Floats.Random(_backend, Case.Count, 1);
        _y = Floats.Empty(_backend, Case.Count);
        _dx = Floats.Empty(_backend, Case.Count);
        Forward();
        BackwardPass();
        long plane = (long)g.H * g.W;
        for (long i = 0; i < Case.Count; i += 997)
        {
            var c = (int)(i / plane % g.C);
            var squares = 0.0;
            for (var other = Math.Max(0, c - 2); other <= Math.Min(g.C - 1, c + 2); other++)
                squares += Math.Pow(_x.Cpu<float>()[i + (other - c) * plane], 2);
            var expected = _x.Cpu<float>()[i] * Math.Pow(g.K + g.Share * squares, -g.Beta);
            Floats.Check(_y.Cpu<float>()[i], expected, 1, 16);
        }
    }

    [Benchmark]
    public void Forward() => _backend!.LocalResponseNormForward(Case.Geometry, _x, _y);

    [Benchmark(Description = "Backward")]
    public void BackwardPass() => _backend!.LocalResponseNormBackward(Case.Geometry, _x, _y, _dx);

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var view in new[] { _x, _y, _dx })
            view.Buffer.Dispose();
        _backend?.Dispose();
    }
}
