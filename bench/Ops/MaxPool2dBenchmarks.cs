using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>A pool of the network, and a method's operations for each window.</summary>
public sealed record PoolCase(
    string Name, Pool2dGeometry Geometry, bool Switches, Func<string, Pool2dGeometry, double> WindowFlops) : IWork
{
    public long X => Geometry.Planes * Geometry.H * Geometry.W;

    public long Y => Geometry.Planes * Geometry.OH * Geometry.OW;

    public double Flops(string method) => Y * WindowFlops(method, Geometry);

    public double Bytes(string method) => 4.0 * (X + (Switches ? 2 : 1) * Y);

    public override string ToString() => Name;
}

/// <summary>Max-pooling with switches, and its gradient.</summary>
public class MaxPool2dBenchmarks : OpBenchmarks<PoolCase>
{
    private BufferView _x, _y, _switches, _dx;

    public static IEnumerable<PoolCase> Cases =>
        Sizes.Pools.Select(pool => new PoolCase(
            pool.Name, pool.Geometry, Switches: true,
            (method, g) => method == nameof(Forward) ? g.Kernel.H * g.Kernel.W : 1));

    [Benchmark]
    public void Forward() => Backend.MaxPool2dForward(Case.Geometry, _x, _y, _switches);

    [Benchmark]
    public void Backward() => Backend.MaxPool2dBackward(Case.Geometry, _y, _switches, _dx);

    protected override void Make()
    {
        _x = Random(Case.X, 1);
        _y = Empty(Case.Y);
        _switches = Empty(Case.Y, DType.Int32);
        _dx = Empty(Case.X);
    }

    private protected override void Verify(HostCheck host)
    {
        Forward();
        Backward();
        var planes = Case.Geometry.Planes;
        foreach (var some in HostCheck.Ends(planes))
        {
            var g = Case.Geometry with { Planes = some.Count };
            long windows = Case.Y / planes * some.Count, cells = Case.X / planes * some.Count;
            BufferView y = host.Empty(windows), switches = host.Empty(windows, DType.Int32), dx = host.Empty(cells);
            host.Plain.MaxPool2dForward(g, host.Copy(_x, planes, some), y, switches);
            host.Plain.MaxPool2dBackward(g, y, switches, dx);
            host.Same(HostCheck.Part(_y, planes, some), y);
            host.Same(HostCheck.Part(_switches, planes, some), switches);
            host.Near(HostCheck.Part(_dx, planes, some), dx, 4, 4);
        }
    }
}
