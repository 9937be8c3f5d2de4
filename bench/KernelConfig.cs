using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using BenchmarkDotNet.Validators;
using ZfNet.PtxEmulator;

namespace ZfNet.Benchmarks;

/// <summary>
/// In this process, so that no SDK is needed; few iterations (a full run takes minutes); with columns for arithmetic
/// and memory rates. On a GPU CUDA events are the clock, an iteration is several launches one behind the other, and a
/// column says what share that is of the machine's own rates. A software GPU runs everything once: its times say
/// nothing.
/// </summary>
public sealed class KernelConfig : ManualConfig
{
    public KernelConfig(BenchmarkDevice device)
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithUnrollFactor(1);
        if (device.Rates is not { } rates)
            AddJob(job.WithWarmupCount(1).WithIterationCount(7).WithInvocationCount(1));
        else if (device.Cuda!.Runtime is SoftwareGpu)
            AddJob(Events(job, rates).WithWarmupCount(0).WithIterationCount(1).WithInvocationCount(1));
        else
            AddJob(Events(job, rates).WithWarmupCount(2).WithIterationCount(11).WithInvocationCount(8));
        AddColumnProvider(DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params);
        AddColumn(StatisticColumn.Median, StatisticColumn.Min);
        AddColumn(new FigureColumn("GFLOP/s", "Billion operations a second", figures => figures.GFlops));
        AddColumn(new FigureColumn("GB/s", "Billion bytes a second that have to move", figures => figures.GBytes));
        if (device.Rates is not null)
        {
            AddColumn(new FigureColumn(
                "share %", "Of the same matrix product's rate alone, or of a copy's bytes a second",
                figures => 100 * figures.Share(device.Rates)));
        }
        AddExporter(MarkdownExporter.GitHub);
        AddValidator(JitOptimizationsValidator.DontFailOnError);
        WithOptions(ConfigOptions.JoinSummary);
    }

    /// <summary>What a report says of a benchmark; null where it failed or does not know its work.</summary>
    public static Figures? Of(BenchmarkDotNet.Reports.Summary summary, BenchmarkCase benchmark) =>
        Work(benchmark) is { } work
        && summary[benchmark]?.ResultStatistics?.Median is { } median
            ? new Figures(work, benchmark.Descriptor.WorkloadMethod.Name, median)
            : null;

    /// <summary>The sizes of a benchmark that knows its work, else null.</summary>
    public static IWork? Work(BenchmarkCase benchmark) =>
        benchmark.Parameters.Items.Select(item => item.Value).OfType<IWork>().FirstOrDefault();

    // Events do not cost what a stopwatch around an empty method costs, so there is nothing to subtract.
    private static Job Events(Job job, MachineRates rates) =>
        job.WithClock(rates.Clock).WithEvaluateOverhead(false);

    private sealed class FigureColumn(string name, string legend, Func<Figures, double?> figure) : IColumn
    {
        public string Id => name;

        public string ColumnName => name;

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string Legend => $"{legend}, at the median time";

        public bool IsAvailable(BenchmarkDotNet.Reports.Summary summary) => true;

        public bool IsDefault(BenchmarkDotNet.Reports.Summary summary, BenchmarkCase benchmarkCase) => false;

        public string GetValue(BenchmarkDotNet.Reports.Summary summary, BenchmarkCase benchmarkCase) =>
            Of(summary, benchmarkCase) is { } figures && figure(figures) is { } value
                ? value.ToString("F1", CultureInfo.InvariantCulture)
                : "-";

        public string GetValue(
            BenchmarkDotNet.Reports.Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
            GetValue(summary, benchmarkCase);
    }
}
