using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Checks;

namespace ZfNet.PtxEmulator;

/// <summary>What a software GPU pretends to be, and what it looks at.</summary>
public sealed record SoftwareGpuOptions
{
    /// <summary>Which checks run: all, unless told otherwise.</summary>
    public EmulatorChecks Checks { get; init; } = EmulatorChecks.All;

    /// <summary>CPU threads that run blocks.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes of device memory.</summary>
    public long TotalMemory { get; init; } = 8L << 30;

    /// <summary>Compute capability; modules for a later one are refused.</summary>
    public Version ComputeCapability { get; init; } = new(9, 0);

    /// <summary>Streaming multiprocessors.</summary>
    public int Multiprocessors { get; init; } = 8;

    /// <summary>The description of such a device.</summary>
    internal GpuDescription Describe() => new()
    {
        Name = "Software GPU",
        ComputeCapability = ComputeCapability,
        TotalMemory = TotalMemory,
        Multiprocessors = Multiprocessors,
        MaxThreadsPerBlock = 1024,
        MaxSharedBytesPerBlock = 48 << 10,
        MaxBlock = new(1024, 1024, 64),
        MaxGrid = new(int.MaxValue, 65535, 65535),
    };
}
