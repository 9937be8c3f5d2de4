using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// Every kernel in grids that are too small and too large for its work: the bits are those of the usual grid, and no
/// kernel is left out.
/// </summary>
[TestFixture]
public sealed class LaunchSweepTests
{
    private static readonly Dictionary<string, Func<Extent, Extent>> Grids = new()
    {
        ["one block"] = _ => new Extent(1),
        ["two blocks along each direction"] = grid => new Extent(
            Math.Min(grid.X, 2), Math.Min(grid.Y, 2), Math.Min(grid.Z, 2)),
        ["more blocks than work"] = grid => new Extent(
            grid.X + 3, grid.Y == 1 ? 1 : grid.Y + 2, grid.Z == 1 ? 1 : grid.Z + 2),
    };

    // Work of one block, whatever there is of it.
    private static readonly string[] Single = ["cross_entropy_totals", "cross_entropy_finish", "sum_finish"];

    private static readonly Lazy<Swept> Usual = new(() => Sweep.Run(grid => grid));

    private static IEnumerable<string> Names => Grids.Keys;

    [Test]
    public void Every_kernel_gives_the_bits_of_the_usual_grid([ValueSource(nameof(Names))] string grid)
    {
        var swept = Sweep.Run(Grids[grid]);
        var kernels = CudaKernels.Signatures.Select(signature => signature.Name).Order(StringComparer.Ordinal);
        Assert.That(swept.Asked.Keys.Order(StringComparer.Ordinal), Is.EqualTo(kernels), "kernels that were swept");
        Assert.That(swept.Results, Has.Count.EqualTo(Usual.Value.Results.Count));
        foreach (var (actual, expected) in swept.Results.Zip(Usual.Value.Results))
            KernelTests.Same(actual.Values, expected.Values, $"{actual.What}, {grid}");
    }

    [Test]
    public void There_is_work_for_three_blocks_and_more() =>
        Assert.That(
            Usual.Value.Asked.Where(kernel => kernel.Value < 3).Select(kernel => kernel.Key[..^4]).Distinct(),
            Is.EquivalentTo(Single));

    /// <summary>What the kernels gave, and the most blocks that launch code asked for, by kernel.</summary>
    private sealed record Swept(List<(string What, double[] Values)> Results, Dictionary<string, long> Asked);

    /// <summary>A launch or a few of each kernel, in float32 and float64.</summary>
    private sealed class Sweep : IDisposable
    {
        private readonly ReshapingGpu gpu;
        private readonly CudaKernels kernels;
        private readonly CudaMemory memory;
        private readonly List<(string What, double[] Values)> results = [];
        private readonly List<DevicePointer> taken = [];
        private DType dtype;
        private int seed;

        private Sweep(Func<Extent, Extent> reshape)
        {
            gpu = new ReshapingGpu(new SoftwareGpu(), reshape);
            kernels = new CudaKernels(gpu);
            memory = new CudaMemory(gpu);
        }

        private IGpuStream Stream => gpu.DefaultStream;

        public static Swept Run(Func<Extent, Extent> reshape)
        {
            using var sweep = new Sweep(reshape);
            foreach (var type in KernelTests.Floats)
            {
                (sweep.dtype, sweep.seed) = (type, 0);
                sweep.Maps();
                sweep.Random();
                sweep.Weighted();
                sweep.Pooling();
                sweep.Losses();
            }
            return new Swept(sweep.results, sweep.gpu.Asked);
        }

        public void Dispose()
        {
            taken.ForEach(gpu.Free);
            memory.Dispose();
            kernels.Dispose();
            // Throws if anything was found.
            gpu.Dispose();
        }

        private void Maps()
        {
            const int Count = 2053;
            DevicePointer a = Put(Count), b = Put(Count);
            Out("fill", Count, y => kernels.Fill(dtype, 1.5, y, Count, Stream));
            Out("fill", Count, y => kernels.Fill(DType.Int32, -7, y, Count, Stream), DType.Int32);
            Out("add", Count, y => kernels.Add(dtype, a, b, y, Count, Stream));
            Out("multiply", Count, y => kernels.Multiply(dtype, a, b, y, Count, Stream));
            Out("scale", Count, y => kernels.Scale(dtype, -1.7, a, y, Count, Stream));
            Out("relu", Count, y => kernels.ReLUForward(dtype, a, y, Count, Stream));
            foreach (var rule in Enum.GetValues<ReLURule>())
                Out($"relu {rule}", Count, dx => kernels.ReLUBackward(rule, dtype, a, b, dx, Count, Stream));
            foreach (var most in new[] { uint.MaxValue, 0L })
            {
                Out($"copy {most}", Count - 3, y =>
                    kernels.CopyStrided(dtype, [41, 50], a, [1, 41], y, [50, 1], Stream, most));
                Out($"copy of packs {most}", 39 * 48, y =>
                    kernels.CopyStrided(dtype, [39, 48], a, [52, 1], y, [48, 1], Stream, most));
            }
            foreach (var velocity in new[] { true, false })
            {
                DevicePointer v = Put(Count), w = Put(Count);
                kernels.Sgd(
                    dtype, new SgdStep(0.1, velocity ? 0.9 : 0, 0.01), a, velocity ? v : null, w, Count, Stream);
                Keep($"sgd's w, velocity {velocity}", dtype, w, Count);
                Keep($"sgd's v, velocity {velocity}", dtype, v, Count);
            }
            Out("sum", 1, y => kernels.Sum(dtype, Put(20_001), 20_001, y, Take(CudaSum.SumScratch(20_001)), Stream));
            var filters = Put(5 * 1300);
            Out("rms", 5, rms => kernels.RenormaliseFilters(5, 1300, 0.5, dtype, filters, rms, Stream), DType.Float64);
            Keep("renormalised", dtype, filters, 5 * 1300);
            var pixels = Put(DType.Int32, Values.Random(++seed, 1500, 0, 1 << 30));
            ColourTriple mean = new(120, 110, 100), deviation = new(50, 60, 0.7f);
            Out("preprocess", 5 * 3 * 391, y =>
                kernels.Preprocess(5, 17, 23, true, 255, mean, deviation, dtype, pixels, y, Stream));
        }

        private void Random()
        {
            const int Count = 4099;
            var x = Put(Count);
            Out("dropout", Count, y => kernels.Dropout(new DropoutMask(0.4, 5, 6), dtype, x, y, Count, Stream));
            Out("uniform", Count, y => kernels.RandomUniform(7, 8, -1, 2, dtype, y, Count, Stream));
            Out("normal", Count, y => kernels.RandomNormal(9, 10, 1, 2, dtype, y, Count, Stream));
        }

        private void Weighted()
        {
            var shape = new ConvolutionShape(new Conv2dGeometry(3, 2, 19, 23, 5, 3, 1, 1, 1, 1));
            var convolution = new CudaConvolution(kernels, memory) { OwnGemm = true };
            long inputs = 3 * shape.InputSample, outputs = 3 * shape.OutputSample, weights = 5 * shape.Taps;
            DevicePointer x = Put(inputs), w = Put(weights), dy = Put(outputs);
            Out("conv's y", outputs, y => convolution.Forward(shape, dtype, x, w, y, Stream));
            Out("conv's dx", inputs, dx => convolution.BackwardInput(shape, dtype, dy, w, dx, Stream));
            Out("conv's dw", weights, dw => convolution.BackwardWeight(shape, dtype, x, dy, dw, Stream));
            foreach (var (transposeA, transposeB) in
                new[] { (false, false), (false, true), (true, false), (true, true) })
            {
                const int M = 65, N = 131, K = 19;
                var product = new GemmShape
                {
                    DType = dtype, M = M, N = N, K = K, TransposeA = transposeA, TransposeB = transposeB,
                    LdA = transposeA ? M : K, LdB = transposeB ? K : N, LdC = N, Batch = 3, StrideA = M * K,
                    StrideB = K * N, StrideC = M * N,
                };
                DevicePointer a = Put(3 * M * K), b = Put(3 * K * N);
                Out($"gemm {transposeA} {transposeB}", 3 * M * N, c => kernels.TiledGemm(product, a, b, c, Stream));
            }
            foreach (var relu in new[] { false, true })
            {
                var y = Put(3 * 701 * 3);
                kernels.Bias(dtype, y, Put(701), 3, 701, 3, relu, Stream);
                Keep($"bias, relu {relu}", dtype, y, 3 * 701 * 3);
            }
            foreach (var (outer, channels, inner) in new[] { (5, 7, 1801), (131, 701, 1), (3, 701, 2) })
            {
                var scratch = Take(CudaChannelSum.ChannelSumScratch(dtype, outer, channels, inner));
                var from = Put((long)outer * channels * inner);
                Out($"channel sum of {outer}, {channels}, {inner}", channels, sums =>
                    kernels.ChannelSum(dtype, outer, channels, inner, from, sums, scratch, Stream));
            }
        }

        private void Pooling()
        {
            var g = new Pool2dGeometry(11, 19, 17, 3, 2, 0, true);
            long cells = g.Planes * g.H * g.W, windows = g.Planes * g.OH * g.OW;
            DevicePointer x = Put(cells), dy = Put(windows), switches = Take(windows * sizeof(int));
            Out("max pool's y", windows, y => kernels.MaxPool2dForward(g, dtype, x, y, switches, Stream));
            Keep("switches", DType.Int32, switches, windows);
            Out("max pool's dx", cells, dx => kernels.MaxPool2dBackward(g, dtype, dy, switches, dx, Stream));
            Out("avg pool's y", windows, y => kernels.AvgPool2dForward(g, true, dtype, x, y, Stream));
            Out("avg pool's dx", cells, dx => kernels.AvgPool2dBackward(g, true, dtype, dy, dx, Stream));
            foreach (var mode in Enum.GetValues<UnpoolMode>())
            {
                Out($"avg unpool's y, {mode}", cells, y =>
                    kernels.AvgUnpool2dForward(g, mode, dtype, dy, y, Stream));
                Out($"avg unpool's dx, {mode}", windows, dx =>
                    kernels.AvgUnpool2dBackward(g, mode, dtype, x, dx, Stream));
                // Three tiles of whole planes, and three parts of a plane.
                foreach (var (planes, side) in new[] { (3, 60), (1, 119) })
                {
                    var unpool = new MaxUnpool2dGeometry(planes, 13, 11, side, side, mode);
                    long pooled = planes * 143, plane = planes * side * side;
                    DevicePointer small = Put(pooled), large = Put(plane);
                    var at = Put(DType.Int32, Values.Random(++seed, pooled, 0, side * side));
                    Out($"max unpool's y, {mode}", plane, y =>
                        kernels.MaxUnpool2dForward(unpool, dtype, small, at, y, default, Stream));
                    Out($"max unpool's dx, {mode}", pooled, dx =>
                        kernels.MaxUnpool2dBackward(unpool, dtype, large, at, dx, default, Stream));
                }
            }
            var up = new UpsampleBilinear2dGeometry(2, 3, 300, 5, 701, false);
            DevicePointer less = Put(2 * 3 * 300), more = Put(2 * 5 * 701);
            Out("upsample's y", 2 * 5 * 701, y => kernels.UpsampleBilinear2dForward(up, dtype, less, y, Stream));
            Out("upsample's dx", 2 * 3 * 300, dx => kernels.UpsampleBilinear2dBackward(
                up, dtype, more, dx, Take(CudaUpsampleBilinear2d.UpsampleBilinear2dScratchBytes(up)), Stream));
            foreach (var (across, beta) in new[] { (true, 0.75), (true, 0.5), (false, 0.75) })
            {
                var norm = new LocalResponseNormGeometry(2, 7, 13, 11, 5, 0.3, beta, 2, across);
                DevicePointer from = Put(2002), back = Put(2002);
                Out($"lrn's y, across {across}, {beta}", 2002, y =>
                    kernels.LocalResponseNormForward(norm, dtype, from, y, Stream));
                Out($"lrn's dx, across {across}, {beta}", 2002, dx => kernels.LocalResponseNormBackward(
                    norm, dtype, from, back, dx, Take(2002 * dtype.Size()), Stream));
            }
        }

        private void Losses()
        {
            foreach (var (outer, size, inner) in new[] { (29, 11, 1), (3, 300, 1), (3, 5, 257) })
                foreach (var logarithm in new[] { false, true })
                {
                    long count = outer * size * inner;
                    DevicePointer x = Put(count), dy = Put(count), y = Take(count * dtype.Size());
                    kernels.SoftmaxForward(dtype, logarithm, outer, size, inner, x, y, Stream);
                    Keep($"softmax's y, logarithm {logarithm}", dtype, y, count);
                    Out($"softmax's dx, logarithm {logarithm}", count, dx =>
                        kernels.SoftmaxBackward(dtype, logarithm, outer, size, inner, y, dy, dx, Stream));
                }
            var g = new CrossEntropyGeometry(29, 151, IgnoreIndex: -100, 0.1, Mean: true);
            DevicePointer logits = Put(29 * 151), weight = Put(151), dloss = Put(1);
            var labels = Put(DType.Int32, Values.Random(++seed, 29, 0, 151));
            var scratch = Take(CudaCrossEntropy.CrossEntropyScratch(dtype, g));
            Out("cross-entropy", 1, loss =>
                kernels.CrossEntropyForward(dtype, g, logits, labels, weight, loss, scratch, Stream));
            Out("cross-entropy's dx", 29 * 151, dx =>
                kernels.CrossEntropyBackward(dtype, g, logits, labels, weight, dloss, dx, scratch, Stream));
        }

        private DevicePointer Put(long count) => Put(dtype, Values.Random(++seed, count));

        private unsafe DevicePointer Put(DType type, double[] values)
        {
            var bytes = KernelTests.Bytes(type, values);
            var pointer = Take(bytes.Length);
            fixed (byte* source = bytes)
                gpu.CopyToDevice(pointer, source, bytes.Length, Stream);
            return pointer;
        }

        private DevicePointer Take(long bytes)
        {
            taken.Add(gpu.Allocate(Math.Max(1, bytes)));
            return taken[^1];
        }

        // What a launch writes to memory that nobody has written.
        private void Out(string what, long count, Action<DevicePointer> launch, DType? type = null)
        {
            var pointer = Take(count * (type ?? dtype).Size());
            launch(pointer);
            Keep(what, type ?? dtype, pointer, count);
        }

        private unsafe void Keep(string what, DType type, DevicePointer pointer, long count)
        {
            var bytes = new byte[count * type.Size()];
            fixed (byte* destination = bytes)
                gpu.CopyToHost(destination, pointer, bytes.Length, Stream);
            results.Add(($"{what} ({dtype})", KernelTests.Numbers(type, bytes)));
        }
    }
}
