using System.Runtime.InteropServices;

namespace ZfNet.Kernels;

/// <summary>A contiguous run of elements in a buffer: the argument of every kernel.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BufferView
{
    /// <summary>Names a run of elements.</summary>
    /// <param name="buffer">The memory.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="offset">First element, counted in elements from the buffer's start.</param>
    /// <param name="length">Number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The run leaves the buffer.</exception>
    public BufferView(DeviceBuffer buffer, DType dtype, long offset, long length)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (checked((offset + length) * dtype.Size()) > buffer.ByteLength)
            throw new ArgumentOutOfRangeException(nameof(length), $"Elements {offset} to {offset + length} of {dtype} leave a buffer of {buffer.ByteLength} bytes.");
        Buffer = buffer;
        DType = dtype;
        Offset = offset;
        Length = length;
    }

    /// <summary>The memory.</summary>
    public DeviceBuffer Buffer { get; }

    /// <summary>Element type.</summary>
    public DType DType { get; }

    /// <summary>First element, in elements from the buffer's start.</summary>
    public long Offset { get; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>The elements as the CPU sees them.</summary>
    /// <exception cref="InvalidOperationException">The memory is not the CPU's, or holds another element type.</exception>
    public unsafe NativeSpan<T> Cpu<T>()
        where T : unmanaged
    {
        if (DTypes.Of<T>() != DType)
            throw new InvalidOperationException($"A view of {DType} was read as {DTypes.Of<T>()}.");
        if (Buffer is not CpuBuffer cpu)
            throw new InvalidOperationException($"A {Buffer.GetType().Name} cannot be addressed by the CPU.");
        return new NativeSpan<T>((T*)cpu.Pointer + Offset, Length);
    }
}
