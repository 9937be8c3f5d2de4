namespace ZfNet.Kernels.Cuda;

/// <summary>Bytes of device memory that a runtime has handed out and keeps for reuse.</summary>
/// <param name="InUse">Bytes handed out and not yet given back.</param>
/// <param name="Cached">Bytes given back and kept: for the next request, or for captured graphs.</param>
/// <param name="PeakInUse">The largest <paramref name="InUse"/> so far.</param>
/// <param name="Blocks">Blocks handed out and not yet given back.</param>
public readonly record struct GpuMemoryStatistics(long InUse, long Cached, long PeakInUse, int Blocks);
