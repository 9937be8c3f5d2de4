namespace ZfNet.Kernels;

/// <summary>Elements of a storage at regular steps: number (i, j, ..) lies at Offset + i * Strides[0] + j * Strides[1] + ...</summary>
/// <param name="storage">The whole storage.</param>
/// <param name="offset">First element within it.</param>
/// <param name="strides">Step of each axis, in elements; 0 repeats.</param>
public readonly ref struct StridedView(BufferView storage, long offset, ReadOnlySpan<long> strides)
{
    /// <summary>The whole storage.</summary>
    public BufferView Storage { get; } = storage;

    /// <summary>First element within it.</summary>
    public long Offset { get; } = offset;

    /// <summary>Step of each axis, in elements.</summary>
    public ReadOnlySpan<long> Strides { get; } = strides;
}

public partial interface IBackend
{
    /// <summary>Writes one value to every element, of any element type.</summary>
    void Fill(double value, BufferView y);

    /// <summary>Copies elements of any type; sizes match, memory does not overlap.</summary>
    void Copy(BufferView x, BufferView y);

    /// <summary>
    /// y = x, element by element, for every index below <paramref name="sizes"/>. Of one element type, whichever; the views do
    /// not overlap, and no element of y is written twice.
    /// </summary>
    /// <param name="sizes">Extent of each axis.</param>
    /// <param name="x">What is copied.</param>
    /// <param name="y">Where to.</param>
    void CopyStrided(ReadOnlySpan<long> sizes, in StridedView x, in StridedView y);
}

public unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void Fill(double value, BufferView y)
    {
        switch (y.DType)
        {
            case DType.Float64: y.Cpu<double>().Fill(value); break;
            case DType.Float32: y.Cpu<float>().Fill((float)value); break;
            case DType.BFloat16: y.Cpu<BFloat16>().Fill(BFloat16.Round((float)value)); break;
            default: y.Cpu<int>().Fill((int)value); break;
        }
    }

    /// <inheritdoc/>
    public virtual void Copy(BufferView x, BufferView y)
    {
        var bytes = x.Length * x.DType.Size();
        if (x.DType == DType.Float64)
            Buffer.MemoryCopy(x.Cpu<double>().Pointer, y.Cpu<double>().Pointer, bytes, bytes);
        else if (x.DType == DType.Float32)
            Buffer.MemoryCopy(x.Cpu<float>().Pointer, y.Cpu<float>().Pointer, bytes, bytes);
        else if (x.DType == DType.BFloat16)
            Buffer.MemoryCopy(x.Cpu<BFloat16>().Pointer, y.Cpu<BFloat16>().Pointer, bytes, bytes);
        else
            Buffer.MemoryCopy(x.Cpu<int>().Pointer, y.Cpu<int>().Pointer, bytes, bytes);
    }

    /// <inheritdoc/>
    public virtual void CopyStrided(ReadOnlySpan<long> sizes, in StridedView x, in StridedView y)
    {
        if (x.Storage.DType == DType.Float64)
            CopyStrided<double>(sizes, x, y);
        else if (x.Storage.DType == DType.Float32)
            CopyStrided<float>(sizes, x, y);
        else if (x.Storage.DType == DType.BFloat16)
            CopyStrided<BFloat16>(sizes, x, y);
        else
            CopyStrided<int>(sizes, x, y);
    }

    private static void CopyStrided<T>(ReadOnlySpan<long> sizes, in StridedView x, in StridedView y)
        where T : unmanaged
    {
        NativeSpan<T> from = x.Storage.Cpu<T>(), to = y.Storage.Cpu<T>();
        Span<long> index = stackalloc long[sizes.Length];
        index.Clear();
        long count = 1, source = x.Offset, target = y.Offset;
        foreach (var size in sizes)
            count *= size;
        for (long i = 0; i < count; i++)
        {
            to[target] = from[source];
            for (var axis = sizes.Length - 1; axis >= 0; axis--)
            {
                source += x.Strides[axis];
                target += y.Strides[axis];
                if (++index[axis] < sizes[axis])
                    break;
                source -= sizes[axis] * x.Strides[axis];
                target -= sizes[axis] * y.Strides[axis];
                index[axis] = 0;
            }
        }
    }
}
