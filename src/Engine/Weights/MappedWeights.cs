using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ZfNet.Engine;

/// <summary>
/// The bytes of one tensor in a mapped file. Holds the mapping until disposed, even past the
/// <see cref="SafetensorsFile"/> it came from. Copy-on-write: the bytes may be changed in memory, never in the file.
/// </summary>
public sealed class MappedWeights : IDisposable
{
    private readonly SafeMemoryMappedViewHandle view;
    private readonly long offset;
    private readonly long fileBytes;
    private bool disposed;

    internal MappedWeights(SafeMemoryMappedViewHandle view, long offset, WeightEntry entry, long fileBytes)
    {
        bool held = false;
        view.DangerousAddRef(ref held);
        this.view = view;
        this.offset = offset;
        this.fileBytes = fileBytes;
        Entry = entry;
    }

    /// <summary>Which tensor.</summary>
    public WeightEntry Entry { get; }

    /// <summary>Number of bytes; may pass 2^31.</summary>
    public long ByteLength => Entry.ByteLength;

    /// <summary>Address of the first byte, valid until disposal; for wrapping as a buffer with this as its owner.</summary>
    /// <exception cref="ObjectDisposedException">The bytes were given back.</exception>
    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return (nint)(view.DangerousGetHandle() + offset);
        }
    }

    /// <summary>
    /// Whether <see cref="Address"/> is a multiple of the element's size. A file of other making may
    /// have an odd header length; its tensors must then be copied.
    /// </summary>
    public bool IsAligned => Address % Entry.DType.Bytes() == 0;

    /// <summary>
    /// Bytes that may be read after the last one without a fault: the tensors behind it, and the rest of the last page.
    /// </summary>
    internal long ReadableAfter
    {
        get
        {
            long page = Environment.SystemPageSize;
            long mapped = (fileBytes + page - 1) / page * page;
            return mapped - Entry.Offset - ByteLength;
        }
    }

    /// <summary>Copies bytes <paramref name="start"/> onwards to fill <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bytes leave the tensor.</exception>
    public void CopyTo(long start, Span<byte> destination)
    {
        if (start < 0 || start > ByteLength - destination.Length)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"Bytes {start} to {start + destination.Length} of tensor '{Entry.Name}', which has {ByteLength}.");
        unsafe
        {
            new ReadOnlySpan<byte>((byte*)Address + start, destination.Length).CopyTo(destination);
        }
    }

    /// <summary>The whole tensor as an array.</summary>
    /// <typeparam name="T">An element type of the same size as the entry's.</typeparam>
    /// <exception cref="ArgumentException">T has another size, or there are more elements than an array holds.</exception>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        int size = Marshal.SizeOf<T>();
        if (size != Entry.DType.Bytes() || Entry.ElementCount > Array.MaxLength)
            throw new ArgumentException($"Tensor {Entry} cannot be read as an array of {typeof(T).Name}.");
        var values = new T[Entry.ElementCount];
        int step = 1 << 28;
        for (int at = 0; at < values.Length; at += step)
        {
            Span<T> part = values.AsSpan(at, Math.Min(step, values.Length - at));
            CopyTo((long)at * size, MemoryMarshal.AsBytes(part));
        }

        return values;
    }

    /// <summary>Gives the bytes back; the file is unmapped with its last holder.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        view.DangerousRelease();
    }
}
