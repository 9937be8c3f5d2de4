using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Three numbers, one a colour.</summary>
internal readonly record struct ColourTriple(float R, float G, float B);

/// <summary>Launches of <c>kernels/preprocess.cuh</c>.</summary>
internal static class CudaPreprocess
{
    private static readonly KernelFamily Kernel =
        new("preprocess_forward", Pointer, Pointer, I64, I32, I32, F32, F32, F32, F32, F32, F32, F32);

    public static IEnumerable<KernelSignature> Signatures => [Kernel.Float32, Kernel.Float64];

    /// <summary>
    /// y [images, 3, height, width] = (byte / 255 * range - mean) / deviation of 8-bit pixels [images, height, width,
    /// 3] in red, green, blue; y's channels are blue, green, red if asked. Worked out in float32 for either type of y.
    /// </summary>
    public static void Preprocess(
        this CudaKernels kernels, long images, int height, int width, bool bgr, float range, ColourTriple mean,
        ColourTriple deviation, DType dtype, DevicePointer pixels, DevicePointer y, IGpuStream stream)
    {
        var plane = CudaPlanes.Size("preprocess", height, width);
        // Kernels take four pixels at a time where they can; where not, a grid for a quarter does all as well.
        kernels.LaunchPlanes(
            Kernel[dtype], images, Math.Max(plane / 4, 1), stream, pixels, y, images, plane, bgr ? 1 : 0, range,
            mean.R, mean.G, mean.B, deviation.R, deviation.G, deviation.B);
    }
}
