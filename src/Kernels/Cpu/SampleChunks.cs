namespace ZfNet.Kernels;

/// <summary>
/// A small batch [N, In] laid out chunk by chunk of the features, all samples of a chunk side by side: what a linear
/// layer reads again and again then lies in L1 without its rows evicting each other (rows a multiple of 4 KiB apart
/// share cache sets).
/// </summary>
internal unsafe struct SampleChunks : IParallelBody
{
    private int _n;
    private nint _in;
    private int _chunk;
    private float* _x;
    private float* _packed;

    /// <summary>Features in a chunk: all samples of one take at most half of L1.</summary>
    public static int ChunkFor(int n) => n <= 4 ? 1024 : n <= 8 ? 512 : 256;

    /// <summary>Floats that <see cref="Pack"/> writes; 0 for one sample, which is laid out so already.</summary>
    public static long Floats(LinearGeometry g) =>
        g.N == 1 ? 0 : ((long)g.In + ChunkFor(g.N) - 1) / ChunkFor(g.N) * ChunkFor(g.N) * g.N;

    /// <summary>Returns the laid-out samples: <paramref name="packed"/>, or x itself. Sample n of the chunk at feature i
    /// starts at i * N + n * chunk.</summary>
    public static float* Pack(WorkerPool pool, LinearGeometry g, float* x, float* packed)
    {
        if (g.N == 1)
            return x;
        var chunk = ChunkFor(g.N);
        pool.Run(((long)g.In + chunk - 1) / chunk, new SampleChunks { _n = g.N, _in = g.In, _chunk = chunk, _x = x, _packed = packed });
        return packed;
    }

    public readonly void Run(long index, int worker)
    {
        var first = (nint)index * _chunk;
        var count = (int)Math.Min(_chunk, _in - first);
        for (var n = 0; n < _n; n++)
            new ReadOnlySpan<float>(_x + n * _in + first, count).CopyTo(new Span<float>(_packed + first * _n + n * _chunk, count));
    }
}
