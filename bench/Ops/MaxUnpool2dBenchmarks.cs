using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>Max-unpooling by the switches of the network's pools, and its gradient, in both modes.</summary>
public class MaxUnpool2dBenchmarks : OpBenchmarks<PoolCase>
{
    private BufferView _x, _switches, _y, _dx;

    public static IEnumerable<PoolCase> Cases =>
        MaxPool2dBenchmarks.Cases.Select(pool => pool with
        {
            WindowFlops = (method, _) => method == nameof(ForwardAccumulate) ? 1 : 0,
        });

    [Benchmark]
    public void Forward() => Backend.MaxUnpool2dForward(Of(UnpoolMode.Overwrite), _x, _switches, _y);

    [Benchmark]
    public void ForwardAccumulate() => Backend.MaxUnpool2dForward(Of(UnpoolMode.Accumulate), _x, _switches, _y);

    [Benchmark]
    public void Backward() => Backend.MaxUnpool2dBackward(Of(UnpoolMode.Overwrite), _y, _switches, _dx);

    [Benchmark]
    public void BackwardAccumulate() => Backend.MaxUnpool2dBackward(Of(UnpoolMode.Accumulate), _y, _switches, _dx);

    protected override void Make()
    {
        _y = Random(Case.X, 1);
        _x = Empty(Case.Y);
        _switches = Empty(Case.Y, DType.Int32);
        _dx = Empty(Case.Y);
        Backend.MaxPool2dForward(Case.Geometry, _y, _x, _switches);
    }

    private protected override void Verify(HostCheck host)
    {
        var planes = Case.Geometry.Planes;
        foreach (var mode in new[] { UnpoolMode.Accumulate, UnpoolMode.Overwrite })
        {
            Backend.MaxUnpool2dForward(Of(mode), _x, _switches, _y);
            Backend.MaxUnpool2dBackward(Of(mode), _y, _switches, _dx);
            foreach (var some in HostCheck.Ends(planes))
            {
                var g = Of(mode) with { Planes = some.Count };
                BufferView y = host.Empty(Case.X / planes * some.Count), dx = host.Empty(Case.Y / planes * some.Count);
                var switches = host.Copy(_switches, planes, some);
                host.Plain.MaxUnpool2dForward(g, host.Copy(_x, planes, some), switches, y);
                host.Plain.MaxUnpool2dBackward(g, y, switches, dx);
                host.Near(HostCheck.Part(_y, planes, some), y, 4, 4);
                host.Near(HostCheck.Part(_dx, planes, some), dx, 4, 4);
            }
        }
    }

    private MaxUnpool2dGeometry Of(UnpoolMode mode) => new(
        Case.Geometry.Planes, Case.Geometry.OH, Case.Geometry.OW, Case.Geometry.H, Case.Geometry.W, mode);
}
