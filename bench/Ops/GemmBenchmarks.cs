using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>C [M x N] = A [M x K] B [K x N].</summary>
public sealed record GemmCase(string Name, int M, int N, int K) : IWork
{
    public double Flops(string method) =>
        method == nameof(GemmBenchmarks.FmaPeak) ? FmaPeakProbe.Flops(CpuIsaSupport.Default, Environment.ProcessorCount) : 2.0 * M * N * K;

    public double Bytes(string method) =>
        method == nameof(GemmBenchmarks.FmaPeak) ? 0 : 4.0 * ((double)M * K + (double)K * N + (double)M * N);

    public override string ToString() => $"{Name} {M}x{N}x{K}";
}

/// <summary>The packed matrix product on the wide network's convolutions as im2col would shape them.</summary>
public unsafe class GemmBenchmarks
{
    private KernelContext? _context;
    private CpuBackend? _backend;
    private BufferView _a, _b, _c, _packed;

    public static IEnumerable<GemmCase> Cases =>
    [
        new("conv1", 96, 12321, 147), new("conv2", 256, 3025, 2400), new("conv3", 512, 729, 2304),
        new("conv4", 1024, 729, 4608), new("conv5", 512, 729, 9216),
    ];

    [ParamsSource(nameof(Cases))]
    public GemmCase Case { get; set; } = null!;

    [GlobalSetup]
    public void Setup()
    {
        _context = new KernelContext();
        _backend = new CpuBackend();
        _a = Floats.Random(_backend, (long)Case.M * Case.K, 1);
        _b = Floats.Random(_backend, (long)Case.K * Case.N, 2);
        _c = Floats.Empty(_backend, (long)Case.M * Case.N);
        _packed = Floats.Empty(_backend, PackedOperand.Floats(_context.Kernel, Case.M, Case.K));
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
            Floats.Check(c[(long)i * Case.N + j], sum, magnitudes, Case.K);
        }
    }

    /// <summary>Multiply-adds in registers only, beside every shape: the ceiling at that moment.</summary>
    [Benchmark]
    public void FmaPeak() => FmaPeakProbe.Once(_context!.Pool, _context.Isa);

    [Benchmark]
    public void Gemm() => Kernels.Gemm.Run(
        _context!, Case.M, Case.N, Case.K, _a.Cpu<float>().Pointer, Case.K, false, _b.Cpu<float>().Pointer, Case.N, false,
        _c.Cpu<float>().Pointer, Case.N);

    /// <summary>A packed once, as the network keeps its weights.</summary>
    [Benchmark]
    public void GemmWithPackedWeights() => Kernels.Gemm.RunPacked(
        _context!, Case.M, Case.N, Case.K, _packed.Cpu<float>().Pointer, _b.Cpu<float>().Pointer, Case.N, false,
        _c.Cpu<float>().Pointer, Case.N);

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var view in new[] { _a, _b, _c, _packed })
            view.Buffer.Dispose();
        _backend?.Dispose();
        _context?.Dispose();
    }
}
