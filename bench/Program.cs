// The benchmarks: ./build.sh bench [--device cpu|cuda[:n]|software] [--filter '*'] [--report FILE]
//
//   --roofline FILE   writes the section of docs/benchmarks.md that is computed and not measured
//   --race ROUNDS     our side of bench/Peers/torch_race.py
using System.Globalization;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using ZfNet.Benchmarks;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

var rest = args.ToList();
try
{
    var (device, report) = (Take("--device") ?? "cpu", Take("--report"));
    if (Take("--roofline") is { } document)
    {
        Roofline.WriteInto(document, KernelTrace.Run());
        return 0;
    }
    using var current = BenchmarkDevice.Current = Open(device);
    if (Take("--race") is { } rounds)
    {
        if (current.Cuda is null)
            throw new ArgumentException("--race is for a GPU: --device cuda.");
        NetworkRace.Run(NetworkRace.Rounds(rounds));
        return 0;
    }
    Announce(current);
    if (!rest.Contains("--filter") && !rest.Contains("--list"))
        rest.AddRange(["--filter", "*"]);
    var summaries = BenchmarkSwitcher.FromTypes([.. BenchmarkClasses.For(current.Cuda is not null)])
        .Run([.. rest], new KernelConfig(current).AddLogger(ConsoleLogger.Default)).ToList();
    var failed = summaries.Sum(summary => summary.BenchmarksCases.Count(b => summary[b]?.ResultStatistics is null));
    if (report is not null)
        JsonReport.Write(report, summaries);
    return failed > 0 ? Fail($"{failed} benchmarks have no result; what is above says why.", 1) : 0;
}
catch (Exception error) when (error is GpuException or ArgumentException or InsufficientMemoryException or IOException or UnauthorizedAccessException)
{
    return Fail(error.Message, 2);
}

int Fail(string sentence, int code)
{
    Console.Error.WriteLine($"bench: {sentence}");
    return code;
}

string? Take(string option)
{
    var at = rest.IndexOf(option);
    if (at < 0)
        return null;
    if (at + 1 == rest.Count)
        throw new ArgumentException($"{option} wants a value.");
    var value = rest[at + 1];
    rest.RemoveRange(at, 2);
    return value;
}

BenchmarkDevice Open(string name) => name switch
{
    "cpu" => BenchmarkDevice.Cpu(),
    "software" => BenchmarkDevice.Software(BenchmarkDevice.Small),
    "cuda" => BenchmarkDevice.Gpu(0),
    _ when name.StartsWith("cuda:", StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index) =>
        BenchmarkDevice.Gpu(index),
    _ => throw new ArgumentException($"There is no device \"{name}\"; there are cpu, cuda, cuda:n and software."),
};

// What the machine reaches at best, before anything else.
static void Announce(BenchmarkDevice current)
{
    if (current.Rates is { } rates)
    {
        Console.WriteLine($"{current.Description}, batch {current.Sizes.Batch}; copy {rates.Copy / 1e9:F1} GB/s");
        return;
    }
    using var context = new KernelContext();
    var peak = FmaPeakProbe.Measure(context.Pool, context.Isa, 15);
    Console.WriteLine($"FMA peak {peak:F1} GFLOP/s ({context.Isa}, {context.Pool.Threads} threads)");
}
