using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>
/// Random numbers, as many as the first fully connected layer has weights. Normal ones are arithmetic in float64 more
/// than memory.
/// </summary>
public class RandomBenchmarks : OpBenchmarks<MapCase>
{
    private static readonly Dictionary<string, (double Passes, double Flops)> Costs = new() { [nameof(Uniform)] = (1, 2), [nameof(Normal)] = (1, 8) };

    private BufferView _y;

    public static IEnumerable<MapCase> Cases =>
        SgdBenchmarks.Cases.Take(1).Select(layer => layer with { Costs = Costs });

    [Benchmark]
    public void Uniform() => Backend.RandomUniform(1, 2, -1, 1, _y);

    [Benchmark]
    public void Normal() => Backend.RandomNormal(1, 2, 0, 1, _y);

    protected override void Make() => _y = Empty(Case.Count);

    private protected override void Verify(HostCheck host)
    {
        var some = (0L, Math.Min(Case.Count, 10_001));
        var expected = host.Empty(some.Item2);
        Uniform();
        host.Plain.RandomUniform(1, 2, -1, 1, expected);
        host.Same(HostCheck.Part(_y, Case.Count, some), expected);
        Normal();
        host.Plain.RandomNormal(1, 2, 0, 1, expected);
        // A logarithm or a sine in float64 may be off in its last place, which rounds otherwise now and then.
        host.Near(HostCheck.Part(_y, Case.Count, some), expected, 8, 1);
    }
}
