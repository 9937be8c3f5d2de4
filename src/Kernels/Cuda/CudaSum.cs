using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/sum.cuh</c>.</summary>
internal static class CudaSum
{
    private const int ShareElements = 8192;
    private const int MaxShares = 1024;

    /// <summary>What shares are multiples of: a whole pack of float32.</summary>
    private const int Pack = 4;

    private static readonly KernelFamily PartialKernel = new("sum_partial", Pointer, Pointer, I64, I64, I32);
    private static readonly KernelFamily FinishKernel = new("sum_finish", Pointer, Pointer, I32);

    public static IEnumerable<KernelSignature> Signatures =>
        [PartialKernel.Float32, PartialKernel.Float64, FinishKernel.Float32, FinishKernel.Float64];

    /// <summary>Bytes of scratch memory that <see cref="Sum"/> writes to; may be 0.</summary>
    public static long SumScratch(long count) => Shares(count) * sizeof(double);

    /// <summary>y [1] = the sum of x, in float64.</summary>
    public static void Sum(
        this CudaKernels kernels, DType dtype, DevicePointer x, long count, DevicePointer y, DevicePointer scratch,
        IGpuStream stream)
    {
        var shares = Shares(count);
        if (shares > 0)
        {
            var share = ((count - 1) / shares / Pack + 1) * Pack;
            kernels.LaunchBlocks(PartialKernel[dtype], shares, 1, 1, stream, x, scratch, count, share, shares);
        }
        kernels.LaunchBlocks(FinishKernel[dtype], 1, 1, 1, stream, scratch, y, shares);
    }

    // By the count alone, so that the order of the sum is too.
    private static int Shares(long count) => (int)Math.Min((count + ShareElements - 1) / ShareElements, MaxShares);
}
