using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>What work that has run before still allocates.</summary>
internal static class Allocations
{
    /// <summary>Runs the work once, and says so in words.</summary>
    public static string Of(Action work)
    {
        long managed = GC.GetTotalAllocatedBytes(precise: true), native = Held();
        work();
        managed = GC.GetTotalAllocatedBytes(precise: true) - managed;
        return $"{managed / 1024.0:F1} KiB of objects and {Held() - native} bytes of fresh native memory";
    }

    // Blocks of the pool, handed out or kept.
    private static long Held() => CpuBackend.Memory.InUse + CpuBackend.Memory.Cached;
}
