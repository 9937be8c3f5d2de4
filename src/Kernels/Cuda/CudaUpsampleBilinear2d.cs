using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/upsample.cuh</c>.</summary>
internal static class CudaUpsampleBilinear2d
{
    private static readonly KernelFamily ForwardKernel =
        new("upsample_bilinear2d_forward", Pointer, Pointer, I64, I32, I32, I32, I32, I32);

    private static readonly KernelSignature TapsKernel =
        new("upsample_bilinear2d_taps_f64", Pointer, Pointer, Pointer, Pointer, I32, I32, I32);

    private static readonly KernelFamily BackwardKernel = new(
        "upsample_bilinear2d_backward", Pointer, Pointer, Pointer, Pointer, Pointer, Pointer, Pointer, Pointer, Pointer,
        Pointer, I64, I32, I32, I32, I32);

    public static IEnumerable<KernelSignature> Signatures =>
        [ForwardKernel.Float32, ForwardKernel.Float64, TapsKernel, BackwardKernel.Float32, BackwardKernel.Float64];

    /// <summary>y = x resized by mixing the four nearest pixels.</summary>
    public static void UpsampleBilinear2dForward(
        this CudaKernels kernels, in UpsampleBilinear2dGeometry g, DType dtype, DevicePointer x, DevicePointer y,
        IGpuStream stream)
    {
        CudaPlanes.Size("upsample_bilinear2d", g.H, g.W);
        kernels.LaunchPlanes(
            ForwardKernel[dtype], g.Planes, CudaPlanes.Size("upsample_bilinear2d", g.OH, g.OW), stream, x, y, g.Planes,
            g.H, g.W, g.OH, g.OW, g.AlignCorners ? 1 : 0);
    }

    /// <summary>Bytes of scratch memory that the way back takes, aligned to eight.</summary>
    public static long UpsampleBilinear2dScratchBytes(in UpsampleBilinear2dGeometry g) =>
        TableBytes(g.H, g.OH) + TableBytes(g.W, g.OW);

    /// <summary>dx = each dy spread over the four pixels that made it.</summary>
    public static void UpsampleBilinear2dBackward(
        this CudaKernels kernels, in UpsampleBilinear2dGeometry g, DType dtype, DevicePointer dy, DevicePointer dx,
        DevicePointer scratch, IGpuStream stream)
    {
        CudaPlanes.Size("upsample_bilinear2d", g.OH, g.OW);
        var size = CudaPlanes.Size("upsample_bilinear2d", g.H, g.W);
        if (g.Planes == 0 || size == 0)
            return;
        var rows = Table(kernels, g.H, g.OH, g.AlignCorners, scratch, stream);
        var columns = Table(kernels, g.W, g.OW, g.AlignCorners, scratch + TableBytes(g.H, g.OH), stream);
        kernels.LaunchPlanes(
            BackwardKernel[dtype], g.Planes, size, stream, dy, dx, rows.Weight, rows.First, rows.Begin, rows.End,
            columns.Weight, columns.First, columns.Begin, columns.End, g.Planes, g.H, g.W, g.OH, g.OW);
    }

    // A double and an int an output, two ints an input; the next table starts on a double.
    private static long TableBytes(int size, int outputs) => ((12L * outputs + 8L * size) + 7) / 8 * 8;

    private static (DevicePointer Weight, DevicePointer First, DevicePointer Begin, DevicePointer End) Table(
        CudaKernels kernels, int size, int outputs, bool align, DevicePointer table, IGpuStream stream)
    {
        var (first, begin, end) = (table + 8L * outputs, table + 12L * outputs, table + 12L * outputs + 4L * size);
        kernels.LaunchMap(
            TapsKernel, Math.Max(size, outputs), 1, stream, table, first, begin, end, size, outputs, align ? 1 : 0);
        return (table, first, begin, end);
    }
}
