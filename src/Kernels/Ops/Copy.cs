namespace ZfNet.Kernels;

public partial interface IBackend
{
    /// <summary>Writes one value to every element, of any element type.</summary>
    void Fill(double value, BufferView y);

    /// <summary>Copies elements of any type; sizes match, memory does not overlap.</summary>
    void Copy(BufferView x, BufferView y);

    /// <summary>
    /// Copies a strided view into a contiguous one: y[i] = x at <paramref name="offset"/> + index . strides, for every
    /// index below <paramref name="sizes"/> in row-major order. Any element type.
    /// </summary>
    /// <param name="sizes">Extent of each axis.</param>
    /// <param name="strides">Step of each axis in x, in elements; 0 repeats.</param>
    /// <param name="offset">First element within x.</param>
    /// <param name="x">The whole storage that the view looks into.</param>
    /// <param name="y">Contiguous output.</param>
    void CopyStrided(ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, long offset, BufferView x, BufferView y);
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
        else
            Buffer.MemoryCopy(x.Cpu<int>().Pointer, y.Cpu<int>().Pointer, bytes, bytes);
    }

    /// <inheritdoc/>
    public virtual void CopyStrided(ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, long offset, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float64)
            CopyStrided(sizes, strides, offset, x.Cpu<double>(), y.Cpu<double>());
        else if (x.DType == DType.Float32)
            CopyStrided(sizes, strides, offset, x.Cpu<float>(), y.Cpu<float>());
        else
            CopyStrided(sizes, strides, offset, x.Cpu<int>(), y.Cpu<int>());
    }

    private static void CopyStrided<T>(ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, long offset, NativeSpan<T> x, NativeSpan<T> y)
        where T : unmanaged
    {
        Span<long> index = stackalloc long[sizes.Length];
        index.Clear();
        for (long i = 0; i < y.Length; i++)
        {
            y[i] = x[offset];
            for (var axis = sizes.Length - 1; axis >= 0; axis--)
            {
                offset += strides[axis];
                if (++index[axis] < sizes[axis])
                    break;
                offset -= sizes[axis] * strides[axis];
                index[axis] = 0;
            }
        }
    }
}
