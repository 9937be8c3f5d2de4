namespace ZfNet.Kernels;

/// <summary>
/// What the engine needs of a place where tensors live: memory, and every op's kernels (each op adds its own in
/// <c>Ops/&lt;Op&gt;.cs</c>, so that a backend without it does not compile). Arguments have been checked by the engine;
/// views are contiguous, NCHW, and of one floating-point type unless an op says otherwise. Outputs are overwritten
/// unless an op says that it accumulates, and never overlap inputs unless an op says that they may.
/// </summary>
public partial interface IBackend : IDisposable
{
    /// <summary>Short name for messages: "reference", "cpu".</summary>
    string Name { get; }

    /// <summary>What it computes with, in a few words for people.</summary>
    string Description { get; }

    /// <summary>Takes memory; its contents are undefined.</summary>
    /// <param name="byteLength">Bytes; 0 is allowed.</param>
    /// <exception cref="InsufficientMemoryException">There is not that much; the message says how much was asked for.</exception>
    DeviceBuffer Allocate(long byteLength);

    /// <summary>Copies host memory into <paramref name="destination"/>; sizes in bytes must match.</summary>
    void Upload(ReadOnlySpan<byte> source, BufferView destination);

    /// <summary>Copies <paramref name="source"/> to host memory; sizes in bytes must match.</summary>
    void Download(BufferView source, Span<byte> destination);
}
