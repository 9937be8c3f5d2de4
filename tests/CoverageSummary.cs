using System.Globalization;
using NUnit.Framework;
using ZfNet.PtxEmulator.Coverage;
using ZfNet.PtxEmulator.Syntax;
using ZfNet.Tests.Emulator;

namespace ZfNet.Tests;

/// <summary>
/// What the test run executed of the committed PTX, when all tests are done: written to the file that ZFNET_COVERAGE
/// names, and too little of it fails the run. A run of some tests is not judged: it does not set the variable.
/// </summary>
[SetUpFixture]
public sealed class CoverageSummary
{
    /// <summary>The file to write to; ./build.sh test sets it, prints what it finds there and looks for
    /// <see cref="Refused"/>.</summary>
    private const string Variable = "ZFNET_COVERAGE";

    /// <summary>How the line starts that says why the run fails.</summary>
    private const string Refused = "PTX coverage fails";

    /// <summary>The share of what ships that must be executed, over all kernels.</summary>
    private const double Bar = 0.98;

    /// <summary>
    /// A kernel that ships with fewer of its instructions executed is listed, with the lines that were not.
    /// </summary>
    private const double KernelBar = 0.95;

    private const int MostRanges = 12;

    [OneTimeTearDown]
    public void Write()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file)
        {
            var ran = PtxCoverage.Snapshot();
            File.WriteAllLines(file, Describe(KernelPtx.All().SelectMany(path => Kernels(path, ran))));
        }
    }

    /// <summary>
    /// A line for what ships, one for the corpus, one for each kernel that ships and is under its bar, and one that
    /// refuses the run where what ships was executed too little.
    /// </summary>
    internal static IEnumerable<string> Describe(IEnumerable<Entry> entries)
    {
        var kernels = entries.ToArray();
        foreach (var group in kernels.GroupBy(kernel => kernel.Path == KernelPtx.Product))
            yield return $"PTX executed, {(group.Key ? KernelPtx.Product : "corpus")}: {Totals([.. group])}";
        var ours = kernels.Where(kernel => kernel.Path == KernelPtx.Product).ToArray();
        var under = ours.Where(kernel => kernel.Covered < KernelBar * kernel.Total).ToArray();
        foreach (var kernel in under)
            yield return $"  under {Share(KernelBar)}: {kernel.Name} {Share(kernel.Covered, kernel.Total)}; "
                + $"missing lines: {kernel.Missing}";
        var never = ours.Where(kernel => kernel.Covered == 0).Select(kernel => kernel.Name).ToArray();
        if (never.Length > 0)
            yield return $"{Refused}: no test has run {string.Join(", ", never)}.";
        else if (ours.Sum(kernel => kernel.Covered) < Bar * ours.Sum(kernel => kernel.Total))
            yield return $"{Refused}: {Totals(ours)} of {KernelPtx.Product} ran, and the bar is {Share(Bar)}; see "
                + $"{string.Join(", ", under.Select(kernel => kernel.Name))}.";
    }

    private static string Totals(Entry[] kernels)
    {
        int covered = kernels.Sum(kernel => kernel.Covered), total = kernels.Sum(kernel => kernel.Total);
        return $"{Share(covered, total)} ({covered} of {total} instructions of {kernels.Length} kernels)";
    }

    private static IEnumerable<Entry> Kernels(string path, IReadOnlyList<KernelCoverage> ran)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        var module = PtxParser.Parse(Path.GetFileName(path), KernelPtx.Read(path));
        foreach (var entry in module.Functions.Where(function => function.IsEntry))
        {
            var first = entry.Instructions.Count > 0 ? entry.Instructions[0].Line : 0;
            // Tests may have loaded other texts under the same name.
            var same = ran.FirstOrDefault(
                kernel =>
                    Path.GetFileNameWithoutExtension(kernel.Module) == name && kernel.Kernel == entry.Name
                    && kernel.FirstLine == first);
            yield return same is null or { Covered: 0 }
                ? new(path, entry.Name, 0, entry.Instructions.Count, "all")
                : new(path, entry.Name, same.Covered, same.Total, Ranges(same.Missing.Select(missing => missing.Line)));
        }
    }

    private static string Ranges(IEnumerable<int> lines)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (var line in lines.Order())
        {
            if (ranges.Count > 0 && line - ranges[^1].Last <= 1)
                ranges[^1] = (ranges[^1].First, line);
            else
                ranges.Add((line, line));
        }
        var shown = ranges.Take(MostRanges).Select(
            range => range.First == range.Last ? $"{range.First}" : $"{range.First}-{range.Last}");
        return string.Join(", ", shown) + (ranges.Count > MostRanges ? ", ..." : "");
    }

    private static string Share(double part, double whole = 1) =>
        (whole == 0 ? 1 : part / whole).ToString("P1", CultureInfo.InvariantCulture);

    /// <summary>How much of a kernel ran, and the lines that did not.</summary>
    internal sealed record Entry(string Path, string Name, int Covered, int Total, string Missing);
}
