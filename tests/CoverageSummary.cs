using System.Globalization;
using NUnit.Framework;
using ZfNet.PtxEmulator.Coverage;
using ZfNet.PtxEmulator.Syntax;
using ZfNet.Tests.Emulator;

namespace ZfNet.Tests;

/// <summary>
/// What the test run executed of the committed PTX: written to the file that ZFNET_COVERAGE names, when all tests are
/// done.
/// </summary>
[SetUpFixture]
public sealed class CoverageSummary
{
    /// <summary>The file to write to; ./build.sh test sets it and prints what it finds there.</summary>
    private const string Variable = "ZFNET_COVERAGE";

    /// <summary>
    /// A kernel that ships with fewer of its instructions executed is listed, with the lines that were not.
    /// </summary>
    private const double Bar = 0.95;

    private const int MostRanges = 12;

    [OneTimeTearDown]
    public void Write()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file)
            File.WriteAllLines(file, Describe(PtxCoverage.Snapshot(), KernelPtx.All()));
    }

    /// <summary>
    /// A line for what ships, one for the corpus, and one for each kernel that ships and is under the bar.
    /// </summary>
    internal static IEnumerable<string> Describe(IReadOnlyList<KernelCoverage> ran, IEnumerable<string> paths)
    {
        var kernels = paths.SelectMany(path => Kernels(path, ran)).ToArray();
        foreach (var group in kernels.GroupBy(kernel => kernel.Path == KernelPtx.Product))
        {
            int covered = group.Sum(kernel => kernel.Covered), total = group.Sum(kernel => kernel.Total);
            yield return $"PTX executed, {(group.Key ? KernelPtx.Product : "corpus")}: {Share(covered, total)} "
                + $"({covered} of {total} instructions of {group.Count()} kernels)";
        }
        var under = kernels.Where(kernel => kernel.Path == KernelPtx.Product && kernel.Covered < Bar * kernel.Total);
        foreach (var kernel in under)
            yield return $"  under {Share(Bar)}: {kernel.Name} {Share(kernel.Covered, kernel.Total)}; missing lines: {kernel.Missing}";
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

    private sealed record Entry(string Path, string Name, int Covered, int Total, string Missing);
}
