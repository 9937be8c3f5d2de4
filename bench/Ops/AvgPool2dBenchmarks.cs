using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>Average pooling, its gradient, and average unpooling, where the wide network pools.</summary>
public class AvgPool2dBenchmarks
{
    private CpuBackend? _backend;
    private BufferView _x, _y, _back;

    public static IEnumerable<PoolCase> Cases => MaxPool2dBenchmarks.Cases;

    [ParamsSource(nameof(Cases))]
    public PoolCase Case { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _backend = new CpuBackend();
        _x = Floats.Random(_backend, Case.X, 1);
        _y = Floats.Empty(_backend, Case.Y);
        _back = Floats.Empty(_backend, Case.X);
        using var reference = new ReferenceBackend();
        BufferView y = Floats.Empty(reference, Case.Y), back = Floats.Empty(reference, Case.X);
        Forward();
        reference.AvgPool2dForward(Case.Geometry, true, _x, y);
        Floats.Check(_y, y, 1, 9);
        Backward();
        reference.AvgPool2dBackward(Case.Geometry, true, _y, back);
        Floats.Check(_back, back, 1, 9);
        Unpool();
        reference.AvgUnpool2dForward(Case.Geometry, UnpoolMode.Overwrite, _y, back);
        Floats.Check(_back, back, 1, 1);
        y.Buffer.Dispose();
        back.Buffer.Dispose();
    }

    [Benchmark]
    public void Forward() => _backend!.AvgPool2dForward(Case.Geometry, true, _x, _y);

    [Benchmark]
    public void Backward() => _backend!.AvgPool2dBackward(Case.Geometry, true, _y, _back);

    [Benchmark]
    public void Unpool() => _backend!.AvgUnpool2dForward(Case.Geometry, UnpoolMode.Overwrite, _y, _back);

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var view in new[] { _x, _y, _back })
            view.Buffer.Dispose();
        _backend?.Dispose();
    }
}
