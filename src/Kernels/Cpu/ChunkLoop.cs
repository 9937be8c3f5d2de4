namespace ZfNet.Kernels;

/// <summary>An element-wise kernel over one run of elements.</summary>
internal interface IChunkKernel
{
    /// <summary>Handles elements <paramref name="start"/> up to start + <paramref name="count"/>.</summary>
    void Run(long start, long count);
}

/// <summary>Cuts an element-wise loop into chunks that fit the caches and shares them out.</summary>
internal struct ChunkLoop<TKernel> : IParallelBody
    where TKernel : unmanaged, IChunkKernel
{
    /// <summary>Elements a task handles; a multiple of every vector width and of a Philox block.</summary>
    private const long Chunk = 1 << 15;

    private TKernel _kernel;
    private long _count;

    /// <summary>Runs the kernel over <paramref name="count"/> elements.</summary>
    public static void Run(WorkerPool pool, long count, in TKernel kernel) =>
        pool.Run((count + Chunk - 1) / Chunk, new ChunkLoop<TKernel> { _kernel = kernel, _count = count });

    public readonly void Run(long index, int worker)
    {
        var start = index * Chunk;
        _kernel.Run(start, Math.Min(Chunk, _count - start));
    }
}
