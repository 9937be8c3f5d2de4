using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Benchmarks.Cuda;

/// <summary>The columns of a chunk of samples.</summary>
public sealed record ColumnsCase(string Name, Conv2dGeometry Geometry) : IWork
{
    internal ConvolutionShape Shape => new(Geometry);

    public long X => Geometry.N * Shape.InputSample;

    /// <summary>Elements of the columns, with what fills their rows to whole packs.</summary>
    public long Columns => Geometry.N * CudaConvolution.Columns(Shape, DType.Float32);

    public double Flops(string method) => method == nameof(Im2ColBenchmarks.Col2Im) ? Columns : 0;

    public double Bytes(string method) => 4.0 * (X + Columns);

    public override string ToString() => $"{Name}, {Geometry.N} samples";
}

/// <summary>im2col and col2im over as many samples as a convolution of the network takes at once.</summary>
public class Im2ColBenchmarks : OpBenchmarks<ColumnsCase>
{
    private BufferView _x, _columns, _fromColumns;

    public static IEnumerable<ColumnsCase> Cases =>
        Conv2dBenchmarks.Cases.Select(layer =>
            new ColumnsCase(layer.Name, layer.Geometry with { N = layer.Chunk }));

    private static CudaBackend Cuda => BenchmarkDevice.Current.Cuda!;

    [Benchmark]
    public void Im2Col() => Cuda.Kernels.Im2Col(
        DType.Float32, Case.Shape, Case.Geometry.N, sideBySide: false, At(_x), At(_columns), Cuda.Runtime.DefaultStream);

    [Benchmark]
    public void Col2Im() => Cuda.Kernels.Col2Im(
        DType.Float32, Case.Shape, Case.Geometry.N, At(_columns), At(_fromColumns), Cuda.Runtime.DefaultStream);

    protected override void Make()
    {
        _x = Random(Case.X, 1);
        _columns = Empty(Case.Columns);
        _fromColumns = Empty(Case.X);
    }

    /// <summary>
    /// Some taps where they belong; then each pixel is itself times the number of windows that hold it.
    /// </summary>
    private protected override unsafe void Verify(HostCheck host)
    {
        Im2Col();
        Col2Im();
        var (g, s) = (Case.Geometry, Case.Shape);
        float* x = host.Floats(_x), columns = host.Floats(_columns), back = host.Floats(_fromColumns);
        for (long probe = 0; probe < 1000; probe++)
        {
            var at = probe * 7919 * 131 % Case.Columns;
            var row = CudaIm2Col.RowStride(DType.Float32, s.Positions);
            var (position, tap, n) = ((int)(at % row), (int)(at / row % s.Taps), at / row / s.Taps);
            var (c, kernel) = (tap / (g.Kernel.H * g.Kernel.W), tap % (g.Kernel.H * g.Kernel.W));
            var h = position / s.OW * g.Stride.H - g.Padding.H + kernel / g.Kernel.W;
            var w = position % s.OW * g.Stride.W - g.Padding.W + kernel % g.Kernel.W;
            var inside = position < s.Positions && h >= 0 && h < g.H && w >= 0 && w < g.W;
            HostCheck.That(columns[at] == (inside ? x[((n * g.Cin + c) * g.H + h) * g.W + w] : 0));
        }
        for (long probe = 0; probe < 1000; probe++)
        {
            var at = probe * 7919 * 131 % Case.X;
            var holders = Holders((int)(at / g.W % g.H), g.Kernel.H, g.Stride.H, g.Padding.H, s.OH)
                * Holders((int)(at % g.W), g.Kernel.W, g.Stride.W, g.Padding.W, s.OW);
            HostCheck.Near(back[at], (double)x[at] * holders, Math.Abs(x[at]) * holders, holders);
        }
    }

    private static int Holders(int at, int kernel, int stride, int padding, int windows) =>
        Enumerable.Range(0, windows).Select(o => o * stride - padding)
            .Count(start => start <= at && at < start + kernel);
}
