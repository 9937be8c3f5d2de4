using System.Globalization;
using System.Text;

namespace ZfNet.Benchmarks;

/// <summary>
/// The section of docs/benchmarks.md that is worked out at the desk: what ptxas gives each kernel, and the time that no
/// benchmark at the network's sizes can fall below on an H200, from the same counts as the columns of a run.
/// </summary>
public static class Roofline
{
    private const string Begin = "<!-- roofline: ./build.sh bench --roofline docs/benchmarks.md -->";
    private const string End = "<!-- /roofline -->";

    // What a copy reaches there (measured elsewhere), and NVIDIA's data sheet for float32 without tensor cores.
    private const double BytesASecond = 4.3e12, FlopsASecond = 67e12;
    private const int Batch = 128;

    /// <summary>Puts the section into a document, between its marks.</summary>
    public static void WriteInto(string path, KernelTrace trace)
    {
        var text = File.ReadAllText(path);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
            throw new ArgumentException($"{path} lacks the marks {Begin} and {End}.");
        File.WriteAllText(path + ".new", text[..begin] + Section(trace) + text[(end + End.Length)..]);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>The section with its marks.</summary>
    public static string Section(KernelTrace trace)
    {
        var before = BenchmarkDevice.Current;
        using var desk = BenchmarkDevice.Current = BenchmarkDevice.Desk(Batch);
        try
        {
            return $"{Begin}\n\n{Kernels(trace)}\n{Bounds()}\n{Layers()}\n{End}";
        }
        finally
        {
            BenchmarkDevice.Current = before;
        }
    }

    private static StringBuilder Kernels(KernelTrace trace)
    {
        var table = new StringBuilder("""
            ptxas 12.4 for sm_90; warps are those that a multiprocessor of an H200 holds at once, of 64.

            | kernel | registers | shared bytes | spilt bytes | warps | measured by |
            |---|---|---|---|---|---|

            """);
        foreach (var usage in KernelUsage.All().Where(usage => !usage.Kernel.EndsWith("f64", StringComparison.Ordinal)))
        {
            var users = trace.Kernels.Where(entry => entry.Value.Contains(usage.Kernel) && entry.Key.Op != "Network")
                .Select(entry => $"{entry.Key.Op}.{entry.Key.Method}").Distinct();
            table.Append(CultureInfo.InvariantCulture,
                $"| {usage.Kernel} | {usage.Registers} | {usage.Shared} | {usage.Spilt} | {usage.ResidentWarps} ");
            table.Append(CultureInfo.InvariantCulture, $"| {string.Join(", ", users)} |\n");
        }
        return table;
    }

    private static StringBuilder Bounds()
    {
        var table = new StringBuilder("""
            | benchmark | sizes | MB | GFLOP | at least, µs | bound by |
            |---|---|---|---|---|---|

            """);
        foreach (var type in BenchmarkClasses.For(gpu: true))
            foreach (var work in BenchmarkClasses.Cases(type))
                foreach (var method in BenchmarkClasses.Methods(type))
                    table.Append(Row(BenchmarkClasses.Op(type), work, method.Name));
        return table;
    }

    private static string Row(string op, IWork work, string method)
    {
        var (bytes, flops) = (work.Bytes(method), work.Flops(method));
        var bound = bytes / BytesASecond > flops / FlopsASecond ? "memory" : "float32";
        return Line(
            $"{op}.{method}", $"{work}", Number(bytes / 1e6), Number(flops / 1e9), Number(1e6 * Seconds(bytes, flops)),
            bound);
    }

    // A convolution here is three passes, each with a bound of its own.
    private static StringBuilder Layers()
    {
        var table = new StringBuilder("""
            The three passes of a convolution, and the product's share of their sum: the most of the product's rate alone
            that a convolution can reach while each pass goes to memory.

            | convolution forward | im2col, µs | product, µs | bias and rectifier, µs | product's share |
            |---|---|---|---|---|

            """);
        foreach (var layer in Conv2dBenchmarks.Cases)
        {
            var columns = new Cuda.ColumnsCase(layer.Name, layer.Geometry);
            var bias = new Cuda.BiasCase(new ChannelCase(
                layer.Name, layer.Geometry.N, layer.Geometry.Cout, (long)layer.Geometry.OH * layer.Geometry.OW));
            var product = Seconds(4.0 * (columns.Columns + layer.W + layer.Y), layer.Geometry.Flops);
            var (before, after) = (Seconds(columns.Bytes(""), 0), Seconds(bias.Bytes(""), 0));
            table.Append(Line(
                $"{layer}", Number(1e6 * before), Number(1e6 * product), Number(1e6 * after),
                $"{(100 * product / (before + product + after)).ToString("F0", CultureInfo.InvariantCulture)} %"));
        }
        return table;
    }

    private static double Seconds(double bytes, double flops) => Math.Max(bytes / BytesASecond, flops / FlopsASecond);

    private static string Line(params string[] cells) => $"| {string.Join(" | ", cells)} |\n";

    private static string Number(double value) =>
        value == 0
        ? "-"
        : value.ToString(value < 0.1 ? "0.0####" : value < 10 ? "F2" : value < 1000 ? "F1" : "F0", CultureInfo.InvariantCulture);
}
