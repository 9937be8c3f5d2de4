namespace ZfNet.Kernels;

/// <summary>Native scratch memory for one call, from the caching pool; disposed at the end of the call.</summary>
internal unsafe ref struct Scratch : IDisposable
{
    private readonly long _bytes;

    /// <summary>Rents room for <paramref name="count"/> floats with arbitrary content.</summary>
    public Scratch(long count)
    {
        _bytes = checked(count * sizeof(float));
        Floats = (float*)CpuMemoryPool.Instance.Rent(_bytes);
    }

    /// <summary>The first float, 64-byte aligned; <see cref="CpuMemoryPool.Slack"/> bytes may be read past the end.</summary>
    public float* Floats { get; private set; }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        CpuMemoryPool.Instance.Return(Floats, _bytes);
        Floats = null;
    }
}
