using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>A fully connected layer of the wide network at a batch size.</summary>
public sealed record LinearCase(string Name, LinearGeometry Geometry) : IWork
{
    public double Flops(string method) => method == "SgdStep" ? 0 : 2.0 * Geometry.N * Geometry.In * Geometry.Out;

    // SGD reads w, g and v and writes w and v.
    public double Bytes(string method) => 4.0 * ((method == "SgdStep" ? 5.0 : 1.0) * Geometry.In * Geometry.Out + (double)Geometry.N * (Geometry.In + Geometry.Out));

    public override string ToString() => $"{Name} batch {Geometry.N}";
}

/// <summary>The wide network's fully connected layers: 1.4 GB of weights in the first.</summary>
public unsafe class LinearBenchmarks
{
    private CpuBackend? _backend;
    private BufferView _x, _w, _bias, _y, _dx, _dw, _v;

    public static IEnumerable<LinearCase> Cases
    {
        get
        {
            foreach (var n in new[] { 1, 8 })
            {
                yield return new("fc6", new(n, 86528, 4096));
                yield return new("fc7", new(n, 4096, 4096));
                yield return new("fc8", new(n, 4096, 1000));
            }
        }
    }

    [ParamsSource(nameof(Cases))]
    public LinearCase Case { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _backend = new CpuBackend();
        var g = Case.Geometry;
        _x = Floats.Random(_backend, (long)g.N * g.In, 1);
        _w = Floats.Random(_backend, (long)g.In * g.Out, 2);
        _bias = Floats.Random(_backend, g.Out, 3);
        _y = Floats.Empty(_backend, (long)g.N * g.Out);
        _dx = Floats.Empty(_backend, _x.Length);
        _dw = Floats.Empty(_backend, _w.Length);
        _v = Floats.Empty(_backend, _w.Length);
        _backend.Fill(0, _v);
        Forward();
        BackwardInput();
        BackwardWeight();
        float* x = _x.Cpu<float>().Pointer, w = _w.Cpu<float>().Pointer, y = _y.Cpu<float>().Pointer;
        float* dx = _dx.Cpu<float>().Pointer, dw = _dw.Cpu<float>().Pointer;
        for (var probe = 0; probe < 50; probe++)
        {
            int n = probe % g.N, o = probe * 83 % g.Out, i = probe * 1009 % g.In;
            var bias = _bias.Cpu<float>()[o];
            Sum(g.In, k => ((double)x[(long)n * g.In + k], w[(long)o * g.In + k]), y[(long)n * g.Out + o], bias);
            Sum(g.Out, k => ((double)y[(long)n * g.Out + k], w[(long)k * g.In + i]), dx[(long)n * g.In + i], 0);
            Sum(g.N, k => ((double)x[(long)k * g.In + i], y[(long)k * g.Out + o]), dw[(long)o * g.In + i], 0);
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
        Floats.Check(actual, sum, magnitudes, count);
    }

    [Benchmark]
    public void Forward() => _backend!.LinearForward(Case.Geometry, _x, _w, _bias, _y);

    [Benchmark]
    public void BackwardInput() => _backend!.LinearBackwardInput(Case.Geometry, _y, _w, _dx);

    [Benchmark]
    public void BackwardWeight() => _backend!.LinearBackwardWeight(Case.Geometry, _x, _y, _dw);

    /// <summary>The optimiser's pass over the layer, with a rate of 0 so that the weights stay.</summary>
    [Benchmark]
    public void SgdStep() => _backend!.Sgd(new SgdStep(0, 0.9, 5e-4), _dw, _v, _w);

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var view in new[] { _x, _w, _bias, _y, _dx, _dw, _v })
            view.Buffer.Dispose();
        _backend?.Dispose();
    }
}
