namespace ZfNet.Kernels;

/// <summary>
/// The specification: plain loops over float and double, one thread, no cleverness. Every faster path is tested against
/// it. Sums run in the element type, in index order.
/// </summary>
public unsafe partial class ReferenceBackend : IBackend
{
    /// <inheritdoc/>
    public virtual string Name => "reference";

    /// <inheritdoc/>
    public virtual string Description => "plain loops on one thread";

    /// <inheritdoc/>
    public virtual DeviceBuffer Allocate(long byteLength) => CpuMemory.Allocate(byteLength);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<byte> source, BufferView destination)
    {
        source.CopyTo(Bytes(destination));
        destination.Buffer.Touch();
    }

    /// <inheritdoc/>
    public void Download(BufferView source, Span<byte> destination) => Bytes(source).CopyTo(destination);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what a subclass holds (threads, cached memory).</summary>
    /// <param name="disposing">Always true: nothing here has a finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    private static Span<byte> Bytes(BufferView view)
    {
        var size = view.DType.Size();
        return new Span<byte>((byte*)((CpuBuffer)view.Buffer).Pointer + view.Offset * size, checked((int)(view.Length * size)));
    }
}
