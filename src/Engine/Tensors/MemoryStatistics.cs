namespace ZfNet.Engine;

/// <summary>Bytes of a device's memory.</summary>
/// <param name="InUse">
/// Handed out and not yet given back: 0 once every tensor is disposed, and on the CPU every <see cref="DeviceGraph"/>, whose memory counts here.
/// </param>
/// <param name="PeakInUse">The largest <paramref name="InUse"/> so far.</param>
/// <param name="Kept">Given back and kept: for the next tensor, or on a GPU for a <see cref="DeviceGraph"/>.</param>
public readonly record struct MemoryStatistics(long InUse, long PeakInUse, long Kept);
