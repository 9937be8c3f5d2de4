using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks.Cpu;

/// <summary>C [M x N] = A [M x K] B [K x N].</summary>
public sealed record GemmCase(string Name, int M, int N, int K) : IWork
{
    public double Flops(string method) =>
        method == nameof(GemmBenchmarks.FmaPeak)
            ? FmaPeakProbe.Flops(CpuIsaSupport.Default, Environment.ProcessorCount)
            : 2.0 * M * N * K;

    public double Bytes(string method) =>
        method == nameof(GemmBenchmarks.FmaPeak) ? 0 : 4.0 * ((double)M * K + (double)K * N + (double)M * N);

    public override string ToString() => $"{Name} {M}x{N}x{K}";
}

/// <summary>The packed matrix product on the wide network's convolutions as im2col would shape them.</summary>
public unsafe class GemmBenchmarks : OpBenchmarks<GemmCase>
{
    private KernelContext? _context;
    private BufferView _a, _b, _c, _packed;

    public static IEnumerable<GemmCase> Cases =>
        from layer in Sizes.Convolutions
        let g = layer.Geometry
        where g.N == 1
        select new GemmCase(layer.Name, g.Cout, g.OH * g.OW, g.Cin * g.Kernel.H * g.Kernel.W);

    protected override void Make()
    {
        _context = new KernelContext();
        _a = Random((long)Case.M * Case.K, 1);
        _b = Random((long)Case.K * Case.N, 2);
        _c = Empty((long)Case.M * Case.N);
        _packed = Empty(PackedOperand.Floats(_context.Kernel, Case.M, Case.K));
        new PackedOperand
        {
            Kernel = _context.Kernel,
            Source = _a.Cpu<float>().Pointer,
            RowStride = Case.K,
            KStride = 1,
            Rows = Case.M,
            K = Case.K,
            Target = _packed.Cpu<float>().Pointer,
        }.Run(_context.Pool);
    }

    private protected override void Verify(HostCheck host)
    {
        Gemm();
        Check();
        GemmWithPackedWeights();
        Check();
    }

    private void Check()
    {
        float* a = _a.Cpu<float>().Pointer, b = _b.Cpu<float>().Pointer, c = _c.Cpu<float>().Pointer;
        for (var probe = 0; probe < 100; probe++)
        {
            int i = probe * 31 % Case.M, j = probe * 97 % Case.N;
            double sum = 0, magnitudes = 0;
            for (var k = 0; k < Case.K; k++)
            {
                var term = (double)a[(long)i * Case.K + k] * b[(long)k * Case.N + j];
                sum += term;
                magnitudes += Math.Abs(term);
            }
            HostCheck.Near(c[(long)i * Case.N + j], sum, magnitudes, Case.K);
        }
    }

    /// <summary>Multiply-adds in registers only, beside every shape: the ceiling at that moment.</summary>
    [Benchmark]
    public void FmaPeak() => FmaPeakProbe.Once(_context!.Pool, _context.Isa);

    [Benchmark]
    public void Gemm() => Kernels.Gemm.Run(
        _context!, Case.M, Case.N, Case.K, _a.Cpu<float>().Pointer, Case.K, false, _b.Cpu<float>().Pointer, Case.N,
        false, _c.Cpu<float>().Pointer, Case.N);

    /// <summary>A packed once, as the network keeps its weights.</summary>
    [Benchmark]
    public void GemmWithPackedWeights() => Kernels.Gemm.RunPacked(
        _context!, Case.M, Case.N, Case.K, _packed.Cpu<float>().Pointer, _b.Cpu<float>().Pointer, Case.N, false,
        _c.Cpu<float>().Pointer, Case.N);

    protected override void Drop() => _context?.Dispose();
}
