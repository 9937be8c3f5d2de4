using System.Text.RegularExpressions;
using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Checks;

namespace ZfNet.Tests.Emulator;

/// <summary>
/// Kernels with one fault each: reported as its kind, at the lines that the source marks with FAULT, and nowhere else. The
/// twin without the fault, launched alike, is clean.
/// </summary>
[TestFixture]
public sealed class FaultyCorpusTests
{
    /// <summary>A faulty kernel.</summary>
    /// <param name="File">The file of the corpus.</param>
    /// <param name="Stem">The kernels are Stem_faulty and Stem_repaired.</param>
    /// <param name="Kind">What is to be reported.</param>
    /// <param name="Shapes">Blocks and threads to try.</param>
    /// <param name="Run">Launches the kernel of the name given.</param>
    internal sealed record Case(string File, string Stem, CheckKind Kind, (int Blocks, int Threads)[] Shapes, Action<CorpusRun, string, int, int> Run);

    private static readonly Case[] Corpus =
    [
        new("faulty_bounds", "store_past_end", CheckKind.OutOfBounds, [(1, 32), (3, 45), (2, 256)], (run, kernel, blocks, threads) =>
        {
            var n = blocks * threads - 1;
            run.Launch(kernel, blocks, threads, run.Upload(Floats(n)), run.Empty<float>(n), n);
        }),
        new("faulty_bounds", "load_before_start", CheckKind.OutOfBounds, [(1, 32), (3, 45)], (run, kernel, blocks, threads) =>
        {
            var n = blocks * threads - 1;
            run.Launch(kernel, blocks, threads, run.Upload(Floats(n)), run.Empty<float>(n), n);
        }),
        new("faulty_bounds", "wild_index", CheckKind.OutOfBounds, [(1, 33), (4, 160)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Floats(600 * 600)), run.Empty<float>(600), 600, 600)),
        new("faulty_bounds", "past_shared", CheckKind.OutOfBounds, [(1, 65)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Ints(65)), run.Empty<int>(65))),
        new("faulty_bounds", "past_dynamic", CheckKind.OutOfBounds, [(1, 1), (1, 33), (1, 96)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, new LaunchShape(new Extent(blocks), new Extent(threads), 4 * threads), run.Upload(Ints(threads)), run.Empty<int>(threads))),
        new("faulty_bounds", "past_local", CheckKind.OutOfBounds, [(1, 8), (3, 45)], (run, kernel, blocks, threads) =>
        {
            var n = blocks * threads;
            run.Launch(kernel, blocks, threads, run.Upload(Ints(n).Select(value => value % 8).ToArray()), run.Empty<int>(n), n);
        }),
        new("faulty_bounds", "misaligned", CheckKind.Misaligned, [(1, 32), (2, 45)], (run, kernel, blocks, threads) =>
        {
            var n = 4 * blocks * threads + 3;
            run.Launch(kernel, blocks, threads, run.Upload(Floats(n)), run.Empty<float>(blocks * threads), n);
        }),
        new("faulty_bounds", "misaligned_shared", CheckKind.Misaligned, [(1, 64)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Floats(threads)), run.Empty<double>(threads))),
        new("faulty_bounds", "after_free", CheckKind.UseAfterFree, [(1, 32), (3, 45)], (run, kernel, blocks, threads) =>
        {
            var n = blocks * threads - 1;
            var (x, y) = (run.Upload(Floats(n)), run.Empty<float>(n));
            if (kernel.EndsWith("_faulty", StringComparison.Ordinal))
                run.Free(x);
            run.Launch(kernel, blocks, threads, x, y, n);
        }),
        new("faulty_reads", "unwritten_shared", CheckKind.UninitializedRead, [(1, 32), (1, 45), (1, 128)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Ints(threads)), run.Empty<int>(threads))),
        new("faulty_reads", "unwritten_global", CheckKind.UninitializedRead, [(1, 32), (3, 45)], (run, kernel, blocks, threads) =>
        {
            var n = blocks * threads - 1;
            run.Launch(kernel, blocks, threads, run.Upload(Floats(n)), run.Empty<float>(n), n);
        }),
        new("faulty_reads", "unwritten_atomic", CheckKind.UninitializedRead, [(1, 32), (1, 100)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Ints(threads)), run.Empty<int>(1), threads)),
        new("faulty_races", "missing_barrier", CheckKind.SharedRace, [(1, 64), (1, 100), (1, 128)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Ints(threads)), run.Empty<int>(threads))),
        new("faulty_races", "tree", CheckKind.SharedRace, [(1, 128), (1, 256)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Ints(threads)), run.Empty<int>(1))),
        new("faulty_races", "overwritten_tile", CheckKind.SharedRace, [(1, 64), (1, 128)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Ints(3 * threads)), run.Empty<int>(threads), 3)),
        new("faulty_races", "blocks_race", CheckKind.GlobalRace, [(2, 32), (5, 45)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Ints(blocks * threads)), run.Upload(0), blocks * threads)),
        new("faulty_races", "neighbour_block", CheckKind.GlobalRace, [(2, 32), (3, 45)], (run, kernel, blocks, threads) =>
        {
            var n = blocks * threads;
            run.Launch(kernel, blocks, threads, run.Upload(Ints(n)), run.Upload(new int[n]), run.Empty<int>(n));
        }),
        new("faulty_races", "global_exchange", CheckKind.GlobalRace, [(1, 64), (2, 45)], (run, kernel, blocks, threads) =>
        {
            var n = blocks * threads;
            run.Launch(kernel, blocks, threads, run.Upload(Ints(n)), run.Upload(new int[n]), run.Empty<int>(n));
        }),
        new("faulty_races", "two_writers", CheckKind.GlobalRace, [(1, 32), (3, 45)], (run, kernel, blocks, threads) =>
        {
            var n = blocks * threads;
            run.Launch(kernel, blocks, threads, run.Upload(Ints(n)), run.Empty<int>(n), n);
        }),
        new("faulty_races", "plain_and_atomic", CheckKind.GlobalRace, [(1, 64), (3, 45)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Ints(blocks * threads)), run.Upload(0), blocks * threads)),
        new("faulty_barriers", "divergent_barrier", CheckKind.BarrierDivergence, [(1, 32), (1, 96)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Ints(threads)), run.Empty<int>(threads))),
        new("faulty_barriers", "lonely_barrier", CheckKind.BarrierDeadlock, [(1, 64)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Empty<int>(threads))),
        new("faulty_barriers", "divergent_shuffle", CheckKind.BarrierDeadlock, [(1, 32), (1, 96)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Ints(threads)), run.Empty<int>(threads))),
        new("faulty_barriers", "endless", CheckKind.RunawayLoop, [(1, 32), (2, 45)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(Ints(70)), run.Empty<int>(70), 70)),
        new("faulty_barriers", "waits_for_block", CheckKind.RunawayLoop, [(2, 32)], (run, kernel, blocks, threads) =>
            run.Launch(kernel, blocks, threads, run.Upload(0), run.Empty<int>(blocks))),
    ];

    private static readonly EmulatorChecks Checks = new() { Throw = false, InstructionBudget = 200_000 };

    private static IEnumerable<TestCaseData> Cases() =>
        from one in Corpus
        from shape in one.Shapes
        select new TestCaseData(one, shape.Blocks, shape.Threads).SetArgDisplayNames(one.Stem, $"{shape.Blocks}x{shape.Threads}");

    [TestCaseSource(nameof(Cases))]
    public void A_fault_is_reported_as_its_kind_at_its_line(object of, int blocks, int threads)
    {
        var one = (Case)of;
        var kernel = one.Stem + "_faulty";
        using var run = new CorpusRun(one.File, Checks);
        one.Run(run, kernel, blocks, threads);
        var reports = run.Gpu.Reports;
        Assert.That(reports, Is.Not.Empty, "Nothing was reported.");
        var lines = FaultLines(one.File, kernel);
        foreach (var report in reports)
        {
            Assert.That(report.Kind, Is.EqualTo(one.Kind), report.Sentence);
            Assert.That(report.Kernel, Is.EqualTo(kernel), report.Sentence);
            Assert.That(report.Source?.File, Is.EqualTo($"tests/Emulator/Corpus/{one.File}.cu"), report.Sentence);
            Assert.That(lines, Does.Contain(report.Source!.Value.Line), report.Sentence);
            Assert.That(report.Sentence, Does.Contain(kernel).And.EndsWith("."), report.Sentence);
            Assert.That(report.Block, Is.Not.Null, report.Sentence);
            if (one.Kind is not (CheckKind.BarrierDivergence or CheckKind.BarrierDeadlock or CheckKind.RunawayLoop))
                Assert.That(report, Has.Property(nameof(report.Thread)).Not.Null.And.Property(nameof(report.Address)).Not.Null, report.Sentence);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void The_repaired_twin_is_clean(object of, int blocks, int threads)
    {
        var one = (Case)of;
        using var run = new CorpusRun(one.File, Checks);
        one.Run(run, one.Stem + "_repaired", blocks, threads);
        run.AssertClean();
    }

    [Test]
    public void Every_faulty_kernel_of_the_corpus_has_its_case()
    {
        var kernels = KernelPtx.CorpusSources().Where(source => source.Contains("faulty_", StringComparison.Ordinal)).SelectMany(source =>
            Regex.Matches(KernelPtx.Read(source), @"__global__ void (\w+)_(faulty|repaired)\(").Select(match => match.Groups[1].Value)).ToList();
        Assert.That(kernels, Is.Not.Empty);
        // Each has two kernels.
        Assert.That(kernels, Is.EquivalentTo(Corpus.Select(one => one.Stem).Concat(Corpus.Select(one => one.Stem))));
        foreach (var one in Corpus)
            Assert.That(FaultLines(one.File, one.Stem + "_repaired"), Is.Empty);
    }

    /// <summary>The lines of a kernel that are marked.</summary>
    private static List<int> FaultLines(string file, string kernel)
    {
        var lines = KernelPtx.Read($"tests/Emulator/Corpus/{file}.cu").Split('\n');
        var first = Array.FindIndex(lines, line => line.Contains($" {kernel}(", StringComparison.Ordinal));
        Assert.That(first, Is.Not.Negative, $"{file}.cu has no {kernel}.");
        var last = Array.FindIndex(lines, first, line => line == "}");
        return [.. Enumerable.Range(first, last - first).Where(i => lines[i].Contains("// FAULT", StringComparison.Ordinal)).Select(i => i + 1)];
    }

    private static float[] Floats(int count) => [.. Values.Random(count, count).Select(value => (float)value)];

    // From 1 to 500.
    private static int[] Ints(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(1, 501))];
    }
}
