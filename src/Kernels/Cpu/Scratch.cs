namespace ZfNet.Kernels;

/// <summary>Native scratch memory for one call, from the caching pool; disposed at the end of the call.</summary>
internal unsafe ref struct Scratch : IDisposable
{
    /// <summary>
    /// The processor fetches ahead of a thread that walks over its room, up to some strides past the end: it would take the lines there
    /// from the thread that is writing them.
    /// </summary>
    private const int Gap = 16384;

    private readonly long _bytes;

    /// <summary>Rents room for <paramref name="count"/> floats with arbitrary content.</summary>
    public Scratch(long count)
    {
        _bytes = checked(count * sizeof(float));
        Floats = (float*)CpuMemoryPool.Instance.Rent(_bytes);
    }

    /// <summary>The first float, 64-byte aligned; <see cref="CpuMemoryPool.Slack"/> bytes may be read past the end.</summary>
    public float* Floats { get; private set; }

    /// <summary>From one worker's room of so many floats to the next one's: whole cache lines, and a gap.</summary>
    public static nint Apart(nint floats) => ((floats + 15) & ~15) + Gap;

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        CpuMemoryPool.Instance.Return(Floats, _bytes);
        Floats = null;
    }
}
