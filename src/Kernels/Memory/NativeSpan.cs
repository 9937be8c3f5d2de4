using System.Runtime.CompilerServices;

namespace ZfNet.Kernels;

/// <summary>A span over native memory with 64-bit length; every access is checked.</summary>
/// <typeparam name="T">Element type.</typeparam>
public readonly unsafe struct NativeSpan<T>
    where T : unmanaged
{
    /// <summary>Covers <paramref name="length"/> elements from <paramref name="pointer"/>.</summary>
    public NativeSpan(T* pointer, long length)
    {
        Pointer = pointer;
        Length = length;
    }

    /// <summary>First element.</summary>
    public T* Pointer { get; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>The element at <paramref name="index"/>.</summary>
    public ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((ulong)index >= (ulong)Length)
                ThrowOutOfRange(index, Length);
            return ref Pointer[index];
        }
    }

    /// <summary>Elements <paramref name="start"/> up to <paramref name="start"/> + <paramref name="length"/>.</summary>
    public NativeSpan<T> Slice(long start, long length)
    {
        if (start < 0 || length < 0 || start > Length - length)
            ThrowOutOfRange(start + length, Length);
        return new NativeSpan<T>(Pointer + start, length);
    }

    /// <summary>Writes <paramref name="value"/> everywhere.</summary>
    public void Fill(T value)
    {
        for (long at = 0; at < Length; at += int.MaxValue)
            new Span<T>(Pointer + at, (int)Math.Min(int.MaxValue, Length - at)).Fill(value);
    }

    private static void ThrowOutOfRange(long index, long length) =>
        throw new ArgumentOutOfRangeException(nameof(index), $"Element {index} of a native span of {length}.");
}
