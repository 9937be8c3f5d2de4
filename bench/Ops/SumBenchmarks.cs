using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>The sum over the first convolution's output.</summary>
public class SumBenchmarks : OpBenchmarks<MapCase>
{
    private static readonly Dictionary<string, (double Passes, double Flops)> Costs = new() { [nameof(Forward)] = (1, 1) };

    private BufferView _x, _y;

    public static IEnumerable<MapCase> Cases => [ElementwiseBenchmarks.Largest(Costs)];

    [Benchmark]
    public void Forward() => Backend.Sum(_x, _y);

    protected override void Make()
    {
        _x = Random(Case.Count, 1);
        _y = Empty(1);
    }

    private protected override void Verify(HostCheck host)
    {
        Forward();
        var expected = host.Empty(1);
        host.Plain.Sum(host.Copy(_x), expected);
        // Carried in float64 and rounded once.
        host.Near(_y, expected, Math.Abs(expected.Cpu<float>()[0]), 0);
    }
}
