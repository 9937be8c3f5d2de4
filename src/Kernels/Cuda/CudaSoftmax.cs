using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/softmax.cuh</c>.</summary>
internal static class CudaSoftmax
{
    private const int Warp = 32;

    private static readonly Kernels Softmax = new("softmax"), LogSoftmax = new("logsoftmax");

    public static IEnumerable<KernelSignature> Signatures => [.. Softmax.Signatures, .. LogSoftmax.Signatures];

    /// <summary>y = softmax, or its logarithm, over the middle axis of x [outer, size, inner].</summary>
    public static void SoftmaxForward(
        this CudaKernels kernels, DType dtype, bool logarithm, long outer, int size, long inner, DevicePointer x,
        DevicePointer y, IGpuStream stream)
    {
        var family = logarithm ? LogSoftmax : Softmax;
        if (inner == 1)
            kernels.LaunchMap(family.RowsForward[dtype], outer * Warp, 1, stream, x, y, outer, size, inner);
        else
            kernels.LaunchPlanes(family.StridedForward[dtype], outer, inner, stream, x, y, outer, size, inner);
    }

    /// <summary>dx from the forward output y and dy.</summary>
    public static void SoftmaxBackward(
        this CudaKernels kernels, DType dtype, bool logarithm, long outer, int size, long inner, DevicePointer y,
        DevicePointer dy, DevicePointer dx, IGpuStream stream)
    {
        var family = logarithm ? LogSoftmax : Softmax;
        if (inner == 1)
            kernels.LaunchMap(family.RowsBackward[dtype], outer * Warp, 1, stream, y, dy, dx, outer, size, inner);
        else
            kernels.LaunchPlanes(family.StridedBackward[dtype], outer, inner, stream, y, dy, dx, outer, size, inner);
    }

    private sealed class Kernels(string stem)
    {
        public readonly KernelFamily RowsForward = new($"{stem}_rows_forward", Pointer, Pointer, I64, I32, I64);
        public readonly KernelFamily StridedForward = new($"{stem}_strided_forward", Pointer, Pointer, I64, I32, I64);
        public readonly KernelFamily RowsBackward = new($"{stem}_rows_backward", Pointer, Pointer, Pointer, I64, I32,
            I64);
        public readonly KernelFamily StridedBackward = new($"{stem}_strided_backward", Pointer, Pointer, Pointer, I64,
            I32, I64);

        public IEnumerable<KernelSignature> Signatures =>
            new[] { RowsForward, StridedForward, RowsBackward, StridedBackward }
                .SelectMany(family => new[] { family.Float32, family.Float64 });
    }
}
