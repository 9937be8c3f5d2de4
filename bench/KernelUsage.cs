using System.Globalization;

namespace ZfNet.Benchmarks;

/// <summary>What a kernel takes of a multiprocessor, by ptxas for sm_90.</summary>
/// <param name="Kernel">The entry.</param>
/// <param name="Registers">Of a thread.</param>
/// <param name="Shared">Bytes of a block.</param>
/// <param name="Stack">Bytes of a thread.</param>
/// <param name="Spilt">Bytes of a thread, stores and loads.</param>
public sealed record KernelUsage(string Kernel, int Registers, int Shared, int Stack, int Spilt)
{
    // Of sm_90 (CUDA programming guide, compute capabilities); our blocks have 256 threads.
    private const int RegistersOfAll = 65536, SharedOfAll = 227 << 10, SharedOfNone = 1 << 10;
    private const int Warps = 64, BlockWarps = 8;

    /// <summary>Warps that an H200's multiprocessor holds at once, of 64.</summary>
    public int ResidentWarps
    {
        get
        {
            // Registers are dealt out to warps by 256, shared memory to blocks with a KiB for the system.
            var byRegisters = RegistersOfAll / ((Registers * 32 + 255) / 256 * 256) / BlockWarps;
            var byShared = SharedOfAll / (Shared + SharedOfNone);
            return Math.Min(Math.Min(byRegisters, byShared) * BlockWarps, Warps);
        }
    }

    /// <summary>All kernels, as <c>./build.sh kernels</c> wrote them down.</summary>
    public static IReadOnlyList<KernelUsage> All()
    {
        using var stream = typeof(KernelUsage).Assembly.GetManifestResourceStream("kernels.usage.txt")!;
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Where(line => !line.StartsWith("//", StringComparison.Ordinal)).Select(Parse)];
    }

    private static KernelUsage Parse(string line)
    {
        var cells = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new(cells[0], Last(cells[1]), Last(cells[2]), Last(cells[3]), Last(cells[4]));
    }

    // One figure, or one an architecture, sm_90 last.
    private static int Last(string figures) => int.Parse(figures.Split('/')[^1], CultureInfo.InvariantCulture);
}
