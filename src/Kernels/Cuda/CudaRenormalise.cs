using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/renormalise.cuh</c>.</summary>
internal static class CudaRenormalise
{
    private const int Threads = 256; // kRenormaliseThreads

    private static readonly KernelFamily Kernel = new("filter_renormalise", Pointer, Pointer, I64, I64, F64);

    public static IEnumerable<KernelSignature> Signatures => [Kernel.Float32, Kernel.Float64];

    /// <summary>
    /// Scales each filter of w [filters, size] whose root mean square exceeds the radius back to it. rms (Float64, one
    /// a filter) = what they were before: those above the radius have changed.
    /// </summary>
    public static void RenormaliseFilters(
        this CudaKernels kernels, long filters, long size, double radius, DType dtype, DevicePointer w,
        DevicePointer rms, IGpuStream stream)
    {
        if (filters == 0 || size == 0)
            return;
        var blocks = (int)Math.Min(filters, kernels.MaxBlocks);
        kernels.Launch(
            Kernel[dtype], new LaunchShape(new Extent(blocks), new Extent(Threads)), stream, w, rms, filters, size,
            radius);
    }
}
