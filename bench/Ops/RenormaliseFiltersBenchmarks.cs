using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>Filters and the weights of each.</summary>
public sealed record FilterCase(string Name, long Filters, long Size) : IWork
{
    public double Flops(string method) => 2.0 * Filters * Size;

    // Each filter is below the radius, so that it is read once and stays.
    public double Bytes(string method) => 4.0 * Filters * Size + 8.0 * Filters;

    public override string ToString() => Name;
}

/// <summary>
/// Filter renormalisation: of each convolution's filters, and of as many weights as the first fully connected layer
/// has, which are past the L2.
/// </summary>
public class RenormaliseFiltersBenchmarks : OpBenchmarks<FilterCase>
{
    private BufferView _w, _rms;

    public static IEnumerable<FilterCase> Cases =>
    [
        .. from layer in Sizes.Convolutions
           let g = layer.Geometry
           where g.N == Sizes.Batch
           select new FilterCase(layer.Name, g.Cout, (long)g.Cin * g.Kernel.H * g.Kernel.W),
        .. from layer in Sizes.Linears.Take(1)
           select new FilterCase($"{layer.Name}'s weights", layer.Geometry.Out, layer.Geometry.In),
    ];

    [Benchmark]
    public void Forward() => Backend.RenormaliseFilters(Case.Filters, Case.Size, 1, _w, _rms);

    protected override void Make()
    {
        _w = Random(Case.Filters * Case.Size, 1);
        _rms = Empty(Case.Filters, DType.Float64);
    }

    private protected override void Verify(HostCheck host)
    {
        // Some are scaled back, then all are left as they are.
        foreach (var radius in new[] { 0.55, 1 })
        {
            foreach (var some in HostCheck.Ends(Case.Filters))
            {
                BufferView w = host.Copy(_w, Case.Filters, some), rms = host.Empty(some.Count, DType.Float64);
                host.Plain.RenormaliseFilters(some.Count, Case.Size, radius, w, rms);
                var (part, found) = (HostCheck.Part(_w, Case.Filters, some), HostCheck.Part(_rms, Case.Filters, some));
                Backend.RenormaliseFilters(some.Count, Case.Size, radius, part, found);
                host.Near(part, w, 1, 1);
                var (a, b) = (host.Copy(found).Cpu<double>(), rms.Cpu<double>());
                for (long i = 0; i < some.Count; i++)
                    HostCheck.That(Math.Abs(a[i] - b[i]) <= 1e-12);
            }
        }
        Forward();
    }
}
