using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/im2col.cuh</c>.</summary>
internal static class CudaIm2Col
{
    private static readonly KernelFamily Im2ColKernel = Of("im2col"), Col2ImKernel = Of("col2im");

    public static IEnumerable<KernelSignature> Signatures =>
        [Im2ColKernel.Float32, Im2ColKernel.Float64, Col2ImKernel.Float32, Col2ImKernel.Float64];

    /// <summary>Each window of <paramref name="batch"/> samples of x becomes a column.</summary>
    public static void Im2Col(
        this CudaKernels kernels, DType dtype, in ConvolutionShape s, long batch, DevicePointer x, DevicePointer col,
        ColumnLayout layout, IGpuStream stream) =>
        Launch(kernels, Im2ColKernel[dtype], s.Positions, s, batch, x, col, layout, stream);

    /// <summary>Each pixel of x takes the sum of what the columns hold for it.</summary>
    public static void Col2Im(
        this CudaKernels kernels, DType dtype, in ConvolutionShape s, long batch, DevicePointer col, DevicePointer x,
        ColumnLayout layout, IGpuStream stream) =>
        Launch(
            kernels, Col2ImKernel[dtype], CudaPlanes.Size("col2im", s.Geometry.H, s.Geometry.W), s, batch, col, x,
            layout, stream);

    private static void Launch(
        CudaKernels kernels, KernelSignature signature, int size, in ConvolutionShape s, long batch,
        DevicePointer from, DevicePointer to, ColumnLayout layout, IGpuStream stream)
    {
        var g = s.Geometry;
        kernels.LaunchPlanes(
            signature, batch, g.Cin, size, stream, from, to, batch, g.Cin, g.H, g.W, s.OH, s.OW, g.Kernel.H, g.Kernel.W,
            g.Stride.H, g.Stride.W,
            g.Padding.H, g.Padding.W, g.Dilation.H, g.Dilation.W, layout.RowStride, layout.SampleStride);
    }

    private static KernelFamily Of(string stem) => new(
        stem, Pointer, Pointer, I64, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I64, I64);
}

/// <summary>
/// Where row r, sample b and position p of a matrix of columns lie: at r * RowStride + b * SampleStride + p.
/// </summary>
internal readonly record struct ColumnLayout(long RowStride, long SampleStride);
