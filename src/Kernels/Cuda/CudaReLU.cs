using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/relu.cuh</c>.</summary>
internal static class CudaReLU
{
    private static readonly KernelFamily ForwardKernel = new("relu_forward", Pointer, Pointer, I64);
    private static readonly KernelFamily GradientKernel = new("relu_backward_gradient", Pointer, Pointer, Pointer, I64);
    private static readonly KernelFamily DeconvnetKernel = new("relu_backward_deconvnet", Pointer, Pointer, I64);
    private static readonly KernelFamily GuidedKernel = new("relu_backward_guided", Pointer, Pointer, Pointer, I64);

    public static IEnumerable<KernelSignature> Signatures =>
    [
        ForwardKernel.Float32, ForwardKernel.Float64, GradientKernel.Float32, GradientKernel.Float64,
        DeconvnetKernel.Float32, DeconvnetKernel.Float64, GuidedKernel.Float32, GuidedKernel.Float64,
    ];

    /// <summary>y = max(x, 0); NaN stays NaN. y may be x.</summary>
    public static void ReLUForward(
        this CudaKernels kernels, DType dtype, DevicePointer x, DevicePointer y, long count, IGpuStream stream) =>
        kernels.LaunchMap(ForwardKernel[dtype], count, CudaElementwise.Pack(dtype), stream, x, y, count);

    /// <summary>
    /// dx from dy and the forward output y, by the rule; y is not read by <see cref="ReLURule.Deconvnet"/>. dx may be
    /// dy.
    /// </summary>
    public static void ReLUBackward(
        this CudaKernels kernels, ReLURule rule, DType dtype, DevicePointer y, DevicePointer dy, DevicePointer dx,
        long count, IGpuStream stream)
    {
        var pack = CudaElementwise.Pack(dtype);
        var masked = rule == ReLURule.Guided ? GuidedKernel : GradientKernel;
        if (rule == ReLURule.Deconvnet)
            kernels.LaunchMap(DeconvnetKernel[dtype], count, pack, stream, dy, dx, count);
        else
            kernels.LaunchMap(masked[dtype], count, pack, stream, y, dy, dx, count);
    }
}
