using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Benchmarks;

/// <summary>A convolution of the network on the way down: the deconvnet's transposed filters.</summary>
public sealed record TransposedCase(string Name, ConvTranspose2dGeometry Geometry) : IWork
{
    public long X => (long)Geometry.N * Geometry.Cin * Geometry.H * Geometry.W;

    public long W => (long)Geometry.Cin * Geometry.Cout * Geometry.Kernel.H * Geometry.Kernel.W;

    public long Y => (long)Geometry.N * Geometry.Cout * Geometry.OH * Geometry.OW;

    public double Flops(string method) => 2.0 * W * Geometry.N * Geometry.H * Geometry.W;

    public double Bytes(string method) => 4.0 * (X + W + Y);

    public GemmShape? Product(string method)
    {
        var shape = new ConvolutionShape(Geometry);
        return CudaConvolution.BackwardInputProduct(
            shape, DType.Float32,
            CudaConvolution.Chunk(
                shape, DType.Float32, CudaConvolution.Columns(shape, DType.Float32), CudaConvolution.DefaultWorkspace));
    }

    public override string ToString() => $"{Name} batch {Geometry.N}";
}

/// <summary>Transposed convolution, from each layer's maps back to its input.</summary>
public unsafe class ConvTranspose2dBenchmarks : OpBenchmarks<TransposedCase>
{
    private BufferView _x, _w, _y;

    public static IEnumerable<TransposedCase> Cases =>
        from layer in Sizes.Convolutions
        let g = layer.Geometry
        // What the forward pass dropped at the edge comes back.
        let extra = new Pair(
            (g.H + 2 * g.Padding.H - g.Kernel.H) % g.Stride.H, (g.W + 2 * g.Padding.W - g.Kernel.W) % g.Stride.W)
        select new TransposedCase(layer.Name, new ConvTranspose2dGeometry(
            g.N, g.Cout, g.OH, g.OW, g.Cin, g.Kernel, g.Stride, g.Padding, extra, g.Dilation, g.Groups));

    [Benchmark]
    public void Forward() => Backend.ConvTranspose2dForward(Case.Geometry, _x, _w, null, _y);

    protected override void Make()
    {
        _x = Random(Case.X, 1);
        _w = Random(Case.W, 2);
        _y = Empty(Case.Y);
    }

    /// <summary>Some outputs from the definition: the sum over the windows that hold a pixel.</summary>
    private protected override void Verify(HostCheck host)
    {
        Forward();
        var g = Case.Geometry;
        float* x = host.Floats(_x), w = host.Floats(_w), y = host.Floats(_y);
        for (long probe = 0; probe < 50; probe++)
        {
            var at = probe * 7919 * 131 % Case.Y;
            int column = (int)(at % g.OW), row = (int)(at / g.OW % g.OH), co = (int)(at / g.OW / g.OH % g.Cout);
            var n = at / g.OW / g.OH / g.Cout;
            double sum = 0, magnitudes = 0;
            for (var ci = 0; ci < g.Cin; ci++)
            for (var kh = 0; kh < g.Kernel.H; kh++)
            for (var kw = 0; kw < g.Kernel.W; kw++)
            {
                int down = row + g.Padding.H - kh, across = column + g.Padding.W - kw;
                if (down % g.Stride.H != 0 || across % g.Stride.W != 0)
                    continue;
                var (h, v) = (down / g.Stride.H, across / g.Stride.W);
                if (down < 0 || across < 0 || h >= g.H || v >= g.W)
                    continue;
                var term = (double)x[((n * g.Cin + ci) * g.H + h) * g.W + v]
                    * w[((ci * g.Cout + co) * g.Kernel.H + kh) * g.Kernel.W + kw];
                sum += term;
                magnitudes += Math.Abs(term);
            }
            HostCheck.Near(y[at], sum, magnitudes, g.Cin * g.Kernel.H * g.Kernel.W);
        }
    }
}
