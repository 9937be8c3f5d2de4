using System.Text.Json;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Benchmarks;

/// <summary>A run as JSON: the device, what it reaches at best, and a line for each benchmark.</summary>
public static class JsonReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes it beside the file and puts it in its place.</summary>
    /// <returns>How many benchmarks have no result.</returns>
    public static int Write(string path, IEnumerable<BenchmarkDotNet.Reports.Summary> summaries)
    {
        var device = BenchmarkDevice.Current;
        var rows = (
            from summary in summaries
            from benchmark in summary.BenchmarksCases
            let figures = KernelConfig.Of(summary, benchmark)
            select new
            {
                op = BenchmarkClasses.Op(benchmark.Descriptor.Type),
                method = benchmark.Descriptor.WorkloadMethod.Name,
                sizes = KernelConfig.Work(benchmark)?.ToString(),
                microseconds = Rounded(figures?.Nanoseconds / 1000),
                gflops = Rounded(figures?.GFlops),
                gbytes = Rounded(figures?.GBytes),
                share = device.Rates is { } rates ? Rounded(figures?.Share(rates)) : null,
            }).ToList();
        var report = new
        {
            device = device.Description,
            batch = device.Sizes.Batch,
            copyGBytes = Rounded(device.Rates?.Copy / 1e9),
            products = device.Rates?.Products.Select(product => new
            {
                shape = Text(product.Key), gflops = Rounded(product.Value / 1e9),
            }),
            benchmarks = rows,
        };
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(report, Indented) + "\n");
        File.Move(path + ".new", path, overwrite: true);
        return rows.Count(row => row.microseconds is null);
    }

    private static string Text(GemmShape s) =>
        $"{s.Batch} x {s.M}x{s.N}x{s.K}{(s.TransposeA ? ", A transposed" : "")}"
        + (s.TransposeB ? ", B transposed" : "");

    private static double? Rounded(double? value) =>
        value is { } number ? Math.Round(number, 3, MidpointRounding.AwayFromZero) : null;
}
