using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/lrn.cuh</c>.</summary>
internal static class CudaLocalResponseNorm
{
    private const string Op = "local_response_norm";

    // NORM_PARAMETERS
    private static readonly KernelParameter[] Sizes = [I32, I32, I32, I32, I32, I32];

    private static readonly KernelFamily ForwardKernel =
        new("lrn_forward", [Pointer, Pointer, .. Sizes, Real, Real, Real]);

    private static readonly KernelFamily OwnKernel =
        new("lrn_backward_own", [Pointer, Pointer, Pointer, Pointer, .. Sizes, Real, Real, Real, Real]);

    private static readonly KernelFamily PullKernel = new("lrn_backward_pull", [Pointer, Pointer, Pointer, .. Sizes]);

    public static IEnumerable<KernelSignature> Signatures =>
    [
        ForwardKernel.Float32, ForwardKernel.Float64, OwnKernel.Float32, OwnKernel.Float64, PullKernel.Float32,
        PullKernel.Float64,
    ];

    /// <summary>y = the normalised x.</summary>
    public static void LocalResponseNormForward(
        this CudaKernels kernels, in LocalResponseNormGeometry g, DType dtype, DevicePointer x, DevicePointer y,
        IGpuStream stream) =>
        Launch(
            kernels, ForwardKernel[dtype], g, stream, x, y, g.N, g.C, g.H, g.W, g.Size, g.AcrossChannels ? 1 : 0,
            CudaElementwise.Number(dtype, g.Share), CudaElementwise.Number(dtype, g.Beta),
            CudaElementwise.Number(dtype, g.K));

    /// <summary>dx from x and dy. Scratch takes as many elements as x.</summary>
    public static void LocalResponseNormBackward(
        this CudaKernels kernels, in LocalResponseNormGeometry g, DType dtype, DevicePointer x, DevicePointer dy,
        DevicePointer dx, DevicePointer scratch, IGpuStream stream)
    {
        var across = g.AcrossChannels ? 1 : 0;
        Launch(
            kernels, OwnKernel[dtype], g, stream, x, dy, dx, scratch, g.N, g.C, g.H, g.W, g.Size, across,
            CudaElementwise.Number(dtype, g.Share), CudaElementwise.Number(dtype, g.Beta),
            CudaElementwise.Number(dtype, g.K), CudaElementwise.Number(dtype, 2 * g.Share * g.Beta));
        Launch(kernels, PullKernel[dtype], g, stream, x, scratch, dx, g.N, g.C, g.H, g.W, g.Size, across);
    }

    private static void Launch(
        CudaKernels kernels, KernelSignature kernel, in LocalResponseNormGeometry g, IGpuStream stream,
        params ReadOnlySpan<KernelArgument> arguments) =>
        kernels.LaunchPlanes(
            kernel, CudaPlanes.Size(Op, g.N, g.C), CudaPlanes.Size(Op, g.H, g.W), stream, arguments);
}
