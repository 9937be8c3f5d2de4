using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/sgd.cuh</c>.</summary>
internal static class CudaSgd
{
    private static readonly KernelFamily MomentumKernel = new("sgd_momentum", Real, Pointer, Real, Real,
        Pointer, Pointer, Pointer, I64);
    private static readonly KernelFamily PlainKernel = new("sgd_plain", Real, Pointer, Real, Pointer,
        Pointer, I64);

    public static IEnumerable<KernelSignature> Signatures =>
        [MomentumKernel.Float32, MomentumKernel.Float64, PlainKernel.Float32, PlainKernel.Float64];

    /// <summary>
    /// A step in place over w and, where there is one, its velocity. Where <paramref name="rateAt"/> is given, the
    /// learning rate lies there, in float64.
    /// </summary>
    public static void Sgd(
        this CudaKernels kernels, DType dtype, SgdStep step, DevicePointer gradient, DevicePointer? velocity,
        DevicePointer w, long count, IGpuStream stream, DevicePointer? rateAt = null)
    {
        var rate = CudaElementwise.Number(dtype, step.LearningRate);
        var decay = CudaElementwise.Number(dtype, step.WeightDecay);
        var at = rateAt ?? default;
        var pack = CudaElementwise.Pack(dtype);
        if (velocity is { } v)
        {
            var momentum = CudaElementwise.Number(dtype, step.Momentum);
            kernels.LaunchMap(
                MomentumKernel[dtype], count, pack, stream, rate, at, momentum, decay, gradient, v, w, count);
        }
        else
        {
            kernels.LaunchMap(PlainKernel[dtype], count, pack, stream, rate, at, decay, gradient, w, count);
        }
    }
}
