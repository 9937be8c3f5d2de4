using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>
/// Dropout, whose mask is drawn anew in each pass, at the size of the first convolution's output: the network's own, of
/// the first fully connected layer's input, fits into the L2 of a large GPU.
/// </summary>
public class DropoutBenchmarks : OpBenchmarks<MapCase>
{
    private static readonly Dictionary<string, (double Passes, double Flops)> Costs = new() { [nameof(Forward)] = (2, 1) };

    private static readonly DropoutMask Mask = new(0.5, 1, 2);

    private BufferView _x, _y;

    public static IEnumerable<MapCase> Cases => [ElementwiseBenchmarks.Largest(Costs)];

    [Benchmark]
    public void Forward() => Backend.Dropout(Mask, _x, _y);

    protected override void Make()
    {
        _x = Random(Case.Count, 1);
        _y = Empty(Case.Count);
    }

    // Masks go on from the start of a stream, so only the first elements can be drawn by themselves.
    private protected override void Verify(HostCheck host)
    {
        Forward();
        var some = (0L, Math.Min(Case.Count, 10_001));
        var expected = host.Empty(some.Item2);
        host.Plain.Dropout(Mask, host.Copy(_x, Case.Count, some), expected);
        host.Same(HostCheck.Part(_y, Case.Count, some), expected);
    }
}
