using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/im2col.cuh</c>.</summary>
internal static class CudaIm2Col
{
    private static readonly KernelFamily Im2ColKernel = Of("im2col", I64, I32), Col2ImKernel = Of("col2im", I64);

    public static IEnumerable<KernelSignature> Signatures =>
        [Im2ColKernel.Float32, Im2ColKernel.Float64, Col2ImKernel.Float32, Col2ImKernel.Float64];

    /// <summary>
    /// Each window of <paramref name="batch"/> samples of x becomes a column: of a matrix a sample, or
    /// <paramref name="sideBySide"/> of one. Col is aligned to a pack.
    /// </summary>
    public static void Im2Col(
        this CudaKernels kernels, DType dtype, in ConvolutionShape s, int batch, bool sideBySide, DevicePointer x,
        DevicePointer col, IGpuStream stream)
    {
        var (matrices, width) = sideBySide ? (1, checked(batch * s.Positions)) : (batch, s.Positions);
        var row = RowStride(dtype, width);
        var g = s.Geometry;
        kernels.LaunchPlanes(
            Im2ColKernel[dtype], matrices, g.Cin, row / Pack(dtype), stream, x, col, (long)matrices, width, g.Cin, g.H,
            g.W, s.OH, s.OW, g.Kernel.H, g.Kernel.W, g.Stride.H, g.Stride.W, g.Padding.H, g.Padding.W, g.Dilation.H,
            g.Dilation.W, (long)row);
    }

    /// <summary>Each pixel of x takes the sum of what the columns, a matrix a sample, hold for it.</summary>
    public static void Col2Im(
        this CudaKernels kernels, DType dtype, in ConvolutionShape s, int batch, DevicePointer col, DevicePointer x,
        IGpuStream stream)
    {
        var g = s.Geometry;
        kernels.LaunchPlanes(
            Col2ImKernel[dtype], batch, g.Cin, CudaPlanes.Size("col2im", g.H, g.W), stream, col, x, (long)batch, g.Cin,
            g.H, g.W, s.OH, s.OW, g.Kernel.H, g.Kernel.W, g.Stride.H, g.Stride.W, g.Padding.H, g.Padding.W,
            g.Dilation.H, g.Dilation.W, (long)RowStride(dtype, s.Positions));
    }

    /// <summary>Elements from a row of columns to the next: its width in whole packs of sixteen bytes.</summary>
    public static int RowStride(DType dtype, int width) =>
        checked(width + Pack(dtype) - 1) / Pack(dtype) * Pack(dtype);

    private static int Pack(DType dtype) => 16 / dtype.Size();

    private static KernelFamily Of(string stem, params KernelParameter[] counts) => new(
        stem, [Pointer, Pointer, .. counts, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I64]);
}
