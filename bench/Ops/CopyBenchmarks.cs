using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>
/// Copies of the first convolution's output: as it is, with samples and channels changed round (as the weight's
/// gradient wants it), and with maps and pixels changed round.
/// </summary>
public class CopyBenchmarks : OpBenchmarks<MapCase>
{
    private static readonly Dictionary<string, (double Passes, double Flops)> Costs = new()
    {
        [nameof(Contiguous)] = (2, 0), [nameof(ChannelsFirst)] = (2, 0), [nameof(ChannelsLast)] = (2, 0),
    };

    private BufferView _x, _y;

    public static IEnumerable<MapCase> Cases => [ElementwiseBenchmarks.Largest(Costs)];

    [Benchmark]
    public void Contiguous() => Backend.Copy(_x, _y);

    [Benchmark]
    public void ChannelsFirst()
    {
        var (channels, plane) = Sizes.Largest;
        Turn([channels, Sizes.Batch, plane], [plane, (long)channels * plane, 1]);
    }

    [Benchmark]
    public void ChannelsLast()
    {
        var (channels, plane) = Sizes.Largest;
        Turn([Sizes.Batch, plane, channels], [(long)channels * plane, 1, plane]);
    }

    protected override void Make()
    {
        _x = Random(Case.Count, 1);
        _y = Empty(Case.Count);
    }

    private protected override unsafe void Verify(HostCheck host)
    {
        var (channels, plane) = Sizes.Largest;
        var x = host.Floats(_x);
        Contiguous();
        Probe((n, c, i) => ((long)n * channels + c) * plane + i);
        ChannelsFirst();
        Probe((n, c, i) => ((long)c * Sizes.Batch + n) * plane + i);
        ChannelsLast();
        Probe((n, c, i) => ((long)n * plane + i) * channels + c);

        void Probe(Func<int, int, int, long> place)
        {
            var y = host.Floats(_y);
            for (var probe = 0; probe < 1000; probe++)
            {
                int n = probe * 31 % Sizes.Batch, c = probe * 37 % channels, i = probe * 7919 % plane;
                HostCheck.That(y[place(n, c, i)] == x[((long)n * channels + c) * plane + i]);
            }
        }
    }

    private void Turn(ReadOnlySpan<long> sizes, ReadOnlySpan<long> from) => Backend.CopyStrided(
        sizes, new StridedView(_x, 0, from), new StridedView(_y, 0, [sizes[1] * sizes[2], sizes[2], 1]));
}
