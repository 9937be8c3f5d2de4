namespace ZfNet.Kernels;

/// <summary>Memory that the CPU addresses directly.</summary>
public unsafe class CpuBuffer : DeviceBuffer
{
    private readonly void* pointer;
    private readonly IDisposable? owner;

    /// <summary>Wraps memory that <paramref name="owner"/> keeps alive (a mapped file, say); disposed with the buffer.</summary>
    /// <param name="pointer">First byte; aligned to the element type.</param>
    /// <param name="byteLength">Bytes that may be read.</param>
    /// <param name="owner">Disposed when the buffer is.</param>
    public CpuBuffer(nint pointer, long byteLength, IDisposable? owner)
        : base(byteLength)
    {
        this.pointer = (void*)pointer;
        this.owner = owner;
    }

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was given back.</exception>
    public void* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return pointer;
        }
    }

    /// <inheritdoc/>
    protected override void Free() => owner?.Dispose();
}
