using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>A plane set doubled in height and width, batch 8.</summary>
public sealed record UpsampleCase(string Name, UpsampleBilinear2dGeometry Geometry) : IWork
{
    public long X => Geometry.Planes * Geometry.H * Geometry.W;

    public long Y => Geometry.Planes * Geometry.OH * Geometry.OW;

    public double Flops(string method) => 0;

    public double Bytes(string method) => 4.0 * (X + Y);

    public override string ToString() => Name;
}

/// <summary>Bilinear upsampling and its gradient: the article's first way back up.</summary>
public class UpsampleBilinear2dBenchmarks
{
    private CpuBackend? _backend;
    private BufferView _x, _y, _dx;

    public static IEnumerable<UpsampleCase> Cases =>
    [
        new("pool1 to conv1", new(8 * 96, 55, 55, 111, 111, false)), new("pool5 to conv5", new(8 * 512, 13, 13, 27, 27, false)),
    ];

    [ParamsSource(nameof(Cases))]
    public UpsampleCase Case { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _backend = new CpuBackend();
        _x = Floats.Random(_backend, Case.X, 1);
        _y = Floats.Empty(_backend, Case.Y);
        _dx = Floats.Empty(_backend, Case.X);
        using var reference = new ReferenceBackend();
        BufferView y = Floats.Empty(reference, Case.Y), dx = Floats.Empty(reference, Case.X);
        Forward();
        reference.UpsampleBilinear2dForward(Case.Geometry, _x, y);
        Floats.Check(_y, y, 1, 4);
        Backward();
        reference.UpsampleBilinear2dBackward(Case.Geometry, _y, dx);
        Floats.Check(_dx, dx, 9, 16);
        y.Buffer.Dispose();
        dx.Buffer.Dispose();
    }

    [Benchmark]
    public void Forward() => _backend!.UpsampleBilinear2dForward(Case.Geometry, _x, _y);

    [Benchmark]
    public void Backward() => _backend!.UpsampleBilinear2dBackward(Case.Geometry, _y, _dx);

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var view in new[] { _x, _y, _dx })
            view.Buffer.Dispose();
        _backend?.Dispose();
    }
}
