using System.Text.RegularExpressions;
using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator;

/// <summary>Every PTX of the repository is read, and to the last instruction.</summary>
[TestFixture]
public sealed partial class PtxCommittedTests
{
    static IEnumerable<string> Files() =>
        new[] { "src/Kernels/Ptx", "tests/Emulator" }
            .SelectMany(folder => Directory.EnumerateFiles(
                Path.Combine(KernelPtx.Root, folder), "*.ptx", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(KernelPtx.Root, path))
            .Order(StringComparer.Ordinal);

    [Test]
    public void There_are_some() => Assert.That(Files().Count(), Is.GreaterThan(1));

    [TestCaseSource(nameof(Files))]
    public void Each_is_read_whole(string file)
    {
        var text = File.ReadAllText(Path.Combine(KernelPtx.Root, file));
        var module = PtxParser.Parse(Path.GetFileName(file), text);

        // An independent count: nvcc starts an instruction on a line of its own, or after inline assembly's brace.
        var body = DebugSection().Replace(Comment().Replace(text, string.Empty), string.Empty);
        Assert.That(module.Functions.Sum(f => f.Instructions.Count), Is.EqualTo(Instruction().Count(body)));
        Assert.That(module.Functions.Where(f => f.IsEntry).Select(f => f.Name),
            Is.EqualTo(Entry().Matches(body).Select(m => m.Groups[1].Value)));
        Assert.That(module.Functions.Sum(f => f.Labels.Count), Is.EqualTo(Label().Count(body)));
        var lines = text.Split('\n');
        foreach (var function in module.Functions)
        {
            Assert.That(function.Instructions.Select(i => i.Line), Is.Ordered);
            foreach (var instruction in function.Instructions)
                Assert.That(lines[instruction.Line - 1].TrimStart(' ', '\t', '{'),
                    Does.StartWith(instruction.Text.Split(' ')[0]));
        }
    }

    [GeneratedRegex(@"//.*|/\*(.|\n)*?\*/")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\s*\.section\s+\S+\s*\{[^}]*\}", RegexOptions.Multiline)]
    private static partial Regex DebugSection();

    [GeneratedRegex(
        @"(?:^|[{;])[ \t]*(?:@!?%?\w+[ \t]+)?[a-z][a-z0-9_]*(?:\.[\w:.]+)?(?:[ \t]+[^\n:]|;)", RegexOptions.Multiline)]
    private static partial Regex Instruction();

    [GeneratedRegex(@"\.entry\s+([\w$]+)")]
    private static partial Regex Entry();

    [GeneratedRegex(@"^[ \t]*[\w$]+:(?!\s*\.branch)", RegexOptions.Multiline)]
    private static partial Regex Label();
}
