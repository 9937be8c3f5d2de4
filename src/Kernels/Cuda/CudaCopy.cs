using static ZfNet.Kernels.Cuda.KernelParameter;

namespace ZfNet.Kernels.Cuda;

/// <summary>Launches of <c>kernels/copy.cuh</c>.</summary>
internal static class CudaCopy
{
    private const int Axes = 4; // of the kernels

    /// <summary>Bytes of a pack.</summary>
    private const int Pack = 16;

    private static readonly KernelSignature Kernel32 = Of("copy_strided_b32"), Kernel64 = Of("copy_strided_b64"),
        Kernel128 = Of("copy_strided_b128");

    public static IEnumerable<KernelSignature> Signatures => [Kernel32, Kernel64, Kernel128];

    /// <summary>
    /// y = x, both strided. The pointers are the views' first elements. At most <paramref name="most"/> elements are
    /// counted in 32 bits; tests ask for fewer.
    /// </summary>
    public static void CopyStrided(
        this CudaKernels kernels, DType dtype, ReadOnlySpan<long> sizes, DevicePointer x, ReadOnlySpan<long> xStrides,
        DevicePointer y, ReadOnlySpan<long> yStrides, IGpuStream stream, long most = uint.MaxValue)
    {
        Span<long> merged = stackalloc long[sizes.Length], from = stackalloc long[sizes.Length],
            to = stackalloc long[sizes.Length];
        sizes.CopyTo(merged);
        xStrides.CopyTo(from);
        yStrides.CopyTo(to);
        var rank = StridedAxes.Merge(merged, from, to);
        if (rank >= 0)
            Launch(kernels, dtype, merged[..rank], x, from[..rank], y, to[..rank], stream, most);
    }

    // Axes beyond the kernels' are walked here.
    private static void Launch(
        CudaKernels kernels, DType dtype, ReadOnlySpan<long> sizes, DevicePointer x, ReadOnlySpan<long> xStrides,
        DevicePointer y, ReadOnlySpan<long> yStrides, IGpuStream stream, long most)
    {
        var size = dtype.Size();
        if (sizes.Length > Axes)
        {
            for (long i = 0; i < sizes[0]; i++)
                Launch(kernels, dtype, sizes[1..], x + i * xStrides[0] * size, xStrides[1..],
                    y + i * yStrides[0] * size, yStrides[1..], stream, most);
            return;
        }
        long count = 1;
        foreach (var axis in sizes)
            count *= axis;
        Span<long> s = stackalloc long[Axes], from = stackalloc long[Axes], to = stackalloc long[Axes];
        s.Fill(1);
        from.Clear();
        to.Clear();
        sizes.CopyTo(s[^sizes.Length..]);
        xStrides.CopyTo(from[^sizes.Length..]);
        yStrides.CopyTo(to[^sizes.Length..]);
        if (size is not (4 or 8))
            throw new ArgumentOutOfRangeException(nameof(dtype), $"There is no kernel that copies {dtype}.");
        if (IsOfPacks(Pack / size, s[^1], from, to) && (x.Address | y.Address) % Pack == 0)
        {
            count /= Pack / size;
            s[^1] /= Pack / size;
            for (var axis = 0; axis < Axes - 1; axis++)
            {
                from[axis] /= Pack / size;
                to[axis] /= Pack / size;
            }
            size = Pack;
        }
        var kernel = size switch
        {
            Pack => Kernel128,
            8 => Kernel64,
            _ => Kernel32,
        };
        kernels.LaunchMap(kernel, count, 1, stream, x, y, count, s[1], s[2], s[3], from[0],
            from[1], from[2], from[3], to[0], to[1], to[2], to[3], count <= most ? 1 : 0);
    }

    // Whether rows are whole packs that lie side by side in both, and begin a multiple of packs apart.
    private static bool IsOfPacks(int elements, long row, ReadOnlySpan<long> from, ReadOnlySpan<long> to)
    {
        if (row % elements != 0 || from[^1] != 1 || to[^1] != 1)
            return false;
        for (var axis = 0; axis < Axes - 1; axis++)
        {
            if (from[axis] % elements != 0 || to[axis] % elements != 0)
                return false;
        }
        return true;
    }

    private static KernelSignature Of(string name) =>
        new(name, Pointer, Pointer, I64, I64, I64, I64, I64, I64, I64, I64, I64, I64, I64, I64, I32);
}
