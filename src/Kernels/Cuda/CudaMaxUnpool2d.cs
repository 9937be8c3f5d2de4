using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>
/// Launches of <c>kernels/maxunpool2d.cuh</c>. A switch that points outside its plane does no harm: the element is left
/// out, and its number goes to a fault, eight bytes of device memory that the caller clears before the launch and, when
/// it wants to know, looks at after it. Looking waits for the stream; launching never does.
/// </summary>
internal static class CudaMaxUnpool2d
{
    private const int Threads = 256, Tile = 6144, SumTile = 4096; // kUnpoolThreads, kUnpoolTile, kUnpoolSumTile

    private static readonly KernelParameter[] Parameters =
        [Pointer, Pointer, Pointer, I64, I32, I32, I32, I32, Pointer];


    private static readonly KernelFamily ForwardOverwriteKernel = new("maxunpool2d_forward_overwrite", Parameters);
    private static readonly KernelFamily ForwardAccumulateKernel = new("maxunpool2d_forward_accumulate", Parameters);
    private static readonly KernelFamily BackwardOverwriteKernel = new("maxunpool2d_backward_overwrite", Parameters);
    private static readonly KernelFamily BackwardAccumulateKernel = new("maxunpool2d_backward_accumulate", Parameters);

    public static IEnumerable<KernelSignature> Signatures =>
    [
        ForwardOverwriteKernel.Float32, ForwardOverwriteKernel.Float64,
        ForwardAccumulateKernel.Float32, ForwardAccumulateKernel.Float64,
        BackwardOverwriteKernel.Float32, BackwardOverwriteKernel.Float64,
        BackwardAccumulateKernel.Float32, BackwardAccumulateKernel.Float64,
    ];

    /// <summary>Bytes of a fault.</summary>
    public const int FaultBytes = 8;

    /// <summary>Says that no fault has been seen, on the stream.</summary>
    public static void ClearMaxUnpool2dFault(this CudaKernels kernels, DevicePointer fault, IGpuStream stream) =>
        kernels.Runtime.Fill(fault, 0xFF, FaultBytes, stream);

    /// <summary>
    /// Waits for the launches since the fault was cleared, and throws as the CPU does if one met a bad switch.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A switch pointed outside its plane; the first such is named.
    /// </exception>
    public static unsafe void ThrowMaxUnpool2dFault(
        this CudaKernels kernels, in MaxUnpool2dGeometry g, DevicePointer fault, DevicePointer switches,
        IGpuStream stream)
    {
        long element;
        kernels.Runtime.CopyToHost(&element, fault, FaultBytes, stream);
        if (element < 0)
            return;
        int value;
        kernels.Runtime.CopyToHost(&value, switches + element * sizeof(int), sizeof(int), stream);
        ReferenceBackend.ThrowSwitch(value, element, (long)g.OH * g.OW);
    }

    /// <summary>y = zeros, with each x put to its switch. The fault may be null.</summary>
    public static void MaxUnpool2dForward(
        this CudaKernels kernels, in MaxUnpool2dGeometry g, DType dtype, DevicePointer x, DevicePointer switches,
        DevicePointer y, DevicePointer fault, IGpuStream stream)
    {
        if (g.Mode == UnpoolMode.Accumulate)
            LaunchTiles(kernels, ForwardAccumulateKernel[dtype], g, SumTile, x, switches, y, fault, stream);
        else
            LaunchTiles(kernels, ForwardOverwriteKernel[dtype], g, Tile, x, switches, y, fault, stream);
    }

    /// <summary>dx = dy at the switches; in overwrite mode 0 for what was overwritten. The fault may be null.</summary>
    public static void MaxUnpool2dBackward(
        this CudaKernels kernels, in MaxUnpool2dGeometry g, DType dtype, DevicePointer dy, DevicePointer switches,
        DevicePointer dx, DevicePointer fault, IGpuStream stream)
    {
        if (g.Mode == UnpoolMode.Overwrite)
        {
            LaunchTiles(kernels, BackwardOverwriteKernel[dtype], g, Tile, dy, switches, dx, fault, stream);
            return;
        }
        var (pooled, plane) = Sizes(g);
        kernels.LaunchPlanes(
            BackwardAccumulateKernel[dtype], g.Planes, pooled, stream, dy, switches, dx, g.Planes, pooled, plane, 1, 1,
            fault);
    }

    private static void LaunchTiles(
        CudaKernels kernels, KernelSignature kernel, in MaxUnpool2dGeometry g, int tile, DevicePointer from,
        DevicePointer switches, DevicePointer to, DevicePointer fault, IGpuStream stream)
    {
        var (pooled, plane) = Sizes(g);
        if (g.Planes == 0 || pooled == 0 && plane == 0)
            return;
        // As many planes as fit, but fewer where the device would lie idle; their inputs are counted in 31 bits too.
        var most = Math.Min(tile / Math.Max(plane, 1), (1 << 30) / Math.Max(pooled, 1));
        var planesPerTile = (int)Math.Clamp(g.Planes / Math.Max(kernels.MaxBlocks, 1), 1, Math.Max(most, 1));
        var parts = Math.Max((plane - 1) / tile + 1, 1);
        var along = (int)Math.Min((g.Planes + planesPerTile - 1) / planesPerTile, kernels.MaxBlocks);
        var across = Math.Clamp(kernels.MaxBlocks / along, 1, Math.Min(parts, 65535));
        kernels.Launch(
            kernel, new LaunchShape(new Extent(along, across), new Extent(Threads)), stream,
            from, switches, to, g.Planes, pooled, plane, planesPerTile, parts, fault);
    }

    private static (int Pooled, int Plane) Sizes(in MaxUnpool2dGeometry g) =>
        (CudaPlanes.Size("max_unpool2d", g.H, g.W), CudaPlanes.Size("max_unpool2d", g.OH, g.OW));
}
