using System.Diagnostics;
using System.Text.Json;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using NUnit.Framework;
using ZfNet.Benchmarks;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// The benchmarks of a GPU, small, on the software GPU: each one's set-up finds its result right, each runs, and every
/// kernel is among them. So they work on the day a GPU is there.
/// </summary>
[TestFixture]
public sealed class BenchmarkTests
{
    // Of float64, which is there for gradient checks and not for speed.
    private static readonly string[] Unmeasured = ["copy_strided_b64"];

    private static readonly Lazy<KernelTrace> Trace = new(KernelTrace.Run);

    [Test]
    public void Every_kernel_of_float32_is_measured()
    {
        var kernels = CudaKernels.Signatures.Select(signature => signature.Name)
            .Where(name => !name.EndsWith("_f64", StringComparison.Ordinal)).Except(Unmeasured);
        var measured = Trace.Value.Kernels.Where(entry => entry.Key.Op != "Network").SelectMany(entry => entry.Value);
        Assert.That(kernels.Except(measured), Is.Empty);
    }

    [Test]
    public void Every_benchmark_but_a_product_or_a_copy_alone_launches_kernels() =>
        Assert.That(
            Trace.Value.Kernels.Where(entry => entry.Value.Length == 0)
                .Select(entry => $"{entry.Key.Op}.{entry.Key.Method}").Distinct(),
            Is.EquivalentTo(new[] { "Copy.Contiguous", "Linear.BackwardInput", "Linear.BackwardWeight" }));

    [Test]
    public void Every_op_of_the_backend_has_a_benchmark()
    {
        var ops = typeof(IBackend).GetMethods().Select(method => method.Name).ToArray();
        Assert.That(ops, Does.Contain("Sgd"));
        var measured = BenchmarkClasses.For(gpu: true).Select(BenchmarkClasses.Op).ToArray();
        string[] elsewhere = ["Allocate", "Upload", "Download", "get_Name", "get_Description"];
        Assert.That(
            ops.Except(elsewhere).Where(op => !Array.Exists(measured, of => op.Contains(of, StringComparison.Ordinal))),
            Is.EquivalentTo(
                new[] { "Fill", "Add", "Multiply", "Scale", "AvgUnpool2dForward", "AvgUnpool2dBackward" }),
            "what Elementwise and AvgPool2d measure besides");
    }

    [Test]
    public void The_table_from_the_desk_is_what_the_program_gives()
    {
        using var stream = typeof(BenchmarkTests).Assembly.GetManifestResourceStream("benchmarks.md")!;
        var document = new StreamReader(stream).ReadToEnd().ReplaceLineEndings("\n");
        Assert.That(
            document.Contains(Roofline.Section(Trace.Value), StringComparison.Ordinal),
            "run ./build.sh bench --roofline docs/benchmarks.md");
    }

    [Test]
    public void Events_are_the_clock_and_a_report_has_every_figure()
    {
        using var folder = new TemporaryFolder();
        var before = BenchmarkDevice.Current;
        using var device = BenchmarkDevice.Current = BenchmarkDevice.Software(BenchmarkDevice.Small);
        try
        {
            var config = ManualConfig.Create(new KernelConfig(device)).WithArtifactsPath(folder.Path);
            config.AddLogger(NullLogger.Instance);
            var summary = BenchmarkRunner.Run<ReLUBenchmarks>(config);
            var path = folder.File("report.json");
            Assert.That(JsonReport.Write(path, [summary]), Is.Zero, "benchmarks without a result");
            using var report = JsonDocument.Parse(File.ReadAllText(path));
            var copy = report.RootElement.GetProperty("copyGBytes").GetDouble();
            Assert.That(copy, Is.Positive);
            var rows = report.RootElement.GetProperty("benchmarks").EnumerateArray().ToArray();
            Assert.That(rows.Select(row => row.GetProperty("method").GetString()), Is.EquivalentTo(
                BenchmarkClasses.Methods(typeof(ReLUBenchmarks)).Select(method => method.Name)));
            foreach (var row in rows)
            {
                double time = row.GetProperty("microseconds").GetDouble(), rate = row.GetProperty("gbytes").GetDouble();
                var work = BenchmarkClasses.Cases(typeof(ReLUBenchmarks)).Single();
                Assert.That(
                    rate, Is.EqualTo(work.Bytes(row.GetProperty("method").GetString()!) / time / 1000).Within(0.01));
                Assert.That(row.GetProperty("share").GetDouble(), Is.EqualTo(rate / copy).Within(0.01));
            }
        }
        finally
        {
            BenchmarkDevice.Current = before;
        }
    }

    [TestCase(1.0f, 1.001)]
    [TestCase(float.NaN, 1)]
    [TestCase(0f, double.NaN)]
    public void A_wrong_result_is_not_timed(float actual, double expected) =>
        Assert.That(
            () => HostCheck.Near(actual, expected, magnitudes: 1, terms: 100),
            Throws.InvalidOperationException.With.Message.EndsWith("nothing to time."));

    [Test]
    public void The_clock_counts_what_lies_between_pairs_of_events_alone()
    {
        using var gpu = new PacedGpu();
        using var clock = new EventClock(gpu);
        var start = clock.GetTimestamp();
        gpu.Milliseconds = 5;
        var end = clock.GetTimestamp();
        gpu.Milliseconds = 7;
        Assert.That(clock.GetTimestamp(), Is.EqualTo(end), "what passes between two intervals does not count");
        gpu.Milliseconds = 9.5;
        Assert.That(clock.GetTimestamp() - end, Is.EqualTo(2_500_000));
        Assert.That(end - start, Is.EqualTo(5_000_000));
    }

    [Test]
    public void Without_a_GPU_the_reason_is_one_sentence() =>
        Refuses("--device cuda", Backends.NoGpu ?? throw new IgnoreException("This machine has a GPU."));

    [TestCase("--device abacus", "There is no device \"abacus\"; there are cpu, cuda, cuda:n and software.")]
    [TestCase("--race 3", "--race is for a GPU: --device cuda.")]
    [TestCase("--report", "--report wants a value.")]
    public void What_cannot_be_run_is_one_sentence(string arguments, string sentence) => Refuses(arguments, sentence);

    private static void Refuses(string arguments, string sentence)
    {
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet", [typeof(BenchmarkClasses).Assembly.Location, .. arguments.Split(' ')])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        Assert.That(process.StandardError.ReadToEnd(), Is.EqualTo($"bench: {sentence}\n"));
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.EqualTo(2));
        Assert.That(output.Result, Is.Empty);
    }
}
