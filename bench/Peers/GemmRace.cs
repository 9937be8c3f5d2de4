using System.Diagnostics;
using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>
/// The matrix product on the wide network's shapes beside two ceilings taken in the same moments and for as long: multiply-adds
/// in registers only, before and after every product, and the micro-kernel on one tile in L1, which also loads. A neighbour on a
/// shared machine slows all three, so shares are of the peak around each product; beside them
/// stands the best product's share of the best peak, which a neighbour touches least.
/// </summary>
internal sealed unsafe class GemmRace : IDisposable
{
    /// <summary>Arithmetic of one sample: some 40 ms.</summary>
    private const double SampleFlops = 10e9;

    /// <summary>The runtime compiles the loops again meanwhile, in the background.</summary>
    private const double WarmUpSeconds = 1;

    private readonly KernelContext context;
    private readonly CpuBackend backend = new();
    private readonly int rounds;

    public GemmRace(int threads, int rounds)
    {
        context = new KernelContext(threads);
        this.rounds = rounds;
    }

    /// <summary>Prints one line a shape: medians of GFLOP/s, and of the shares of the peak around each product, and the best share.</summary>
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
        var flops = 2.0 * m * n * k;
        void Product() => Gemm.Run(context, m, n, k, a, k, false, b, n, false, c, n);
        void WithPacked() => Gemm.RunPacked(context, m, n, k, packed, b, n, false, c, n);
        // One product of a small layer is over before the machine has settled, so each sample is a run of them.
        var products = (int)Math.Ceiling(SampleFlops / flops);
        var once = FmaPeakProbe.Flops(context.Isa, context.Pool.Threads);
        var repeats = Math.Max(1, (int)Math.Round(products * flops / once));
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUpSeconds;)
        {
            Product();
            WithPacked();
        }
        var peaks = new List<double>();
        List<(double Rate, double Share)> tile = [], gemm = [], withPacked = [];
        peaks.Add(Peak());
        for (var round = 0; round < rounds; round++)
        {
            Add(tile, TileBody.Flops(context.Kernel, repeats) * context.Pool.Threads, () => Tile(repeats));
            Add(gemm, products * flops, () => Times(products, Product));
            Add(withPacked, products * flops, () => Times(products, WithPacked));
        }
        Console.WriteLine(
            $"{name} {m}x{n}x{k}: peak median {Median(peaks):F0}, best {peaks.Max():F0}; tile in L1 {Line(tile)}; gemm {Line(gemm)}; A packed once {Line(withPacked)}");

        string Line(List<(double Rate, double Share)> results) =>
            $"{Median(results.Select(result => result.Rate)):F0} GFLOP/s {Median(results.Select(result => result.Share)):P0}, best {results.Max(result => result.Rate) / peaks.Max():P0}";

        double Peak() => Rate(once * repeats, () => Times(repeats, () => FmaPeakProbe.Once(context.Pool, context.Isa)));

        void Add(List<(double Rate, double Share)> results, double work, Action run)
        {
            var rate = Rate(work, run);
            var before = peaks[^1];
            peaks.Add(Peak());
            results.Add((rate, 2 * rate / (before + peaks[^1])));
        }
    }

    private static double Median(IEnumerable<double> values) => Timing.Median([.. values.Order()]);

    private static void Times(int count, Action work)
    {
        for (var i = 0; i < count; i++)
            work();
    }

    private static double Rate(double flops, Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return flops / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }

    /// <summary>The micro-kernel on one tile that stays in L1, all threads, about as long as that many runs of the probe.</summary>
    private void Tile(int repeats) => context.Pool.Run(context.Pool.Threads, new TileBody(context.Kernel, repeats));

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

    private readonly struct TileBody(MicroKernel kernel, int repeats) : IParallelBody
    {
        private const int K = 256;
        private const int Tiles = 4000;

        public static double Flops(MicroKernel kernel, int repeats) => 2.0 * kernel.Rows * kernel.Columns * K * Tiles * repeats;

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
            for (var repeat = 0; repeat < Tiles * repeats; repeat++)
                product.Run();
        }
    }
}
