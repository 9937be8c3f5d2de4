using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>Elementwise arithmetic over the network's largest tensor, the first convolution's output.</summary>
public class ElementwiseBenchmarks : OpBenchmarks<MapCase>
{
    private static readonly Dictionary<string, (double Passes, double Flops)> Costs = new()
    {
        [nameof(Fill)] = (1, 0), [nameof(FillInt32)] = (1, 0), [nameof(Add)] = (3, 1), [nameof(Multiply)] = (3, 1), [nameof(Scale)] = (2, 1),
    };

    private BufferView _a, _b, _y, _n;

    public static IEnumerable<MapCase> Cases => [Largest(Costs)];

    [Benchmark]
    public void Fill() => Backend.Fill(1.5, _y);

    [Benchmark]
    public void FillInt32() => Backend.Fill(-7, _n);

    [Benchmark]
    public void Add() => Backend.Add(_a, _b, _y);

    [Benchmark]
    public void Multiply() => Backend.Multiply(_a, _b, _y);

    [Benchmark]
    public void Scale() => Backend.Scale(-1.7, _a, _y);

    /// <summary>The first convolution's output, under its name.</summary>
    internal static MapCase Largest(Dictionary<string, (double Passes, double Flops)> costs) =>
        new("conv1's output", (long)Sizes.Batch * Sizes.Largest.Channels * Sizes.Largest.Plane, costs);

    protected override void Make()
    {
        _a = Random(Case.Count, 1);
        _b = Random(Case.Count, 2);
        _y = Empty(Case.Count);
        _n = Empty(Case.Count, DType.Int32);
    }

    private protected override void Verify(HostCheck host)
    {
        FillInt32();
        Check([_n], host, (_, n) => host.Plain.Fill(-7, n));
        Fill();
        Check([_y], host, (_, y) => host.Plain.Fill(1.5, y));
        Add();
        Check([_a, _b, _y], host, (x, y) => host.Plain.Add(x[0], x[1], y));
        Multiply();
        Check([_a, _b, _y], host, (x, y) => host.Plain.Multiply(x[0], x[1], y));
        Scale();
        Check([_a, _y], host, (x, y) => host.Plain.Scale(-1.7, x[0], y));
    }

    /// <summary>
    /// Throws unless the ends of the last view are, bit for bit, what the plain loops make of the ends of the others.
    /// </summary>
    internal static void Check(BufferView[] views, HostCheck host, Action<BufferView[], BufferView> op)
    {
        var count = views[^1].Length;
        foreach (var some in HostCheck.Ends(count, 1001))
        {
            var expected = host.Empty(some.Count, views[^1].DType);
            op([.. views[..^1].Select(view => host.Copy(view, count, some))], expected);
            host.Same(HostCheck.Part(views[^1], count, some), expected);
        }
    }
}
