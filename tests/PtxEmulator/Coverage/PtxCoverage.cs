using System.Collections.Concurrent;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.PtxEmulator.Coverage;

/// <summary>Which instructions of which kernels this process has run, over all software GPUs.</summary>
public static class PtxCoverage
{
    private static readonly ConcurrentDictionary<(string Module, string Kernel, int Hash), Entry> Entries = new();

    /// <summary>What has been run so far of each kernel that was looked up, by module and name.</summary>
    public static IReadOnlyList<KernelCoverage> Snapshot() =>
    [
        .. Entries.OrderBy(entry => entry.Key.Module, StringComparer.Ordinal)
            .ThenBy(entry => entry.Key.Kernel, StringComparer.Ordinal)
            .Select(entry =>
                new KernelCoverage(
                entry.Key.Module, entry.Key.Kernel, entry.Value.Instructions, [.. entry.Value.Covered])),
    ];

    /// <summary>The table in which a kernel's warps note what they run; the same for the same text.</summary>
    internal static bool[] Table(string module, string kernel, PtxInstruction[] instructions)
    {
        var hash = new HashCode();
        foreach (var instruction in instructions)
        {
            hash.Add(instruction.Line);
            hash.Add(instruction.Text);
        }
        return Entries.GetOrAdd(
            (module, kernel, hash.ToHashCode()), _ => new Entry(instructions, new bool[instructions.Length])).Covered;
    }

    private sealed record Entry(PtxInstruction[] Instructions, bool[] Covered);
}

/// <summary>What has been run of a kernel.</summary>
public sealed class KernelCoverage
{
    private readonly bool[] covered;
    private readonly IReadOnlyList<PtxInstruction> instructions;

    internal KernelCoverage(string module, string kernel, IReadOnlyList<PtxInstruction> instructions, bool[] covered)
    {
        Module = module;
        Kernel = kernel;
        this.instructions = instructions;
        this.covered = covered;
    }

    /// <summary>The module's name.</summary>
    public string Module { get; }

    /// <summary>The kernel's name.</summary>
    public string Kernel { get; }

    /// <summary>The line of its first instruction.</summary>
    public int FirstLine => instructions[0].Line;

    /// <summary>How many instructions it has, those of the functions that it may call included.</summary>
    public int Total => covered.Length;

    /// <summary>How many of them some warp has run.</summary>
    public int Covered => covered.Count(run => run);

    /// <summary>The instructions that no warp has run.</summary>
    public IEnumerable<PtxInstruction> Missing => instructions.Where((_, index) => !covered[index]);
}
