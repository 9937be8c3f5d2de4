using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/bias.cuh</c>.</summary>
internal static class CudaBias
{
    private static readonly KernelFamily BiasKernel = new("bias_forward", Pointer, Pointer, I64, I64, I64);
    private static readonly KernelFamily BiasReLUKernel = new("bias_relu_forward", Pointer, Pointer, I64, I64, I64);

    public static IEnumerable<KernelSignature> Signatures =>
        [BiasKernel.Float32, BiasKernel.Float64, BiasReLUKernel.Float32, BiasReLUKernel.Float64];

    /// <summary>
    /// y [outer, channels, inner] += bias [channels], in place; then, if <paramref name="relu"/> says so, the
    /// rectifier.
    /// </summary>
    public static void Bias(
        this CudaKernels kernels, DType dtype, DevicePointer y, DevicePointer bias, long outer, int channels,
        long inner, bool relu, IGpuStream stream)
    {
        var sample = channels * inner;
        var pack = sample % CudaElementwise.Pack(dtype) == 0 ? CudaElementwise.Pack(dtype) : 1;
        kernels.LaunchPlanes(
            (relu ? BiasReLUKernel : BiasKernel)[dtype], outer, sample / pack, stream, y, bias, outer, sample, inner);
    }
}
