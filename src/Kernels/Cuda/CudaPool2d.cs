using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/maxpool2d.cuh</c> and <c>kernels/avgpool2d.cuh</c>.</summary>
internal static class CudaPool2d
{
    private const int Strip = 4; // kStrip of kernels/pool.cuh

    // POOL_PARAMETERS of kernels/pool.cuh
    private static readonly KernelParameter[] Sizes = [I32, I32, I32, I32, I32, I32, I32, I32, I32, I32];

    private static readonly KernelFamily MaxForwardKernel =
        new("maxpool2d_forward", [Pointer, Pointer, Pointer, I64, .. Sizes]);
    private static readonly KernelFamily MaxBackwardKernel =
        new("maxpool2d_backward", [Pointer, Pointer, Pointer, I64, .. Sizes]);
    private static readonly KernelFamily AvgForwardKernel =
        new("avgpool2d_forward", [Pointer, Pointer, I64, .. Sizes, I32]);
    private static readonly KernelFamily AvgBackwardKernel =
        new("avgpool2d_backward", [Pointer, Pointer, I64, .. Sizes, I32]);
    private static readonly KernelFamily UnpoolOverwriteKernel =
        new("avgunpool2d_forward_overwrite", [Pointer, Pointer, I64, .. Sizes]);
    private static readonly KernelFamily UnpoolAccumulateKernel =
        new("avgunpool2d_forward_accumulate", [Pointer, Pointer, I64, .. Sizes]);
    private static readonly KernelFamily UnpoolBackwardKernel =
        new("avgunpool2d_backward", [Pointer, Pointer, I64, .. Sizes, I32]);

    public static IEnumerable<KernelSignature> Signatures =>
    [
        MaxForwardKernel.Float32, MaxForwardKernel.Float64, MaxBackwardKernel.Float32, MaxBackwardKernel.Float64,
        AvgForwardKernel.Float32, AvgForwardKernel.Float64, AvgBackwardKernel.Float32, AvgBackwardKernel.Float64,
        UnpoolOverwriteKernel.Float32, UnpoolOverwriteKernel.Float64, UnpoolAccumulateKernel.Float32,
        UnpoolAccumulateKernel.Float64, UnpoolBackwardKernel.Float32, UnpoolBackwardKernel.Float64,
    ];

    /// <summary>y = the maximum of each window of x, switches (Int32) = where it was.</summary>
    public static void MaxPool2dForward(
        this CudaKernels kernels, in Pool2dGeometry g, DType dtype, DevicePointer x, DevicePointer y,
        DevicePointer switches, IGpuStream stream)
    {
        CudaPlanes.Size("max_pool2d", g.H, g.W);
        kernels.LaunchPlanes(
            MaxForwardKernel[dtype], g.Planes, CudaPlanes.Size("max_pool2d", g.OH, g.OW), stream, x, y, switches,
            g.Planes, g.H, g.W, g.OH, g.OW, g.Kernel.H, g.Kernel.W, g.Stride.H, g.Stride.W,
            g.Padding.H, g.Padding.W);
    }

    /// <summary>dx = dy put back to the switches of the forward pass, summed where windows overlap.</summary>
    public static void MaxPool2dBackward(
        this CudaKernels kernels, in Pool2dGeometry g, DType dtype, DevicePointer dy,
        DevicePointer switches, DevicePointer dx, IGpuStream stream)
    {
        if (Windows("max_pool2d", g) == 0)
        {
            FillCells(kernels, g, dtype, dx, stream);
            return;
        }
        kernels.LaunchPlanes(
            MaxBackwardKernel[dtype], g.Planes, Strips("max_pool2d", g), stream, dy, switches, dx,
            g.Planes, g.H, g.W, g.OH, g.OW, g.Kernel.H, g.Kernel.W, g.Stride.H, g.Stride.W,
            g.Padding.H, g.Padding.W);
    }

    /// <summary>y = the mean of each window of x.</summary>
    public static void AvgPool2dForward(
        this CudaKernels kernels, in Pool2dGeometry g, bool countIncludePad, DType dtype, DevicePointer x,
        DevicePointer y, IGpuStream stream) =>
        Launch(kernels, AvgForwardKernel, dtype, "avg_pool2d", g, Windows("avg_pool2d", g), countIncludePad, x, y, stream);

    /// <summary>dx = each dy over its divisor, spread over its window.</summary>
    public static void AvgPool2dBackward(
        this CudaKernels kernels, in Pool2dGeometry g, bool countIncludePad, DType dtype, DevicePointer dy,
        DevicePointer dx, IGpuStream stream) =>
        Launch(
            kernels, AvgBackwardKernel, dtype, "avg_pool2d", g, Strips("avg_pool2d", g), countIncludePad, dy, dx,
            stream);

    /// <summary>y (large) = each value of x (pooled) filled into its window.</summary>
    public static void AvgUnpool2dForward(
        this CudaKernels kernels, in Pool2dGeometry g, UnpoolMode mode, DType dtype, DevicePointer x,
        DevicePointer y, IGpuStream stream)
    {
        const string Op = "avg_unpool2d";
        var (family, work) = mode == UnpoolMode.Accumulate
            ? (UnpoolAccumulateKernel, Strips(Op, g))
            : (UnpoolOverwriteKernel, CudaPlanes.Size(Op, g.H, g.W));
        if (Windows(Op, g) == 0)
        {
            FillCells(kernels, g, dtype, y, stream);
            return;
        }
        kernels.LaunchPlanes(
            family[dtype], g.Planes, work, stream, x, y, g.Planes, g.H, g.W, g.OH, g.OW, g.Kernel.H, g.Kernel.W,
            g.Stride.H, g.Stride.W, g.Padding.H, g.Padding.W);
    }

    /// <summary>dx (pooled) = the sum of dy over the cells that took x's value.</summary>
    public static void AvgUnpool2dBackward(
        this CudaKernels kernels, in Pool2dGeometry g, UnpoolMode mode, DType dtype, DevicePointer dy,
        DevicePointer dx, IGpuStream stream) =>
        Launch(
            kernels, UnpoolBackwardKernel, dtype, "avg_unpool2d", g, Windows("avg_unpool2d", g),
            mode == UnpoolMode.Accumulate, dy, dx, stream);

    private static void Launch(
        CudaKernels kernels, KernelFamily family, DType dtype, string op, in Pool2dGeometry g, int work, bool flag,
        DevicePointer from, DevicePointer to, IGpuStream stream)
    {
        CudaPlanes.Size(op, g.H, g.W);
        if (Windows(op, g) == 0 && work > 0)
        {
            FillCells(kernels, g, dtype, to, stream);
            return;
        }
        kernels.LaunchPlanes(
            family[dtype], g.Planes, work, stream, from, to, g.Planes,
            g.H, g.W, g.OH, g.OW, g.Kernel.H, g.Kernel.W, g.Stride.H, g.Stride.W,
            g.Padding.H, g.Padding.W, flag ? 1 : 0);
    }

    // Without a window there is nothing to gather, and nothing that a kernel could read.
    private static void FillCells(
        CudaKernels kernels, in Pool2dGeometry g, DType dtype, DevicePointer cells, IGpuStream stream) =>
        kernels.Runtime.Fill(cells, 0, g.Planes * CudaPlanes.Size("pooling", g.H, g.W) * dtype.Size(), stream);

    private static int Windows(string op, in Pool2dGeometry g) => CudaPlanes.Size(op, g.OH, g.OW);

    // What a plane's cells are gathered by: strips of a column where the geometry is usual(), else single cells.
    private static int Strips(string op, in Pool2dGeometry g)
    {
        var cells = CudaPlanes.Size(op, g.H, g.W);
        var usual = g.Kernel is { H: <= 3, W: <= 3 } && g.Stride is { H: >= 2, W: >= 2 };
        return usual && cells > 0 ? (g.H - 1) / Strip * g.W + g.W : cells;
    }
}
