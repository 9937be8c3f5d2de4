using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>
/// An n-dimensional array on a device: NCHW for pictures. Several tensors may look into the same memory (views);
/// the memory is freed when the last one is disposed, by hand, by a <see cref="TensorScope"/>, or at worst by the
/// garbage collector.
/// </summary>
public sealed partial class Tensor : IDisposable
{
    private readonly Storage storage;
    private readonly long[] strides;
    private readonly long offset;
    private bool disposed;

    private Tensor(Storage storage, DType dtype, Shape shape, long[] strides, long offset, bool scoped = true)
    {
        this.storage = storage;
        this.strides = strides;
        this.offset = offset;
        DType = dtype;
        Shape = shape;
        if (scoped)
            Scope = TensorScope.Enter(this);
    }

    /// <summary>Sizes of the axes.</summary>
    public Shape Shape { get; }

    /// <summary>Step between neighbours along each axis, in elements.</summary>
    public ReadOnlySpan<long> Strides => strides;

    /// <summary>Element type.</summary>
    public DType DType { get; }

    /// <summary>Where it lives.</summary>
    public Device Device => storage.Device;

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous
    {
        get
        {
            if (Count == 0)
                return true;
            long step = 1;
            for (var axis = Shape.Rank - 1; axis >= 0; axis--)
            {
                if (Shape[axis] == 1)
                    continue;
                if (strides[axis] != step)
                    return false;
                step *= Shape[axis];
            }
            return true;
        }
    }

    /// <summary>Whether the tensor was disposed.</summary>
    public bool IsDisposed => disposed;

    /// <summary>The contiguous elements, for a kernel.</summary>
    internal BufferView View
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (!IsContiguous)
                throw new InvalidOperationException("A strided view reached a kernel; Contiguous() comes first.");
            return new BufferView(storage.Buffer, DType, offset, Count);
        }
    }

    /// <summary>The elements however they lie.</summary>
    private StridedView StridedView
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return new(new BufferView(storage.Buffer, DType, 0, storage.Buffer.ByteLength / DType.Size()), offset, strides);
        }
    }

    internal IBackend Backend => storage.Device.Backend;

    internal long Version => storage.Buffer.Version;

    /// <summary>Whether another tensor looks into the same memory.</summary>
    internal bool IsShared => storage.IsShared;

    internal TensorScope? Scope { get; set; }

    /// <summary>Lets go of the memory; also of the gradient, if there is one.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        Scope?.Leave(this);
        DisposeGradient();
        storage.Release();
    }

    /// <summary>"float32 [1, 3, 224, 224] on cpu".</summary>
    public override string ToString() => $"{DType.ToString().ToLowerInvariant()} {Shape} on {Device}";

    /// <summary>Another handle on the same memory, without history, outside every scope: whoever asks disposes it.</summary>
    internal Tensor Lease() => new(storage.Retain(), DType, Shape, strides, offset, scoped: false);

    /// <summary>Takes the tensor out of its scope: whoever asks disposes it.</summary>
    internal Tensor Unscoped()
    {
        Scope?.Leave(this);
        Scope = null;
        return this;
    }

    internal void Touch() => storage.Buffer.Touch();
}
