using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/elementwise.cuh</c>.</summary>
internal static class CudaElementwise
{
    private static readonly KernelFamily FillKernel = new("fill", Real, Pointer, I64);
    private static readonly KernelSignature FillInt32Kernel = new("fill_i32", I32, Pointer, I64);
    private static readonly KernelFamily AddKernel = new("add", Pointer, Pointer, Pointer, I64);
    private static readonly KernelFamily MultiplyKernel = new("multiply", Pointer, Pointer, Pointer, I64);
    private static readonly KernelFamily ScaleKernel = new("scale", Real, Pointer, Pointer, I64);

    public static IEnumerable<KernelSignature> Signatures =>
    [
        FillKernel.Float32, FillKernel.Float64, FillInt32Kernel, AddKernel.Float32, AddKernel.Float64,
        MultiplyKernel.Float32, MultiplyKernel.Float64, ScaleKernel.Float32, ScaleKernel.Float64,
    ];

    /// <summary>y = value, of any element type.</summary>
    public static void Fill(
        this CudaKernels kernels, DType dtype, double value, DevicePointer y, long count, IGpuStream stream)
    {
        var signature = dtype == DType.Int32 ? FillInt32Kernel : FillKernel[dtype];
        var argument = dtype == DType.Int32 ? (int)value : Number(dtype, value);
        kernels.LaunchMap(signature, count, Pack(dtype), stream, argument, y, count);
    }

    /// <summary>y = a + b. y may be a or b.</summary>
    public static void Add(
        this CudaKernels kernels, DType dtype, DevicePointer a, DevicePointer b, DevicePointer y, long count,
        IGpuStream stream) =>
        kernels.LaunchMap(AddKernel[dtype], count, Pack(dtype), stream, a, b, y, count);

    /// <summary>y = a * b, element by element. y may be a or b.</summary>
    public static void Multiply(
        this CudaKernels kernels, DType dtype, DevicePointer a, DevicePointer b, DevicePointer y, long count,
        IGpuStream stream) =>
        kernels.LaunchMap(MultiplyKernel[dtype], count, Pack(dtype), stream, a, b, y, count);

    /// <summary>y = factor * x. y may be x.</summary>
    public static void Scale(
        this CudaKernels kernels, DType dtype, double factor, DevicePointer x, DevicePointer y, long count,
        IGpuStream stream) =>
        kernels.LaunchMap(ScaleKernel[dtype], count, Pack(dtype), stream, Number(dtype, factor), x, y, count);

    /// <summary>Elements that a thread takes at once: sixteen bytes.</summary>
    internal static int Pack(DType dtype) => 16 / dtype.Size();

    /// <summary>A number of the type that the kernel computes with.</summary>
    internal static KernelArgument Number(DType dtype, double value)
    {
        // Not one expression: its type would be double for both.
        if (dtype == DType.Float64)
            return value;
        return (float)value;
    }
}
