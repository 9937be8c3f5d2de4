using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Benchmarks;

/// <summary>A fully connected layer of the network at a batch size.</summary>
public sealed record LinearCase(string Name, LinearGeometry Geometry) : IWork
{
    public long X => (long)Geometry.N * Geometry.In;

    public long W => (long)Geometry.In * Geometry.Out;

    public long Y => (long)Geometry.N * Geometry.Out;

    public double Flops(string method) => 2.0 * Geometry.N * W;

    public double Bytes(string method) => 4.0 * (X + W + Y);

    public GemmShape? Product(string method) => method switch
    {
        nameof(LinearBenchmarks.BackwardInput) => LinearProducts.BackwardInput(Geometry, DType.Float32),
        nameof(LinearBenchmarks.BackwardWeight) => LinearProducts.BackwardWeight(Geometry, DType.Float32),
        _ => LinearProducts.Forward(Geometry, DType.Float32),
    };

    public override string ToString() => $"{Name} batch {Geometry.N}";
}

/// <summary>The network's fully connected layers: 1.4 GB of weights in the first.</summary>
public unsafe class LinearBenchmarks : OpBenchmarks<LinearCase>
{
    private BufferView _x, _w, _bias, _y, _dy, _dx, _dw;

    public static IEnumerable<LinearCase> Cases =>
        Sizes.Linears.Select(layer => new LinearCase(layer.Name, layer.Geometry));

    [Benchmark]
    public void Forward() => Backend.LinearForward(Case.Geometry, _x, _w, _bias, _y);

    [Benchmark]
    public void BackwardInput() => Backend.LinearBackwardInput(Case.Geometry, _dy, _w, _dx);

    [Benchmark]
    public void BackwardWeight() => Backend.LinearBackwardWeight(Case.Geometry, _x, _dy, _dw);

    protected override void Make()
    {
        _x = Random(Case.X, 1);
        _w = Random(Case.W, 2);
        _bias = Random(Case.Geometry.Out, 3);
        _dy = Random(Case.Y, 4);
        _y = Empty(Case.Y);
        _dx = Empty(Case.X);
        _dw = Empty(Case.W);
    }

    private protected override void Verify(HostCheck host)
    {
        Forward();
        BackwardInput();
        BackwardWeight();
        var g = Case.Geometry;
        float* x = host.Floats(_x), w = host.Floats(_w), bias = host.Floats(_bias), y = host.Floats(_y);
        float* dy = host.Floats(_dy), dx = host.Floats(_dx), dw = host.Floats(_dw);
        for (var probe = 0; probe < 50; probe++)
        {
            int n = probe % g.N, o = probe * 83 % g.Out, i = probe * 1009 % g.In;
            Sum(g.In, k => ((double)x[(long)n * g.In + k], w[(long)o * g.In + k]), y[(long)n * g.Out + o], bias[o]);
            Sum(g.Out, k => ((double)dy[(long)n * g.Out + k], w[(long)k * g.In + i]), dx[(long)n * g.In + i], 0);
            Sum(g.N, k => ((double)x[(long)k * g.In + i], dy[(long)k * g.Out + o]), dw[(long)o * g.In + i], 0);
        }
    }

    private static void Sum(int count, Func<int, (double A, double B)> term, float actual, double start)
    {
        double sum = start, magnitudes = Math.Abs(start);
        for (var k = 0; k < count; k++)
        {
            var (a, b) = term(k);
            sum += a * b;
            magnitudes += Math.Abs(a * b);
        }
        HostCheck.Near(actual, sum, magnitudes, count);
    }
}
