using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/channel_sum.cuh</c>.</summary>
internal static class CudaChannelSum
{
    private const int PlanesShare = 8192;
    private const int ColumnsShare = 64;
    private const int MaxShares = 256;
    private const int Pack = 4;

    private static readonly KernelFamily PlanesKernel = new("channel_sum_planes", Pointer, Pointer, I64, I32, I64, I64,
        I32);
    private static readonly KernelFamily ColumnsKernel = new("channel_sum_columns", Pointer, Pointer, I64, I32, I64,
        I32);
    private static readonly KernelFamily FinishKernel = new("channel_sum_finish", Pointer, Pointer, I32, I32);

    public static IEnumerable<KernelSignature> Signatures =>
    [
        PlanesKernel.Float32, PlanesKernel.Float64, ColumnsKernel.Float32, ColumnsKernel.Float64,
        FinishKernel.Float32, FinishKernel.Float64,
    ];

    /// <summary>Bytes of scratch memory that <see cref="ChannelSum"/> writes to; may be 0.</summary>
    public static long ChannelSumScratch(DType dtype, long outer, int channels, long inner) =>
        (long)channels * Shares(outer, inner) * dtype.Size();

    /// <summary>sums[c] = the sum of x [outer, channels, inner] over outer and inner.</summary>
    public static void ChannelSum(
        this CudaKernels kernels, DType dtype, long outer, int channels, long inner, DevicePointer x,
        DevicePointer sums, DevicePointer scratch, IGpuStream stream)
    {
        var shares = Shares(outer, inner);
        if (shares > 0)
        {
            // Of whole packs of sixteen bytes.
            var share = ((outer * inner - 1) / shares / Pack + 1) * Pack;
            if (inner > 1)
                kernels.LaunchBlocks(
                    PlanesKernel[dtype], shares, channels, 1, stream, x, scratch, outer, channels, inner, share,
                    shares);
            else
                kernels.LaunchPlanes(
                    ColumnsKernel[dtype], shares, channels, stream, x, scratch, outer, channels, share, shares);
        }
        kernels.LaunchMap(FinishKernel[dtype], channels, 1, stream, scratch, sums, channels, shares);
    }

    // By the shape alone, so that the order of the sums is too.
    private static int Shares(long outer, long inner)
    {
        var share = inner > 1 ? PlanesShare : ColumnsShare;
        return (int)Math.Min((outer * inner + share - 1) / share, MaxShares);
    }
}
