using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>The rectifier and its three rules on the way back, over the first convolution's output.</summary>
public class ReLUBenchmarks : OpBenchmarks<MapCase>
{
    private static readonly Dictionary<string, (double Passes, double Flops)> Costs = new()
    {
        [nameof(Forward)] = (2, 1), [nameof(BackwardGradient)] = (3, 1), [nameof(BackwardDeconvnet)] = (2, 1),
        [nameof(BackwardGuided)] = (3, 2),
    };

    private BufferView _x, _dy, _y, _dx;

    public static IEnumerable<MapCase> Cases => [ElementwiseBenchmarks.Largest(Costs)];

    [Benchmark]
    public void Forward() => Backend.ReLUForward(_x, _y);

    [Benchmark]
    public void BackwardGradient() => Backend.ReLUBackward(ReLURule.Gradient, _y, _dy, _dx);

    [Benchmark]
    public void BackwardDeconvnet() => Backend.ReLUBackward(ReLURule.Deconvnet, _y, _dy, _dx);

    [Benchmark]
    public void BackwardGuided() => Backend.ReLUBackward(ReLURule.Guided, _y, _dy, _dx);

    protected override void Make()
    {
        _x = Random(Case.Count, 1);
        _dy = Random(Case.Count, 2);
        _y = Empty(Case.Count);
        _dx = Empty(Case.Count);
    }

    private protected override void Verify(HostCheck host)
    {
        Forward();
        ElementwiseBenchmarks.Check([_x, _y], host, (x, y) => host.Plain.ReLUForward(x[0], y));
        foreach (var rule in Enum.GetValues<ReLURule>())
        {
            Backend.ReLUBackward(rule, _y, _dy, _dx);
            ElementwiseBenchmarks.Check(
                [_y, _dy, _dx], host, (x, dx) => host.Plain.ReLUBackward(rule, x[0], x[1], dx));
        }
    }
}
