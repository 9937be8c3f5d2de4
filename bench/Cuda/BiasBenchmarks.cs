using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Benchmarks.Cuda;

/// <summary>What follows a product, in place: the bias, and with it the rectifier, over each layer's output.</summary>
public class BiasBenchmarks : OpBenchmarks<BiasCase>
{
    private BufferView _y, _bias;

    public static IEnumerable<BiasCase> Cases => ChannelSumBenchmarks.Cases.Select(layer => new BiasCase(layer));

    private static CudaBackend Cuda => BenchmarkDevice.Current.Cuda!;

    [Benchmark]
    public void Bias() => Run(_y, Case.Layer.Outer, false);

    [Benchmark]
    public void BiasReLU() => Run(_y, Case.Layer.Outer, true);

    protected override void Make()
    {
        _y = Random(Case.Layer.Count, 1);
        _bias = Random(Case.Layer.Channels, 2);
    }

    private protected override unsafe void Verify(HostCheck host)
    {
        var layer = Case.Layer;
        var bias = host.Floats(_bias);
        foreach (var relu in new[] { false, true })
        {
            var before = host.Floats(_y);
            Run(_y, layer.Outer, relu);
            var after = host.Floats(_y);
            for (long probe = 0; probe < 1000; probe++)
            {
                var at = probe * 7919 * 131 % layer.Count;
                var sum = before[at] + bias[at / layer.Inner % layer.Channels];
                HostCheck.That(after[at] == (relu ? Math.Max(sum, 0) : sum));
            }
        }
        // Nothing is added up while the clock runs.
        Backend.Fill(0, _bias);
    }

    private void Run(BufferView y, long outer, bool relu) => Cuda.Kernels.Bias(
        DType.Float32, At(y), At(_bias), outer, Case.Layer.Channels, Case.Layer.Inner, relu,
        Cuda.Runtime.DefaultStream);
}

/// <summary>A layer's output and its bias.</summary>
public sealed record BiasCase(ChannelCase Layer) : IWork
{
    public string Name => Layer.Name;

    public double Flops(string method) => Layer.Count * (method == nameof(BiasBenchmarks.BiasReLU) ? 2.0 : 1.0);

    public double Bytes(string method) => 4.0 * (2 * Layer.Count + Layer.Channels);

    public override string ToString() => Name;
}
