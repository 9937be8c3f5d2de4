using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>A source whose pictures are decoded and resized to a network's input. With a byte limit, decoded frames
/// (<see cref="Preprocessing.FrameSize"/>, three bytes a pixel) are kept as they are first asked for, until the limit is reached; the rest are decoded every
/// time. What is returned never depends on the cache.</summary>
public sealed class PreparedPictures : IPictureSource
{
    private readonly IPictureSource source;
    private readonly Picture?[] cache;
    private readonly long capacity;
    private long kept;

    /// <summary>Wraps a source.</summary>
    /// <param name="source">Pictures of any size.</param>
    /// <param name="preprocessing">Gives their size.</param>
    /// <param name="cacheBytes">What may be kept in memory; 0 keeps nothing.</param>
    public PreparedPictures(IPictureSource source, Preprocessing preprocessing, long cacheBytes = 512L << 20)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cacheBytes);
        preprocessing.Validate();
        (this.source, Preprocessing) = (source, preprocessing);
        capacity = cacheBytes / (3L * preprocessing.FrameSize.Height * preprocessing.FrameSize.Width);
        cache = capacity > 0 ? new Picture?[source.Count] : [];
    }

    /// <summary>How pictures become the network's input.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>Pictures held in memory.</summary>
    public long Kept => Math.Min(Interlocked.Read(ref this.kept), capacity);

    /// <inheritdoc/>
    public int Count => this.source.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => this.source.Classes;

    /// <summary>A picture of H x W: the frame's centre.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public Picture Get(int index) => Frame(index).CentreCrop(Preprocessing.Height, Preprocessing.Width);

    /// <summary>What crops are taken from.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public Picture Frame(int index)
    {
        if (cache.Length == 0) return Decode(index);
        if (Volatile.Read(ref cache[index]) is { } kept) return kept;
        Picture picture = Decode(index);
        if (Interlocked.Increment(ref this.kept) <= capacity)
        {
            // Two threads may have prepared it: one place is enough.
            if (Interlocked.CompareExchange(ref cache[index], picture, null) is not null) Interlocked.Decrement(ref this.kept);
        }
        else
        {
            Interlocked.Decrement(ref this.kept);
        }
        return picture;
    }

    /// <inheritdoc/>
    public int Label(int index) => this.source.Label(index);

    /// <inheritdoc/>
    public string Name(int index) => this.source.Name(index);

    Picture Decode(int index) => Preprocessing.Frame(this.source.Get(index));
}
