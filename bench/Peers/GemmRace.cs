using System.Diagnostics;
using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>
/// The matrix product on the wide network's shapes beside two ceilings measured in the same round: multiply-adds in registers
/// only, and the micro-kernel on one tile in L1, which also loads. Another tenant on a core's second thread slows what loads and
/// leaves the registers alone, so the tile tells whether the machine was quiet.
/// </summary>
internal sealed unsafe class GemmRace : IDisposable
{
    /// <summary>A round counts as quiet when the tile ran at this share of the registers' peak before and after.</summary>
    private const double Quiet = 0.9;

    private readonly KernelContext context;
    private readonly CpuBackend backend = new();
    private readonly int rounds;

    public GemmRace(int threads, int rounds)
    {
        context = new KernelContext(threads);
        this.rounds = rounds;
    }

    /// <summary>Prints one line a shape: GFLOP/s and shares of the peak, over all rounds and over the quiet ones.</summary>
    public void Run()
    {
        Shape("conv1", 96, 12321, 147);
        Shape("conv2", 256, 3025, 2400);
        Shape("conv3", 512, 729, 2304);
        Shape("conv4", 1024, 729, 4608);
        Shape("conv5", 512, 729, 9216);
    }

    private void Shape(string name, int m, int n, int k)
    {
        float* a = Random((long)m * k), b = Random((long)k * n), c = Random((long)m * n);
        var packed = Random(PackedOperand.Floats(context.Kernel, m, k));
        new PackedOperand { Kernel = context.Kernel, Source = a, RowStride = k, KStride = 1, Rows = m, K = k, Target = packed }.Run(context.Pool);
        double flops = 2.0 * m * n * k, tileBefore = Tile();
        var results = new List<(double Peak, double Tile, double Gemm, double Packed)>();
        for (var round = 0; round < rounds; round++)
        {
            var peak = FmaPeakProbe.Measure(context.Pool, context.Isa, 2);
            var gemm = Rate(flops, () => Gemm.Run(context, m, n, k, a, k, false, b, n, false, c, n));
            var withPacked = Rate(flops, () => Gemm.RunPacked(context, m, n, k, packed, b, n, false, c, n));
            var tileAfter = Tile();
            results.Add((peak, Math.Min(tileBefore, tileAfter), gemm, withPacked));
            tileBefore = tileAfter;
        }
        var top = results.Max(result => result.Peak);
        var quiet = results.Where(result => result.Tile >= Quiet * top).ToArray();
        Console.WriteLine($"{name} {m}x{n}x{k}: peak {top:F0}; all {Line(results, top)}; quiet {Line(quiet, top)}");
    }

    private static string Line(IReadOnlyCollection<(double Peak, double Tile, double Gemm, double Packed)> results, double top)
    {
        if (results.Count == 0)
            return "none";
        double gemm = Median(results.Select(result => result.Gemm)), packed = Median(results.Select(result => result.Packed));
        return $"({results.Count} rounds) tile {Median(results.Select(result => result.Tile)) / top:P0}, gemm {gemm:F0} GFLOP/s {gemm / top:P0}, weights packed {packed:F0} {packed / top:P0}";
    }

    private static double Median(IEnumerable<double> values) => Timing.Median([.. values.Order()]);

    private static double Rate(double flops, Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return flops / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }

    /// <summary>The micro-kernel's rate on one tile that stays in L1, all threads.</summary>
    private double Tile()
    {
        var threads = context.Pool.Threads;
        return Rate(threads * TileBody.Flops(context.Kernel), () => context.Pool.Run(threads, new TileBody(context.Kernel)));
    }

    private float* Random(long count)
    {
        var view = new BufferView(backend.Allocate(count * sizeof(float)), DType.Float32, 0, count);
        backend.RandomUniform(1, 0, -1, 1, view);
        return view.Cpu<float>().Pointer;
    }

    public void Dispose()
    {
        backend.Dispose();
        context.Dispose();
    }

    private readonly struct TileBody(MicroKernel kernel) : IParallelBody
    {
        private const int K = 256;
        private const int Repeats = 3000;

        public static double Flops(MicroKernel kernel) => 2.0 * kernel.Rows * kernel.Columns * K * Repeats;

        public void Run(long index, int worker)
        {
            using var scratch = new Scratch((kernel.Rows + kernel.Columns) * K + MicroKernel.MaxTile);
            var floats = kernel.Rows * K;
            new Span<float>(scratch.Floats, (kernel.Rows + kernel.Columns) * K + MicroKernel.MaxTile).Clear();
            var product = new BlockProduct
            {
                Kernel = kernel,
                A = scratch.Floats + kernel.Columns * K,
                B = scratch.Floats,
                C = scratch.Floats + kernel.Columns * K + floats,
                Ldc = kernel.Columns,
                Rows = kernel.Rows,
                Columns = kernel.Columns,
                K = K,
                Mode = TileMode.Accumulate,
            };
            for (var repeat = 0; repeat < Repeats; repeat++)
                product.Run();
        }
    }
}
