using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>Sums of [Outer, Channels, Inner] by channel.</summary>
public sealed record ChannelCase(string Name, long Outer, int Channels, long Inner) : IWork
{
    public long Count => Outer * Channels * Inner;

    public double Flops(string method) => Count;

    public double Bytes(string method) => 4.0 * (Count + Channels);

    public override string ToString() => Name;
}

/// <summary>
/// A bias's gradient: of the convolutions, of the fully connected layers, and of one of these with samples past the L2.
/// </summary>
public class ChannelSumBenchmarks : OpBenchmarks<ChannelCase>
{
    private BufferView _x, _sums;

    public static IEnumerable<ChannelCase> Cases =>
    [
        .. from layer in Sizes.Convolutions
           let g = layer.Geometry
           where g.N == Sizes.Batch
           select new ChannelCase(layer.Name, g.N, g.Cout, (long)g.OH * g.OW),
        .. from layer in Sizes.Linears
           where layer.Geometry.N == Sizes.Batch
           select new ChannelCase(layer.Name, layer.Geometry.N, layer.Geometry.Out, 1),
        new("fc6 past L2", Sizes.Past(1 << 15), Sizes.Linears.First().Geometry.Out, 1),
    ];

    [Benchmark]
    public void Forward() => Backend.ChannelSum(Case.Outer, Case.Channels, Case.Inner, _x, _sums);

    protected override void Make()
    {
        _x = Random(Case.Count, 1);
        _sums = Empty(Case.Channels);
    }

    private protected override unsafe void Verify(HostCheck host)
    {
        Forward();
        float* x = host.Floats(_x), sums = host.Floats(_sums);
        foreach (var channel in new[] { 0, Case.Channels - 1 })
        {
            double sum = 0, magnitudes = 0;
            for (long o = 0; o < Case.Outer; o++)
            for (long i = 0; i < Case.Inner; i++)
            {
                var term = x[(o * Case.Channels + channel) * Case.Inner + i];
                sum += term;
                magnitudes += Math.Abs(term);
            }
            // No sum is longer than a share of the elements and the shares.
            HostCheck.Near(sums[channel], sum, magnitudes, Math.Min(Case.Outer * Case.Inner, 1 << 14));
        }
    }
}
