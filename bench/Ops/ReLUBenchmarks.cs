using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>The rectifier and its three rules on the way back, over the first convolution's output.</summary>
public class ReLUBenchmarks : MapBenchmarks<MapCase>
{
    private static readonly Dictionary<string, (double Passes, double Flops)> Costs = new()
    {
        [nameof(Forward)] = (2, 1), [nameof(BackwardGradient)] = (3, 1), [nameof(BackwardDeconvnet)] = (2, 1),
        [nameof(BackwardGuided)] = (3, 2),
    };

    public static IEnumerable<MapCase> Cases => [ElementwiseBenchmarks.Largest(Costs)];

    [Benchmark]
    public void Forward() => Backend.ReLUForward(X, Y);

    [Benchmark]
    public void BackwardGradient() => Backend.ReLUBackward(ReLURule.Gradient, Y, Dy, Dx);

    [Benchmark]
    public void BackwardDeconvnet() => Backend.ReLUBackward(ReLURule.Deconvnet, Y, Dy, Dx);

    [Benchmark]
    public void BackwardGuided() => Backend.ReLUBackward(ReLURule.Guided, Y, Dy, Dx);

    private protected override void Verify(HostCheck host)
    {
        Forward();
        ElementwiseBenchmarks.Check([X, Y], host, (x, y) => host.Plain.ReLUForward(x[0], y));
        foreach (var rule in Enum.GetValues<ReLURule>())
        {
            Backend.ReLUBackward(rule, Y, Dy, Dx);
            ElementwiseBenchmarks.Check(
                [Y, Dy, Dx], host, (x, dx) => host.Plain.ReLUBackward(rule, x[0], x[1], dx));
        }
    }
}
