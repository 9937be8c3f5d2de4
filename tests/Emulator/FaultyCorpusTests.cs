using System.Text.RegularExpressions;
using NUnit.Framework;
using ZfNet.PtxEmulator.Checks;

namespace ZfNet.Tests.Emulator;

/// <summary>
/// Kernels with one fault each: reported as its kind, at the lines that the source marks with FAULT, and nowhere else.
/// The twin without the fault, launched alike, is clean.
/// </summary>
[TestFixture]
public sealed class FaultyCorpusTests
{
    private static readonly EmulatorChecks Checks = new() { Throw = false, InstructionBudget = 200_000 };

    private static IEnumerable<TestCaseData> Cases() =>
        from one in FaultyCorpus.Cases
        from shape in one.Shapes
        select new TestCaseData(one, shape.Blocks, shape.Threads)
            .SetArgDisplayNames(one.Stem, $"{shape.Blocks}x{shape.Threads}");

    [TestCaseSource(nameof(Cases))]
    public void A_fault_is_reported_as_its_kind_at_its_line(object of, int blocks, int threads)
    {
        var one = (FaultyCorpus.Case)of;
        var kernel = one.Stem + "_faulty";
        using var run = new CorpusRun(one.File, Checks);
        one.Run(new(run, kernel, blocks, threads));
        Assert.That(run.Gpu.Reports, Is.Not.Empty, "Nothing was reported.");
        var lines = FaultLines(one.File, kernel);
        foreach (var report in run.Gpu.Reports)
        {
            var sentence = report.Sentence;
            Assert.That(report.Kind, Is.EqualTo(one.Kind), sentence);
            Assert.That(report.Kernel, Is.EqualTo(kernel), sentence);
            Assert.That(report.Source?.File, Is.EqualTo($"tests/Emulator/Corpus/{one.File}.cu"), sentence);
            Assert.That(lines, Does.Contain(report.Source!.Value.Line), sentence);
            Assert.That(sentence, Does.Contain(kernel).And.EndsWith("."));
            Assert.That(report.Block, Is.Not.Null, sentence);
            if (one.Kind is CheckKind.BarrierDivergence or CheckKind.BarrierDeadlock or CheckKind.RunawayLoop)
                continue;
            Assert.That(report.Thread, Is.Not.Null, sentence);
            Assert.That(report.Address, Is.Not.Null, sentence);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void The_repaired_twin_is_clean(object of, int blocks, int threads)
    {
        var one = (FaultyCorpus.Case)of;
        using var run = new CorpusRun(one.File, Checks);
        one.Run(new(run, one.Stem + "_repaired", blocks, threads));
        run.AssertClean();
    }

    [Test]
    public void Every_faulty_kernel_of_the_corpus_has_its_case()
    {
        var kernels = KernelPtx.CorpusSources().Where(source => source.Contains("faulty_", StringComparison.Ordinal))
            .SelectMany(source => Regex.Matches(KernelPtx.Read(source), @"__global__ void (\w+)\("))
            .Select(match => match.Groups[1].Value);
        var launched = FaultyCorpus.Cases.SelectMany(one => (string[])[one.Stem + "_faulty", one.Stem + "_repaired"]);
        Assert.That(kernels, Is.EquivalentTo(launched).And.Not.Empty);
        foreach (var one in FaultyCorpus.Cases)
            Assert.That(FaultLines(one.File, one.Stem + "_repaired"), Is.Empty);
    }

    /// <summary>The lines of a kernel that are marked.</summary>
    private static List<int> FaultLines(string file, string kernel)
    {
        var lines = KernelPtx.Read($"tests/Emulator/Corpus/{file}.cu").Split('\n');
        var first = Array.FindIndex(lines, line => line.Contains($" {kernel}(", StringComparison.Ordinal));
        Assert.That(first, Is.Not.Negative, $"{file}.cu has no {kernel}.");
        var last = Array.FindIndex(lines, first, line => line == "}");
        return [.. Enumerable.Range(first, last - first)
            .Where(i => lines[i].Contains("// FAULT", StringComparison.Ordinal)).Select(i => i + 1)];
    }
}
