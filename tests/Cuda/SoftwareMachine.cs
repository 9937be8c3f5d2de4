using ZfNet.Engine;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;

namespace ZfNet.Tests.Cuda;

/// <summary>A machine whose GPUs are software.</summary>
internal static class SoftwareMachine
{
    /// <summary>A CUDA device; the caller disposes it, which reports what was not given back.</summary>
    public static Device Gpu(long memory = 1L << 30) =>
        new(new CudaBackend(new SoftwareGpu(new() { TotalMemory = memory })));

    /// <summary>A machine of GPUs with so many bytes of memory each.</summary>
    public static Machine With(params long[] memories) => new(
        () => new GpuSystem
        {
            DriverCuda = new(12, 4),
            Gpus = [.. memories.Select((memory, i) => new GpuInfo(i, "Software GPU", new(9, 0), memory, null))],
        },
        index => index < memories.Length
            ? Gpu(memories[index])
            : throw new GpuUnavailableException($"There is no GPU {index}: this machine has {memories.Length}."));
}
