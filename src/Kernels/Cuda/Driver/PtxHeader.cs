using System.Text;
using System.Text.RegularExpressions;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>What the head of a PTX text asks for.</summary>
/// <param name="Version">The PTX version, or null where the text names none.</param>
/// <param name="Target">The target, such as sm_75, or null.</param>
internal sealed partial record PtxHeader(Version? Version, string? Target)
{
    // The first PTX version of each CUDA release; 8.5 came with 12.5 and stayed in 12.6.
    private static readonly (Version Ptx, Version Cuda)[] Releases =
    [
        (new(7, 0), new(11, 0)), (new(7, 1), new(11, 1)), (new(7, 2), new(11, 2)), (new(7, 3), new(11, 3)),
        (new(7, 4), new(11, 4)), (new(7, 5), new(11, 5)), (new(7, 6), new(11, 6)), (new(7, 7), new(11, 7)),
        (new(7, 8), new(11, 8)), (new(8, 0), new(12, 0)), (new(8, 1), new(12, 1)), (new(8, 2), new(12, 2)),
        (new(8, 3), new(12, 3)), (new(8, 4), new(12, 4)), (new(8, 5), new(12, 5)), (new(8, 6), new(12, 7)),
        (new(8, 7), new(12, 8)), (new(8, 8), new(12, 9)), (new(9, 0), new(13, 0)), (new(9, 1), new(13, 1)),
    ];

    /// <summary>The CUDA release whose driver takes this version; null where it is not known.</summary>
    public Version? Cuda => Version is null ? null : Array.Find(Releases, release => release.Ptx == Version).Cuda;

    /// <summary>Reads the directives .version and .target.</summary>
    public static PtxHeader Read(ReadOnlySpan<byte> ptx)
    {
        var head = Encoding.ASCII.GetString(ptx[..Math.Min(ptx.Length, 4096)]);
        var version = VersionDirective().Match(head);
        var target = TargetDirective().Match(head);
        return new PtxHeader(
            version.Success ? System.Version.Parse(version.Groups[1].ValueSpan) : null,
            target.Success ? target.Groups[1].Value : null);
    }

    [GeneratedRegex(@"^\s*\.version\s+(\d{1,4}\.\d{1,4})", RegexOptions.Multiline)]
    private static partial Regex VersionDirective();

    [GeneratedRegex(@"^\s*\.target\s+(\w+)", RegexOptions.Multiline)]
    private static partial Regex TargetDirective();
}
