using System.Runtime.InteropServices;
using ZfNet.Kernels;

namespace ZfNet.Engine;

public sealed partial class Tensor
{
    // A span of bytes ends at 2^31, so host copies go in pieces: 1 GiB at 8 bytes an element.
    private const int HostChunk = 1 << 27;

    /// <summary>The elements in row-major order; at most 2^31 - 1 of them.</summary>
    /// <exception cref="ShapeException">T is not the element type.</exception>
    public T[] ToArray<T>()
        where T : unmanaged
    {
        var elements = new T[Count];
        CopyTo(elements.AsSpan());
        return elements;
    }

    /// <summary>Copies the elements, in row-major order, to host memory of the same length.</summary>
    /// <exception cref="ShapeException">T is not the element type, or the length is not <see cref="Count"/>.</exception>
    public void CopyTo<T>(Span<T> destination)
        where T : unmanaged
    {
        CheckHost<T>("copy_to", destination.Length);
        Recording.Refuse(
            "the host reads a tensor inside its function, which has computed nothing yet when it is recorded; return the "
            + "tensor and read it after the run");
        using var source = ContiguousLease();
        for (long at = 0; at < destination.Length; at += HostChunk)
        {
            var part = destination.Slice((int)at, (int)Math.Min(HostChunk, destination.Length - at));
            Backend.Download(source.Part(at, part.Length), MemoryMarshal.AsBytes(part));
        }
    }

    /// <summary>Overwrites the elements, in row-major order, from host memory of the same length.</summary>
    /// <exception cref="ShapeException">T is not the element type, or the length is not <see cref="Count"/>.</exception>
    public void CopyFrom<T>(ReadOnlySpan<T> source)
        where T : unmanaged
    {
        CheckHost<T>("copy_from", source.Length);
        Upload(source);
        Touch();
    }

    /// <summary>
    /// Overwrites the elements, be this a whole tensor or a view, with another tensor's of the same shape, element type and
    /// device.
    /// </summary>
    /// <exception cref="ShapeException">They do not fit, or this view repeats an element.</exception>
    public void CopyFrom(Tensor source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Check.Same("copy_from", "source", source, this);
        for (var axis = 0; axis < Shape.Rank; axis++)
            Check.That(strides[axis] != 0 || Shape[axis] <= 1, "copy_from", "target", "a view without repeated elements", $"repeated along axis {axis}");
        if (source.storage == storage)
        {
            // A view of the same memory may overlap what it is copied to.
            using var apart = source.ContiguousLease();
            CopyElements(apart);
        }
        else
        {
            CopyElements(source);
        }
        Touch();
    }

    private void CopyElements(Tensor from)
    {
        if (from.IsContiguous && IsContiguous)
            Backend.Copy(from.View, View);
        else
            Backend.CopyStrided(Shape.Sizes, from.StridedView, StridedView);
    }

    /// <summary>Writes one value everywhere.</summary>
    public void Fill(double value)
    {
        Backend.Fill(value, View);
        Touch();
    }

    /// <summary>The only element, as a double.</summary>
    /// <exception cref="ShapeException">There is not exactly one.</exception>
    public double Item()
    {
        if (Count != 1)
            throw new ShapeException("item", "tensor", "one element", $"shape {Shape}");
        return DType switch
        {
            DType.Float64 => ToArray<double>()[0],
            DType.Float32 => ToArray<float>()[0],
            DType.BFloat16 => ToArray<BFloat16>()[0].ToSingle(),
            _ => ToArray<int>()[0],
        };
    }

    private void Upload<T>(ReadOnlySpan<T> source)
        where T : unmanaged
    {
        _ = View;
        Recording.Refuse(
            "the host writes a tensor inside its function, and every run would get the first one's values; make it outside "
            + "and give it as an input");
        for (long at = 0; at < source.Length; at += HostChunk)
        {
            var part = source.Slice((int)at, (int)Math.Min(HostChunk, source.Length - at));
            Backend.Upload(MemoryMarshal.AsBytes(part), Part(at, part.Length));
        }
    }

    /// <summary>One element, for a kernel.</summary>
    internal BufferView Element(long index) => new(storage.Buffer, DType, offset + index, 1);

    private BufferView Part(long start, long length) => new(storage.Buffer, DType, offset + start, length);

    private void CheckHost<T>(string op, long length)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (DTypes.Of<T>() != DType)
            throw new ShapeException(op, "host memory", $"elements of {DType}", $"of {DTypes.Of<T>()}");
        if (length != Count)
            throw new ShapeException(op, "host memory", $"{Count} elements for shape {Shape}", $"{length} elements");
    }
}
