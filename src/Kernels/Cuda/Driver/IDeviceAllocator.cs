namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>Where <see cref="DeviceMemory"/> gets blocks from, in the order of the default stream.</summary>
internal interface IDeviceAllocator : IDisposable
{
    /// <summary>Bytes that it keeps for the next request.</summary>
    long Cached { get; }

    /// <summary>The entry point that takes memory, for sentences.</summary>
    string Call { get; }

    /// <summary>The size of the block that serves a request.</summary>
    long Round(long bytes);

    /// <summary>Takes a block of a rounded size. While a stream captures, the block must be ready on return.</summary>
    CudaStatus Take(long bytes, bool capturing, out ulong address);

    /// <summary>Gives a block back, after the work on the default stream.</summary>
    void Give(ulong address, long bytes, bool capturing);

    /// <summary>Gives what it keeps back to the system; the default stream has been waited for.</summary>
    void Trim();
}
