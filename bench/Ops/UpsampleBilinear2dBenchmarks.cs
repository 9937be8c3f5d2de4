using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>A pool's planes brought back to the size of its input.</summary>
public sealed record UpsampleCase(string Name, UpsampleBilinear2dGeometry Geometry) : IWork
{
    public long X => Geometry.Planes * Geometry.H * Geometry.W;

    public long Y => Geometry.Planes * Geometry.OH * Geometry.OW;

    // Four products and their sum.
    public double Flops(string method) => Y * (method == "Forward" ? 7.0 : 8.0);

    public double Bytes(string method) => 4.0 * (X + Y);

    public override string ToString() => Name;
}

/// <summary>Bilinear upsampling and its gradient: the article's first way back up.</summary>
public class UpsampleBilinear2dBenchmarks : OpBenchmarks<UpsampleCase>
{
    private BufferView _x, _dy, _y, _dx;

    public static IEnumerable<UpsampleCase> Cases =>
        from pool in Sizes.Pools
        let g = pool.Geometry
        select new UpsampleCase(
            $"from {pool.Name}", new UpsampleBilinear2dGeometry(g.Planes, g.OH, g.OW, g.H, g.W, false));

    [Benchmark]
    public void Forward() => Backend.UpsampleBilinear2dForward(Case.Geometry, _x, _y);

    [Benchmark]
    public void Backward() => Backend.UpsampleBilinear2dBackward(Case.Geometry, _dy, _dx);

    protected override void Make()
    {
        _x = Random(Case.X, 1);
        _dy = Random(Case.Y, 2);
        _y = Empty(Case.Y);
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
            BufferView y = host.Empty(Case.Y / planes * some.Count), dx = host.Empty(Case.X / planes * some.Count);
            host.Plain.UpsampleBilinear2dForward(g, host.Copy(_x, planes, some), y);
            host.Plain.UpsampleBilinear2dBackward(g, host.Copy(_dy, planes, some), dx);
            host.Near(HostCheck.Part(_y, planes, some), y, 1, 4);
            host.Near(HostCheck.Part(_dx, planes, some), dx, 9, 16);
        }
    }
}
