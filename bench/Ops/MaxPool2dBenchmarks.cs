using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>A 3x3 stride-2 pooling of the wide network, batch 8.</summary>
public sealed record PoolCase(string Name, Pool2dGeometry Geometry) : IWork
{
    public long X => Geometry.Planes * Geometry.H * Geometry.W;

    public long Y => Geometry.Planes * Geometry.OH * Geometry.OW;

    public double Flops(string method) => 0;

    public double Bytes(string method) => 4.0 * (X + 2 * Y);

    public override string ToString() => Name;
}

/// <summary>Max-pooling with switches, its gradient, and unpooling.</summary>
public class MaxPool2dBenchmarks
{
    private CpuBackend? _backend;
    private BufferView _x, _y, _switches, _back;

    public static IEnumerable<PoolCase> Cases =>
    [
        new("pool1", new(8 * 96, 111, 111, 3, 2, 0, false)), new("pool2", new(8 * 256, 55, 55, 3, 2, 0, false)),
        new("pool5", new(8 * 512, 27, 27, 3, 2, 0, false)),
    ];

    [ParamsSource(nameof(Cases))]
    public PoolCase Case { get; set; } = null!;

    private MaxUnpool2dGeometry Unpooled => new(
        Case.Geometry.Planes, Case.Geometry.OH, Case.Geometry.OW, Case.Geometry.H, Case.Geometry.W, UnpoolMode.Overwrite);

    [GlobalSetup]
    public void Setup()
    {
        _backend = new CpuBackend();
        _x = Floats.Random(_backend, Case.X, 1);
        _y = Floats.Empty(_backend, Case.Y);
        _switches = Floats.Empty(_backend, Case.Y, DType.Int32);
        _back = Floats.Empty(_backend, Case.X);
        Forward();
        Unpool();
        using var reference = new ReferenceBackend();
        BufferView y = Floats.Empty(reference, Case.Y), switches = Floats.Empty(reference, Case.Y, DType.Int32);
        reference.MaxPool2dForward(Case.Geometry, _x, y, switches);
        for (long i = 0; i < Case.Y; i++)
        {
            Floats.Check(y.Cpu<float>()[i] == _y.Cpu<float>()[i] && switches.Cpu<int>()[i] == _switches.Cpu<int>()[i]);
            var plane = i / ((long)Case.Geometry.OH * Case.Geometry.OW) * Case.Geometry.H * Case.Geometry.W;
            Floats.Check(_back.Cpu<float>()[plane + switches.Cpu<int>()[i]] == y.Cpu<float>()[i]);
        }
        y.Buffer.Dispose();
        switches.Buffer.Dispose();
    }

    [Benchmark]
    public void Forward() => _backend!.MaxPool2dForward(Case.Geometry, _x, _y, _switches);

    [Benchmark]
    public void Backward() => _backend!.MaxPool2dBackward(Case.Geometry, _y, _switches, _back);

    [Benchmark]
    public void Unpool() => _backend!.MaxUnpool2dForward(Unpooled, _y, _switches, _back);

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var view in new[] { _x, _y, _switches, _back })
            view.Buffer.Dispose();
        _backend?.Dispose();
    }
}
