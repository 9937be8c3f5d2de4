using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/cross_entropy.cuh</c>.</summary>
internal static class CudaCrossEntropy
{
    private const int Warp = 32;

    private static readonly KernelFamily SamplesKernel =
        new("cross_entropy_samples", Pointer, Pointer, Pointer, Pointer, I32, I32, I32, Real);

    private static readonly KernelFamily TotalsKernel =
        new("cross_entropy_totals", Pointer, Pointer, Pointer, Pointer, I32, I32, I32);

    private static readonly KernelFamily FinishKernel = new("cross_entropy_finish", Pointer, Pointer, Pointer, I32,
        I32);

    private static readonly KernelFamily BackwardKernel =
        new("cross_entropy_backward", Pointer, Pointer, Pointer, Pointer, Pointer, Pointer, I32, I32, I32, Real, I32);

    public static IEnumerable<KernelSignature> Signatures =>
    [
        SamplesKernel.Float32, SamplesKernel.Float64, TotalsKernel.Float32, TotalsKernel.Float64,
        FinishKernel.Float32, FinishKernel.Float64, BackwardKernel.Float32, BackwardKernel.Float64,
    ];

    /// <summary>Bytes of scratch memory that both directions write to.</summary>
    public static long CrossEntropyScratch(DType dtype, CrossEntropyGeometry g) => dtype.Size() * (3 + (long)g.N);

    /// <summary>
    /// loss [1]. The scratch memory's first four bytes then hold the first sample, as an integer, whose label is
    /// neither a class nor the ignored one, or N; such labels count as ignored.
    /// </summary>
    public static void CrossEntropyForward(
        this CudaKernels kernels, DType dtype, CrossEntropyGeometry g, DevicePointer x, DevicePointer labels,
        DevicePointer? weight, DevicePointer loss, DevicePointer scratch, IGpuStream stream)
    {
        DevicePointer w = weight ?? default, totals = scratch + dtype.Size(), costs = scratch + 3 * dtype.Size();
        kernels.LaunchBlocks(
            TotalsKernel[dtype], 1, 1, 1, stream, labels, w, totals, scratch, g.N, g.C, g.IgnoreIndex);
        kernels.LaunchMap(
            SamplesKernel[dtype], (long)g.N * Warp, 1, stream, x, labels, w, costs, g.N, g.C, g.IgnoreIndex,
            CudaElementwise.Number(dtype, g.LabelSmoothing));
        kernels.LaunchBlocks(FinishKernel[dtype], 1, 1, 1, stream, costs, totals, loss, g.N, g.Mean ? 1 : 0);
    }

    /// <summary>dx [N, C] from dloss [1]. Bad labels count as ignored; the forward pass names them.</summary>
    public static void CrossEntropyBackward(
        this CudaKernels kernels, DType dtype, CrossEntropyGeometry g, DevicePointer x, DevicePointer labels,
        DevicePointer? weight, DevicePointer dloss, DevicePointer dx, DevicePointer scratch, IGpuStream stream)
    {
        DevicePointer w = weight ?? default, totals = scratch + dtype.Size();
        kernels.LaunchBlocks(
            TotalsKernel[dtype], 1, 1, 1, stream, labels, w, totals, scratch, g.N, g.C, g.IgnoreIndex);
        kernels.LaunchMap(
            BackwardKernel[dtype], (long)g.N * Warp, 1, stream, x, labels, w, totals, dloss, dx, g.N, g.C,
            g.IgnoreIndex, CudaElementwise.Number(dtype, g.LabelSmoothing), g.Mean ? 1 : 0);
    }
}
