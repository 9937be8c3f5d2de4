namespace ZfNet.Kernels;

/// <summary>A block of memory that a backend owns. Untyped; sizes are 64-bit byte counts.</summary>
public abstract class DeviceBuffer : IDisposable
{
    /// <summary>Takes note of the block's size.</summary>
    protected DeviceBuffer(long byteLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteLength);
        ByteLength = byteLength;
    }

    /// <summary>Size in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>
    /// Counts in-place changes after the first use, so that whoever keeps something derived from the contents (packed
    /// weights, a saved tensor) can tell that it is stale.
    /// </summary>
    public long Version { get; private set; }

    /// <summary>Says that the contents were changed in place.</summary>
    public void Touch() => Version++;

    /// <summary>Whether the block was given back.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Gives the block back to its backend. Further use is an error; a second call does nothing.</summary>
    public void Dispose()
    {
        if (IsDisposed)
            return;
        IsDisposed = true;
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Returns the memory; called once.</summary>
    protected abstract void Free();
}
