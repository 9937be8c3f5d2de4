namespace ZfNet.Kernels;

/// <summary>
/// A matrix's column panels cut into the blocks that tasks take one by one: as large as L2 allows at first, since each walks
/// over all of A, and smaller towards the end, so that a thread on a slow core is not waited for (guided self-scheduling).
/// </summary>
internal readonly struct ColumnBlocks
{
    private readonly nint panels;
    private readonly int smallest;
    private readonly nint share;
    private readonly nint large;

    /// <param name="panels">Panels in all.</param>
    /// <param name="atOnce">Panels that a block may hold.</param>
    /// <param name="threads">Threads that share the work.</param>
    /// <param name="smallest">Fewer panels at once do not pay; two, since short runs of memory are slow to pack.</param>
    public ColumnBlocks(nint panels, nint atOnce, int threads, int smallest = 2)
    {
        this.panels = panels;
        this.smallest = smallest;
        share = 2 * threads;
        Largest = Math.Min(atOnce, Math.Max(smallest, panels / share));
        large = Math.Max(0, panels / Largest - share);
        Count = large;
        for (var start = large * Largest; start < panels; start += Size(start))
            Count++;
    }

    /// <summary>Blocks.</summary>
    public nint Count { get; }

    /// <summary>Panels of the largest block.</summary>
    public nint Largest { get; }

    /// <summary>The panels of a block: the first, and the one after the last.</summary>
    public (nint First, nint End) Panels(nint block)
    {
        var start = Math.Min(block, large) * Largest;
        for (var i = large; i < block; i++)
            start += Size(start);
        return (start, Math.Min(panels, start + Size(start)));
    }

    private nint Size(nint start) => Math.Min(Largest, Math.Max(smallest, (panels - start) / share));
}
