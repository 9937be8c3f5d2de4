using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Benchmarks;

/// <summary>A convolution of the network; on a GPU held against the product that it makes of a chunk.</summary>
public sealed record ConvolutionCase(string Name, Conv2dGeometry Geometry) : IWork
{
    public long X => (long)Geometry.N * Geometry.Cin * Geometry.H * Geometry.W;

    public long W => (long)Geometry.Cout * Geometry.Cin * Geometry.Kernel.H * Geometry.Kernel.W;

    public long Y => (long)Geometry.N * Geometry.Cout * Geometry.OH * Geometry.OW;

    /// <summary>Samples of a chunk of columns on a GPU.</summary>
    public int Chunk => Samples(Columns);

    internal ConvolutionShape Shape => new(Geometry);

    public double Flops(string method) => Geometry.Flops;

    public double Bytes(string method) => 4.0 * (X + W + Y);

    public GemmShape? Product(string method) => method switch
    {
        nameof(Conv2dBenchmarks.BackwardInput) => CudaConvolution.BackwardInputProduct(Shape, DType.Float32, Chunk),
        nameof(Conv2dBenchmarks.BackwardWeight) => CudaConvolution.BackwardWeightProduct(
            Shape, DType.Float32, Samples(Columns + Shape.OutputSample), add: false),
        _ => CudaConvolution.ForwardProduct(Shape, DType.Float32, Chunk),
    };

    public override string ToString() => $"{Name} batch {Geometry.N}";

    private long Columns => CudaConvolution.Columns(Shape, DType.Float32);

    private int Samples(long floats) =>
        CudaConvolution.Chunk(Shape, DType.Float32, floats, CudaConvolution.DefaultWorkspace);
}

/// <summary>The network's convolutions: forward with bias and rectifier, and both gradients.</summary>
public unsafe class Conv2dBenchmarks : OpBenchmarks<ConvolutionCase>
{
    private BufferView _x, _w, _bias, _y, _dy, _dx, _dw;

    public static IEnumerable<ConvolutionCase> Cases =>
        Sizes.Convolutions.Select(layer => new ConvolutionCase(layer.Name, layer.Geometry));

    [Benchmark]
    public void Forward() => Backend.Conv2dForward(Case.Geometry, _x, _w, _bias, _y, relu: true);

    [Benchmark]
    public void BackwardInput() => Backend.Conv2dBackwardInput(Case.Geometry, _dy, _w, _dx);

    [Benchmark]
    public void BackwardWeight() => Backend.Conv2dBackwardWeight(Case.Geometry, _x, _dy, _dw);

    protected override void Make()
    {
        _x = Random(Case.X, 1);
        _w = Random(Case.W, 2);
        _bias = Random(Case.Geometry.Cout, 3);
        _dy = Random(Case.Y, 4);
        _y = Empty(Case.Y);
        _dx = Empty(Case.X);
        _dw = Empty(Case.W);
    }

    /// <summary>
    /// Some outputs from the definition; the gradients by the identities dy.y' = dx.x = dw.w (y' without bias and
    /// rectifier).
    /// </summary>
    private protected override void Verify(HostCheck host)
    {
        BackwardInput();
        BackwardWeight();
        // Last, and again with unchanged weights, whose packed form the CPU keeps as in a network.
        Backend.Conv2dForward(Case.Geometry, _x, _w, null, _y);
        float* x = host.Floats(_x), w = host.Floats(_w), dy = host.Floats(_dy), y = host.Floats(_y);
        var byOutput = Dot(dy, y, Case.Y);
        // Rounding errors of single values average out in these sums over everything.
        var size = Math.Sqrt(Dot(dy, dy, Case.Y)) * Math.Sqrt(Dot(y, y, Case.Y));
        HostCheck.That(Math.Abs(Dot(host.Floats(_dx), x, Case.X) - byOutput) <= 1e-5 * size);
        HostCheck.That(Math.Abs(Dot(host.Floats(_dw), w, Case.W) - byOutput) <= 1e-5 * size);
        Forward();
        y = host.Floats(_y);
        var bias = host.Floats(_bias);
        for (long probe = 0; probe < 50; probe++)
            Probe(x, w, bias, y, probe * 7919 * 131 % Case.Y);
    }

    private void Probe(float* x, float* w, float* bias, float* y, long at)
    {
        var g = Case.Geometry;
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
            var term = (double)x[((n * g.Cin + ci) * g.H + h) * g.W + v]
                * w[((co * g.Cin + ci) * g.Kernel.H + kh) * g.Kernel.W + kw];
            sum += term;
            magnitudes += Math.Abs(term);
        }
        HostCheck.Near(y[at], Math.Max(sum, 0), magnitudes, g.Cin * g.Kernel.H * g.Kernel.W);
    }

    private static double Dot(float* a, float* b, long count)
    {
        double sum = 0;
        for (long i = 0; i < count; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }
}
