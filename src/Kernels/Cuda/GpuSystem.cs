namespace ZfNet.Kernels.Cuda;

/// <summary>
/// What a machine has for CUDA: its driver, its GPUs and its cuBLAS, or the reason why there is none.
/// </summary>
public sealed record GpuSystem
{
    /// <summary>The newest CUDA that the driver runs, or null where there is no driver.</summary>
    public Version? DriverCuda { get; init; }

    /// <summary>Why no GPU can be used, in a sentence; null where one can.</summary>
    public string? NoGpu { get; init; }

    /// <summary>The version of cuBLAS, or null.</summary>
    public string? Cublas { get; init; }

    /// <summary>
    /// Why there is no cuBLAS, in a sentence; null where there is, and where there is no driver either.
    /// </summary>
    public string? NoCublas { get; init; }

    /// <summary>The GPUs that the driver finds.</summary>
    public IReadOnlyList<GpuInfo> Gpus { get; init; } = [];
}

/// <summary>A GPU.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Name">What people call it.</param>
/// <param name="ComputeCapability">Compute capability, such as 7.5.</param>
/// <param name="TotalMemory">Bytes of device memory.</param>
/// <param name="Unusable">Why it cannot be used, in a sentence; null where it can.</param>
public sealed record GpuInfo(int Index, string Name, Version ComputeCapability, long TotalMemory, string? Unusable);
