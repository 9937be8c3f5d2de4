using System.Globalization;
using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;
using ZfNet.PtxEmulator.Checks;

namespace ZfNet.Benchmarks.Cpu;

/// <summary>
/// The software GPU on the corpus's tiled matrix product: how many instructions of a lane it runs in a second.
/// </summary>
[Config(typeof(EmulatorConfig))]
public class EmulatorBenchmarks
{
    private const int Tile = 64;
    private const int Threads = 64;

    private SoftwareGpu gpu = null!;
    private IGpuKernel kernel = null!;
    private IGpuModule module = null!;
    private DevicePointer a;
    private DevicePointer b;
    private DevicePointer c;

    /// <summary>Checks off and on.</summary>
    [Params(false, true)]
    public bool Checks { get; set; }

    /// <summary>Rows and columns.</summary>
    [Params(512)]
    public int Size { get; set; }

    /// <summary>Lane instructions of one product, known once it has run.</summary>
    internal static Dictionary<(bool Checks, int Size), long> LaneInstructions { get; } = [];

    [GlobalSetup]
    public unsafe void Setup()
    {
        gpu = new SoftwareGpu(new() { Checks = Checks ? EmulatorChecks.All : EmulatorChecks.None });
        module = gpu.LoadModule("gemm.ptx", File.ReadAllBytes(Corpus("gemm.ptx")));
        kernel = module.FindKernel("gemm_tiled");
        var random = new Random(1);
        var left = Enumerable.Range(0, Size * Size).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var right = Enumerable.Range(0, Size * Size).Select(_ => random.NextSingle() - 0.5f).ToArray();
        long bytes = 4L * Size * Size;
        (a, b, c) = (gpu.Allocate(bytes), gpu.Allocate(bytes), gpu.Allocate(bytes));
        fixed (float* from = left)
            gpu.CopyToDevice(a, from, bytes, gpu.DefaultStream);
        fixed (float* from = right)
            gpu.CopyToDevice(b, from, bytes, gpu.DefaultStream);
        TiledGemm();
        LaneInstructions[(Checks, Size)] = gpu.LaneInstructions;
        var product = new float[Size * Size];
        fixed (float* to = product)
            gpu.CopyToHost(to, c, bytes, gpu.DefaultStream);
        for (var i = 0; i < product.Length; i += (Size * 37) + 41)
        {
            double sum = 0, magnitudes = 0;
            for (var k = 0; k < Size; k++)
            {
                var term = (double)left[(i / Size * Size) + k] * right[(k * Size) + (i % Size)];
                sum += term;
                magnitudes += Math.Abs(term);
            }
            HostCheck.Near(product[i], sum, magnitudes, Size);
        }
    }

    [Benchmark]
    public void TiledGemm()
    {
        var blocks = (Size + Tile - 1) / Tile;
        gpu.Launch(kernel, new(new(blocks, blocks), new(Threads)), gpu.DefaultStream, a, b, c, Size, Size, Size);
        gpu.Synchronize();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        gpu.Free(a);
        gpu.Free(b);
        gpu.Free(c);
        module.Dispose();
        gpu.Dispose();
    }

    private static string Corpus(string name, [CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "tests", "Emulator", "Corpus", name);

    /// <summary>The kernels' configuration with a column of million lane instructions a second.</summary>
    private sealed class EmulatorConfig : ManualConfig
    {
        public EmulatorConfig() => AddColumn(new LaneColumn());
    }

    private sealed class LaneColumn : IColumn
    {
        public string Id => ColumnName;

        public string ColumnName => "M lane-instr/s";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 1;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string Legend => "Million instructions a second at the median time, counted by lanes";

        public bool IsAvailable(BenchmarkDotNet.Reports.Summary summary) => true;

        public bool IsDefault(BenchmarkDotNet.Reports.Summary summary, BenchmarkCase benchmarkCase) => false;

        public string GetValue(BenchmarkDotNet.Reports.Summary summary, BenchmarkCase benchmarkCase)
        {
            // A joined summary asks for other classes' benchmarks too.
            return benchmarkCase.Parameters[nameof(Checks)] is bool checks && benchmarkCase.Parameters[nameof(Size)] is int size
                && summary[benchmarkCase]?.ResultStatistics?.Median is { } nanoseconds
                && LaneInstructions.TryGetValue((checks, size), out var count)
                ? (count / nanoseconds * 1e3).ToString("F0", CultureInfo.InvariantCulture)
                : "-";
        }

        public string GetValue(
            BenchmarkDotNet.Reports.Summary summary, BenchmarkCase benchmarkCase,
            SummaryStyle style) => GetValue(summary, benchmarkCase);
    }
}
