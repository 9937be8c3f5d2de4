using System.Runtime.InteropServices;

namespace ZfNet.Kernels;

/// <summary>
/// Asks the system to back a block with 2 MiB pages: 512 times fewer faults on first touch and far fewer TLB misses
/// on the fully connected weights. Advice only: where it is not understood nothing changes.
/// </summary>
internal static unsafe partial class HugePages
{
    private const int MadvHugePage = 14;

    /// <summary>Advises the whole pages inside the block (Linux; elsewhere nothing).</summary>
    public static void Advise(void* block, long bytes)
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = MAdvise(block, (nuint)(bytes & ~4095L), MadvHugePage);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system without this C library still works, with small pages.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(void* address, nuint length, int advice);
}
