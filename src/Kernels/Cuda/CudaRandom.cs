using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>
/// Launches of <c>kernels/random.cuh</c>. Dropout and uniform numbers are equal to the CPU's bit for bit; normal
/// numbers differ in the last places, as logarithm and sine do.
/// </summary>
internal static class CudaRandom
{
    // A thread takes a block of Philox; of normal numbers, half a one.
    private const int PerThread = 4, NormalPerThread = 2;

    private static readonly KernelFamily DropoutKernel =
        new("dropout_forward", Pointer, Pointer, I64, I64, I64, Pointer, I64, Real);
    private static readonly KernelFamily UniformKernel = new("random_uniform", Pointer, I64, I64, I64, F64, F64);
    private static readonly KernelFamily NormalKernel = new("random_normal", Pointer, I64, I64, I64, F64, F64);

    public static IEnumerable<KernelSignature> Signatures =>
    [
        DropoutKernel.Float32, DropoutKernel.Float64, UniformKernel.Float32, UniformKernel.Float64,
        NormalKernel.Float32, NormalKernel.Float64,
    ];

    /// <summary>
    /// y = x times the mask; also dx from dy. y may be x. Where <paramref name="streamAt"/> is given, the mask's stream
    /// lies there.
    /// </summary>
    public static void Dropout(
        this CudaKernels kernels, DropoutMask mask, DType dtype, DevicePointer x, DevicePointer y, long count,
        IGpuStream stream, DevicePointer? streamAt = null) =>
        kernels.LaunchMap(
            DropoutKernel[dtype], count, PerThread, stream, x, y, count, mask.Seed, mask.Stream,
            streamAt ?? default, mask.Threshold, CudaElementwise.Number(dtype, mask.Scale));

    /// <summary>y = uniform in [low, high).</summary>
    public static void RandomUniform(
        this CudaKernels kernels, ulong seed, ulong numbers, double low, double high, DType dtype, DevicePointer y,
        long count, IGpuStream stream) =>
        kernels.LaunchMap(UniformKernel[dtype], count, PerThread, stream, y, count, seed, numbers, low, high - low);

    /// <summary>y = normal(mean, deviation).</summary>
    public static void RandomNormal(
        this CudaKernels kernels, ulong seed, ulong numbers, double mean, double deviation, DType dtype,
        DevicePointer y, long count, IGpuStream stream) =>
        kernels.LaunchMap(
            NormalKernel[dtype], count, NormalPerThread, stream, y, count, seed, numbers, mean, deviation);
}
