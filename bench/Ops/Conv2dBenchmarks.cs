using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>A convolution of the wide network.</summary>
public sealed record ConvolutionCase(string Name, Conv2dGeometry Geometry) : IWork
{
    public long X => (long)Geometry.N * Geometry.Cin * Geometry.H * Geometry.W;

    public long W => (long)Geometry.Cout * Geometry.Cin * Geometry.Kernel.H * Geometry.Kernel.W;

    public long Y => (long)Geometry.N * Geometry.Cout * Geometry.OH * Geometry.OW;

    public double Flops(string method) => Geometry.Flops;

    public double Bytes(string method) => 4.0 * (X + W + Y);

    public override string ToString() => $"{Name} batch {Geometry.N}";
}

/// <summary>The wide network's convolutions: forward and both gradients.</summary>
public unsafe class Conv2dBenchmarks
{
    private CpuBackend? _backend;
    private BufferView _x, _w, _bias, _y, _dx, _dw;

    public static IEnumerable<ConvolutionCase> Cases
    {
        get
        {
            foreach (var n in new[] { 1, 8 })
            {
                yield return new("conv1", new(n, 3, 224, 224, 96, 7, 2, 2, 1, 1));
                yield return new("conv2", new(n, 96, 55, 55, 256, 5, 1, 2, 1, 1));
                yield return new("conv3", new(n, 256, 27, 27, 512, 3, 1, 1, 1, 1));
                yield return new("conv4", new(n, 512, 27, 27, 1024, 3, 1, 1, 1, 1));
                yield return new("conv5", new(n, 1024, 27, 27, 512, 3, 1, 1, 1, 1));
            }
        }
    }

    [ParamsSource(nameof(Cases))]
    public ConvolutionCase Case { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _backend = new CpuBackend();
        var g = Case.Geometry;
        _x = Floats.Random(_backend, Case.X, 1);
        _w = Floats.Random(_backend, Case.W, 2);
        _bias = Floats.Random(_backend, g.Cout, 3);
        _y = Floats.Empty(_backend, Case.Y);
        _dx = Floats.Empty(_backend, Case.X);
        _dw = Floats.Empty(_backend, Case.W);
        Forward();
        BackwardInput();
        BackwardWeight();
        Verify(g);
        // The second pass with unchanged weights keeps their packed form, as the network's does.
        Forward();
    }

    [Benchmark]
    public void Forward() => _backend!.Conv2dForward(Case.Geometry, _x, _w, _bias, _y);

    [Benchmark]
    public void BackwardInput() => _backend!.Conv2dBackwardInput(Case.Geometry, _y, _w, _dx);

    [Benchmark]
    public void BackwardWeight() => _backend!.Conv2dBackwardWeight(Case.Geometry, _x, _y, _dw);

    /// <summary>Some outputs from the definition; the gradients by the two identities dy.y' = dx.x = dw.w (y' without bias).</summary>
    private void Verify(in Conv2dGeometry g)
    {
        float* x = _x.Cpu<float>().Pointer, w = _w.Cpu<float>().Pointer, y = _y.Cpu<float>().Pointer;
        var bias = _bias.Cpu<float>();
        for (long probe = 0; probe < 50; probe++)
        {
            var at = probe * 7919 * 131 % Case.Y;
            int ow = (int)(at % g.OW), oh = (int)(at / g.OW % g.OH), co = (int)(at / g.OW / g.OH % g.Cout);
            var n = at / g.OW / g.OH / g.Cout;
            double sum = bias[co], magnitudes = Math.Abs(sum);
            for (var ci = 0; ci < g.Cin; ci++)
            for (var kh = 0; kh < g.Kernel.H; kh++)
            for (var kw = 0; kw < g.Kernel.W; kw++)
            {
                int h = oh * g.Stride.H - g.Padding.H + kh, v = ow * g.Stride.W - g.Padding.W + kw;
                if (h < 0 || h >= g.H || v < 0 || v >= g.W)
                    continue;
                var term = (double)x[((n * g.Cin + ci) * g.H + h) * g.W + v] * w[((co * g.Cin + ci) * g.Kernel.H + kh) * g.Kernel.W + kw];
                sum += term;
                magnitudes += Math.Abs(term);
            }
            Floats.Check(y[at], sum, magnitudes, g.Cin * g.Kernel.H * g.Kernel.W);
        }
        double byOutput = 0, size = 0;
        long plane = (long)g.OH * g.OW;
        for (long i = 0; i < Case.Y; i++)
        {
            byOutput += (double)y[i] * (y[i] - bias[i / plane % g.Cout]);
            size += (double)y[i] * y[i];
        }
        // Rounding errors of single values average out in these sums over everything.
        Floats.Check(Math.Abs(Dot(_dx, _x) - byOutput) <= 1e-5 * size);
        Floats.Check(Math.Abs(Dot(_dw, _w) - byOutput) <= 1e-5 * size);
    }

    private static double Dot(BufferView a, BufferView b)
    {
        float* p = a.Cpu<float>().Pointer, q = b.Cpu<float>().Pointer;
        double sum = 0;
        for (long i = 0; i < a.Length; i++)
            sum += (double)p[i] * q[i];
        return sum;
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var view in new[] { _x, _w, _bias, _y, _dx, _dw })
            view.Buffer.Dispose();
        _backend?.Dispose();
    }
}
