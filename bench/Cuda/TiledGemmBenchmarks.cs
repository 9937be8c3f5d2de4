using BenchmarkDotNet.Attributes;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Benchmarks.Cuda;

/// <summary>A matrix product of the network.</summary>
public sealed record ProductCase(string Name, GemmShape Shape) : IWork
{
    public double Flops(string method) => Shape.Flops;

    public double Bytes(string method) => 4.0 * (Of(A, Shape.StrideA) + Of(B, Shape.StrideB) + Of(C, Shape.StrideC));

    /// <summary>Elements from a matrix A's first to its last.</summary>
    public long A => (Shape.TransposeA ? Shape.K : Shape.M) * (long)Shape.LdA;

    /// <summary>Elements from a matrix B's first to its last.</summary>
    public long B => (Shape.TransposeB ? Shape.N : Shape.K) * (long)Shape.LdB;

    /// <summary>Elements from a matrix C's first to its last.</summary>
    public long C => Shape.M * (long)Shape.LdC;

    public GemmShape? Product(string method) => Shape;

    public override string ToString() => $"{Name}, {Shape.Batch} x {Shape.M}x{Shape.N}x{Shape.K}";

    private long Of(long matrix, long stride) => matrix + (stride == 0 ? 0 : stride * (Shape.Batch - 1));
}

/// <summary>
/// Our own matrix products, which stand in where there is no cuBLAS, on the products of the network's convolutions;
/// held against the device's own.
/// </summary>
public unsafe class TiledGemmBenchmarks : OpBenchmarks<ProductCase>
{
    private static readonly string[] Passes =
        [nameof(Conv2dBenchmarks.Forward), nameof(Conv2dBenchmarks.BackwardInput), nameof(Conv2dBenchmarks.BackwardWeight)];

    private BufferView _a, _b, _c;

    public static IEnumerable<ProductCase> Cases =>
    [
        .. from layer in Conv2dBenchmarks.Cases
           from method in Passes
           select new ProductCase($"{layer.Name} {method}", layer.Product(method)!.Value),
        // The one that no layer needs: both transposed.
        Transposed((int)Sizes.Past(4096)),
    ];

    private static CudaBackend Cuda => BenchmarkDevice.Current.Cuda!;

    [Benchmark]
    public void Tiled() =>
        Cuda.Kernels.TiledGemm(Case.Shape, At(_a), At(_b), At(_c), Cuda.Runtime.DefaultStream);

    protected override void Make()
    {
        var s = Case.Shape;
        _a = Random(Case.A + s.StrideA * (s.Batch - 1), 1);
        _b = Random(Case.B + s.StrideB * (s.Batch - 1), 2);
        // Not empty: between rows that fill whole packs lies what no product writes.
        _c = Random(Case.C + s.StrideC * (s.Batch - 1), 3);
    }

    private protected override void Verify(HostCheck host)
    {
        Tiled();
        var s = Case.Shape;
        float* a = host.Floats(_a), b = host.Floats(_b), c = host.Floats(_c);
        for (long probe = 0; probe < 50; probe++)
        {
            long i = probe * 31 % s.M, j = probe * 97 % s.N, n = probe * 7 % s.Batch;
            double sum = 0, magnitudes = 0;
            for (long k = 0; k < s.K; k++)
            {
                var left = a[n * s.StrideA + (s.TransposeA ? k * s.LdA + i : i * s.LdA + k)];
                var right = b[n * s.StrideB + (s.TransposeB ? j * s.LdB + k : k * s.LdB + j)];
                sum += (double)left * right;
                magnitudes += Math.Abs((double)left * right);
            }
            HostCheck.Near(c[n * s.StrideC + i * s.LdC + j], sum, magnitudes, s.K);
        }
    }

    private static ProductCase Transposed(int side) => new("both transposed", new GemmShape
    {
        DType = DType.Float32, M = side, N = side, K = side, TransposeA = true, TransposeB = true, LdA = side,
        LdB = side, LdC = side,
    });
}
