using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/bias.cuh</c>.</summary>
internal static class CudaBias
{
    private static readonly KernelFamily BiasKernel = new("bias_forward", Pointer, Pointer, I64, I32, I64);
    private static readonly KernelFamily BiasReLUKernel = new("bias_relu_forward", Pointer, Pointer, I64, I32, I64);

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
        var count = outer * channels * inner;
        var pack = inner % CudaElementwise.Pack(dtype) == 0 ? CudaElementwise.Pack(dtype) : 1;
        kernels.LaunchMap((relu ? BiasReLUKernel : BiasKernel)[dtype], count, pack, stream, y, bias, count, channels,
            inner);
    }
}
