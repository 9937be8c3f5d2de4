using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>A source whose pictures are decoded and resized to a network's input. With a byte limit, decoded frames
/// (<see cref="Preprocessing.FrameSize"/>, three bytes a pixel) are kept as they are first asked for, until the limit
/// is reached; the rest are decoded every time. What is returned never depends on what is kept.</summary>
public sealed class PreparedPictures : IPictureSource
{
    private readonly IPictureSource source;
    private readonly Func<int, Picture> frames;
    private readonly KeptPictures? kept;

    /// <summary>Wraps a source.</summary>
    /// <param name="source">Pictures of any size.</param>
    /// <param name="preprocessing">Gives their size.</param>
    /// <param name="cacheBytes">What may be kept in memory; 0 keeps nothing.</param>
    public PreparedPictures(IPictureSource source, Preprocessing preprocessing, long cacheBytes = 512L << 20)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(cacheBytes);
        preprocessing.Validate();
        (this.source, Preprocessing) = (source, preprocessing);
        (int height, int width) = preprocessing.FrameSize;
        kept = new(source.Count, cacheBytes / (3L * height * width), Decode);
        frames = kept.Get;
    }

    /// <summary>Takes the frames from a cache on disk, which stays the caller's.</summary>
    /// <param name="source">The pictures that the cache is of.</param>
    /// <param name="preprocessing">What it was opened with.</param>
    /// <param name="cache">Open for as long as this is used.</param>
    /// <exception cref="ArgumentException">The cache has another number of frames, or of another size.</exception>
    public PreparedPictures(IPictureSource source, Preprocessing preprocessing, FrameCache cache)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(cache);
        preprocessing.Validate();
        if ((cache.Count, cache.FrameSize) != (source.Count, preprocessing.FrameSize))
            throw new ArgumentException($"The cache '{cache.Path}' is not of these pictures.", nameof(cache));
        (this.source, Preprocessing, frames) = (source, preprocessing, cache.Frame);
    }

    private PreparedPictures(PreparedPictures other, Preprocessing preprocessing) =>
        (source, frames, kept, Preprocessing) = (other.source, other.frames, other.kept, preprocessing);

    /// <summary>How pictures become the network's input.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>Pictures held in memory.</summary>
    public long Kept => kept?.Count ?? 0;

    /// <inheritdoc/>
    public int Count => this.source.Count;

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes => this.source.Classes;

    /// <summary>The same frames, and what is kept of them, under other arithmetic: mean, deviation, range and
    /// order.</summary>
    /// <param name="preprocessing">With the same size and resizing.</param>
    /// <exception cref="ArgumentException">It would give other frames.</exception>
    public PreparedPictures With(Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        preprocessing.Validate();
        return preprocessing.FrameKey == Preprocessing.FrameKey
            ? new(this, preprocessing)
            : throw new ArgumentException(
                $"Frames of {Preprocessing.FrameKey} cannot serve as frames of {preprocessing.FrameKey}.");
    }

    /// <summary>A picture of H x W: the frame's centre.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public Picture Get(int index) => Frame(index).CentreCrop(Preprocessing.Height, Preprocessing.Width);

    /// <summary>What crops are taken from.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public Picture Frame(int index) => frames(index);

    /// <inheritdoc/>
    public int Label(int index) => this.source.Label(index);

    /// <inheritdoc/>
    public string Name(int index) => this.source.Name(index);

    /// <inheritdoc/>
    public string Stamp(int index) => this.source.Stamp(index);

    private Picture Decode(int index) => Preprocessing.Frame(this.source.Get(index));

    /// <summary>The first so many pictures that are asked for.</summary>
    private sealed class KeptPictures(int count, long capacity, Func<int, Picture> make)
    {
        private readonly Picture?[] pictures = capacity > 0 ? new Picture?[count] : [];
        private long kept;

        public long Count => Math.Min(Interlocked.Read(ref kept), capacity);

        public Picture Get(int index)
        {
            if (pictures.Length == 0) return make(index);
            if (Volatile.Read(ref pictures[index]) is { } known) return known;
            Picture picture = make(index);
            // Two threads may have made it: one place is enough.
            if (Interlocked.Increment(ref kept) > capacity
                || Interlocked.CompareExchange(ref pictures[index], picture, null) is not null)
                Interlocked.Decrement(ref kept);
            return picture;
        }
    }
}
