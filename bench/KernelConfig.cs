using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using BenchmarkDotNet.Validators;

namespace ZfNet.Benchmarks;

/// <summary>In-process, few iterations (a full run takes minutes), with columns for arithmetic and memory rates.</summary>
public sealed class KernelConfig : ManualConfig
{
    public KernelConfig()
    {
        AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(1)
            .WithIterationCount(7)
            .WithInvocationCount(1)
            .WithUnrollFactor(1));
        AddColumnProvider(DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params);
        AddColumn(StatisticColumn.Median, StatisticColumn.Min);
        AddColumn(new RateColumn("GFLOP/s", (work, method) => work.Flops(method)));
        AddColumn(new RateColumn("GB/s", (work, method) => work.Bytes(method)));
        AddLogger(ConsoleLogger.Default);
        AddExporter(MarkdownExporter.GitHub);
        AddValidator(JitOptimizationsValidator.DontFailOnError);
        WithOptions(ConfigOptions.JoinSummary);
    }

    /// <summary>Work over the median time; 1e9 units a second.</summary>
    private sealed class RateColumn(string name, Func<IWork, string, double> amount) : IColumn
    {
        public string Id => name;

        public string ColumnName => name;

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string Legend => $"{name} at the median time";

        public bool IsAvailable(BenchmarkDotNet.Reports.Summary summary) => true;

        public bool IsDefault(BenchmarkDotNet.Reports.Summary summary, BenchmarkCase benchmarkCase) => false;

        public string GetValue(BenchmarkDotNet.Reports.Summary summary, BenchmarkCase benchmarkCase)
        {
            var work = benchmarkCase.Parameters.Items.Select(item => item.Value).OfType<IWork>().FirstOrDefault();
            var median = summary[benchmarkCase]?.ResultStatistics?.Median;
            var units = work is null ? 0 : amount(work, benchmarkCase.Descriptor.WorkloadMethod.Name);
            return units == 0 || median is null
                ? "-"
                : (units / median.Value).ToString("F1", System.Globalization.CultureInfo.InvariantCulture);
        }

        public string GetValue(BenchmarkDotNet.Reports.Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
    }
}

/// <summary>A benchmark's parameter that knows how much work each method does with it.</summary>
public interface IWork
{
    /// <summary>Floating-point operations, 0 where they are not the point.</summary>
    double Flops(string method);

    /// <summary>Bytes that have to move at least: every operand once.</summary>
    double Bytes(string method);
}
