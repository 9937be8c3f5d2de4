using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/copy.cuh</c>.</summary>
internal static class CudaCopy
{
    private const int Axes = 4; // of the kernels

    private static readonly KernelSignature Kernel32 = Of("copy_strided_b32"), Kernel64 = Of("copy_strided_b64");

    public static IEnumerable<KernelSignature> Signatures => [Kernel32, Kernel64];

    /// <summary>
    /// y = the strided view of x, contiguous. x is the view's first element. At most <paramref name="most"/> elements are
    /// counted in 32 bits; tests ask for fewer.
    /// </summary>
    public static void CopyStrided(
        this CudaKernels kernels, DType dtype, ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, DevicePointer x,
        DevicePointer y, IGpuStream stream, long most = uint.MaxValue)
    {
        Span<long> mergedSizes = stackalloc long[sizes.Length], mergedStrides = stackalloc long[sizes.Length];
        var rank = Merge(sizes, strides, mergedSizes, mergedStrides);
        if (rank >= 0)
            Launch(kernels, dtype, mergedSizes[..rank], mergedStrides[..rank], x, y, stream, most);
    }

    // Axes beyond the kernels' are walked here.
    private static void Launch(
        CudaKernels kernels, DType dtype, ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, DevicePointer x,
        DevicePointer y, IGpuStream stream, long most)
    {
        long count = 1;
        foreach (var axis in sizes)
            count *= axis;
        var size = dtype.Size();
        if (sizes.Length > Axes)
        {
            for (long i = 0; i < sizes[0]; i++)
                Launch(kernels, dtype, sizes[1..], strides[1..], x + i * strides[0] * size,
                    y + i * (count / sizes[0]) * size, stream, most);
            return;
        }
        Span<long> s = stackalloc long[Axes], t = stackalloc long[Axes];
        s.Fill(1);
        t.Clear();
        sizes.CopyTo(s[^sizes.Length..]);
        strides.CopyTo(t[^sizes.Length..]);
        kernels.LaunchMap(size == 8 ? Kernel64 : Kernel32, count, 1, stream, x, y, count, s[1], s[2], s[3], t[0], t[1],
            t[2], t[3], count <= most ? 1 : 0);
    }

    /// <summary>
    /// Drops axes of one element and joins neighbours that one stride walks; the rank that is left, -1 for no element.
    /// </summary>
    private static int Merge(ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, Span<long> mergedSizes,
        Span<long> mergedStrides)
    {
        var rank = 0;
        for (var axis = 0; axis < sizes.Length; axis++)
        {
            if (sizes[axis] == 0)
                return -1;
            if (sizes[axis] == 1)
                continue;
            if (rank > 0 && mergedStrides[rank - 1] == strides[axis] * sizes[axis])
                (mergedSizes[rank - 1], mergedStrides[rank - 1]) = (mergedSizes[rank - 1] * sizes[axis], strides[axis]);
            else
                (mergedSizes[rank], mergedStrides[rank++]) = (sizes[axis], strides[axis]);
        }
        return rank;
    }

    private static KernelSignature Of(string name) =>
        new(name, Pointer, Pointer, I64, I64, I64, I64, I64, I64, I64, I64, I32);
}
