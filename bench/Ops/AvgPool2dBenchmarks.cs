using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>Average pooling and unpooling, with their gradients, where the network pools.</summary>
public class AvgPool2dBenchmarks : OpBenchmarks<PoolCase>
{
    // Unpooling overwrites unless it says more: a copy forward, and backward the cells that a window has to itself.
    private static double Flops(string method, Pool2dGeometry g) => method switch
    {
        nameof(Unpool) => 0,
        nameof(UnpoolAccumulate) => g.Kernel.H * g.Kernel.W,
        nameof(UnpoolBackward) => g.Stride.H * g.Stride.W,
        _ => g.Kernel.H * g.Kernel.W + 1,
    };

    private BufferView _large, _small, _fromLarge, _fromSmall;

    public static IEnumerable<PoolCase> Cases =>
        MaxPool2dBenchmarks.Cases.Select(pool => pool with { Switches = false, WindowFlops = Flops });

    [Benchmark]
    public void Forward() => Backend.AvgPool2dForward(Case.Geometry, true, _large, _fromLarge);

    [Benchmark]
    public void Backward() => Backend.AvgPool2dBackward(Case.Geometry, true, _small, _fromSmall);

    [Benchmark]
    public void Unpool() => Backend.AvgUnpool2dForward(Case.Geometry, UnpoolMode.Overwrite, _small, _fromSmall);

    [Benchmark]
    public void UnpoolAccumulate() => Backend.AvgUnpool2dForward(Case.Geometry, UnpoolMode.Accumulate, _small, _fromSmall);

    [Benchmark]
    public void UnpoolBackward() =>
        Backend.AvgUnpool2dBackward(Case.Geometry, UnpoolMode.Overwrite, _large, _fromLarge);

    protected override void Make()
    {
        _large = Random(Case.X, 1);
        _small = Random(Case.Y, 2);
        _fromLarge = Empty(Case.Y);
        _fromSmall = Empty(Case.X);
    }

    private protected override void Verify(HostCheck host)
    {
        var planes = Case.Geometry.Planes;
        Forward();
        Check(_large, _fromLarge, (g, x, y) => host.Plain.AvgPool2dForward(g, true, x, y));
        Backward();
        Check(_small, _fromSmall, (g, x, y) => host.Plain.AvgPool2dBackward(g, true, x, y));
        Unpool();
        Check(_small, _fromSmall, (g, x, y) => host.Plain.AvgUnpool2dForward(g, UnpoolMode.Overwrite, x, y));
        UnpoolAccumulate();
        Check(_small, _fromSmall, (g, x, y) => host.Plain.AvgUnpool2dForward(g, UnpoolMode.Accumulate, x, y));
        UnpoolBackward();
        Check(_large, _fromLarge, (g, x, y) => host.Plain.AvgUnpool2dBackward(g, UnpoolMode.Overwrite, x, y));

        void Check(BufferView from, BufferView to, Action<Pool2dGeometry, BufferView, BufferView> op)
        {
            foreach (var some in HostCheck.Ends(planes))
            {
                var expected = host.Empty(to.Length / planes * some.Count);
                op(Case.Geometry with { Planes = some.Count }, host.Copy(from, planes, some), expected);
                host.Near(HostCheck.Part(to, planes, some), expected, 9, 9);
            }
        }
    }
}
