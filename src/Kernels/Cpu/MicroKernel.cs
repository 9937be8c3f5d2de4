namespace ZfNet.Kernels;

/// <summary>What a micro-kernel does with its tile besides the product.</summary>
[Flags]
internal enum TileMode
{
    /// <summary>C = A B.</summary>
    None = 0,

    /// <summary>C += A B.</summary>
    Accumulate = 1,

    /// <summary>Adds one value a row, from the row-bias pointer.</summary>
    RowBias = 2,

    /// <summary>Adds one value a column, from the column-bias pointer.</summary>
    ColumnBias = 4,

    /// <summary>Rectifies the finished tile: max(C, 0), NaN kept.</summary>
    Relu = 8,
}

/// <summary>One tile product: packed panels in, a tile of row-major C out.</summary>
internal unsafe struct TileArgs
{
    /// <summary>Packed panel of A: for every k, Rows values.</summary>
    public float* A;

    /// <summary>Packed panel of B: for every k, Columns values; 64-byte aligned.</summary>
    public float* B;

    /// <summary>The tile's first element.</summary>
    public float* C;

    /// <summary>Floats between rows of C.</summary>
    public nint Ldc;

    /// <summary>Length of the sum.</summary>
    public nint K;

    /// <summary>Rows values, read with <see cref="TileMode.RowBias"/>.</summary>
    public float* RowBias;

    /// <summary>Columns values, read with <see cref="TileMode.ColumnBias"/>.</summary>
    public float* ColumnBias;

    /// <summary>What else to do.</summary>
    public TileMode Mode;

    /// <summary>
    /// The first of K / <see cref="MicroKernel.FetchStep"/> addresses, <see cref="FetchStride"/> floats apart, whose lines
    /// <see cref="MicroKernel.RunFetching"/> brings into L2 on its way. Any address will do: a fetch never faults.
    /// </summary>
    public float* Fetch;

    /// <summary>Floats from one such address to the next.</summary>
    public nint FetchStride;

    /// <summary>
    /// Where a panel of A not yet packed lies in rows, <see cref="SourceAStride"/> floats apart, or null:
    /// <see cref="MicroKernel.RunPacking"/> reads it there and writes it to <see cref="A"/>.
    /// </summary>
    public float* SourceA;

    /// <summary>Floats between those rows.</summary>
    public nint SourceAStride;

    /// <summary>The same for B: K rows of Columns values, <see cref="SourceBStride"/> floats apart, or null.</summary>
    public float* SourceB;

    /// <summary>Floats between those rows.</summary>
    public nint SourceBStride;

    /// <summary>Columns to compute, a multiple of <see cref="MicroKernel.ColumnStep"/>; the panel of B keeps its width.</summary>
    public int Columns;
}

/// <summary>
/// The register-blocked heart of every matrix product here, with the cache blocking that suits it.
/// </summary>
/// <remarks>
/// A tile of Rows x Columns accumulators stays in registers over the whole sum. Each element of C is one chain of
/// fused multiply-adds in ascending k, then added to what C held: the same on full and on edge tiles, wherever the
/// tile lies, so results do not depend on how work is split.
/// Blocking (after Goto and van de Geijn): an A block of RowBlock x KBlock and the B panels of a task live in
/// L2, and a B panel of KBlock x Columns passes through L1. A longer slice means fewer passes over C.
/// </remarks>
internal readonly unsafe struct MicroKernel
{
    /// <summary>Largest tile of all instruction sets, in floats: room for an edge tile on the stack.</summary>
    public const int MaxTile = 512;

    private MicroKernel(
        CpuIsa isa, int rows, int columns, int columnStep, int kBlock, int rowBlock, int floatsInL2,
        int fetchStep, delegate*<in TileArgs, void> run, delegate*<in TileArgs, void> runFetching,
        delegate*<in TileArgs, void> runPacking, delegate*<in TileArgs, nint, void> runThin)
    {
        Isa = isa;
        Rows = rows;
        Columns = columns;
        ColumnStep = columnStep;
        KBlock = kBlock;
        RowBlock = rowBlock;
        FloatsInL2 = floatsInL2;
        FetchStep = fetchStep;
        Run = run;
        RunFetching = runFetching;
        RunPacking = runPacking;
        RunThin = runThin;
    }

    public CpuIsa Isa { get; }

    /// <summary>Rows of a tile (MR).</summary>
    public int Rows { get; }

    /// <summary>Columns of a tile (NR), a multiple of <see cref="ColumnStep"/>.</summary>
    public int Columns { get; }

    /// <summary>A tile's columns may be fewer by whole steps of this, with less to compute.</summary>
    public int ColumnStep { get; }

    /// <summary>Longest slice of the sum handled at once (KC).</summary>
    public int KBlock { get; }

    /// <summary>Rows of A kept in L2 (MC), a multiple of <see cref="Rows"/>.</summary>
    public int RowBlock { get; }

    /// <summary>Floats that a task keeps in L2 besides: packed panels of B, or sums not done yet.</summary>
    public int FloatsInL2 { get; }

    /// <summary>Computes one tile, of all rows.</summary>
    public delegate*<in TileArgs, void> Run { get; }

    /// <summary>Steps of k that go with one fetch of <see cref="RunFetching"/>.</summary>
    public int FetchStep { get; }

    /// <summary>The same, and fetches from the outer caches what is needed next, where the kernel can.</summary>
    public delegate*<in TileArgs, void> RunFetching { get; }

    /// <summary>
    /// Computes one whole tile from operands of which one or both are not packed yet and packs them on the way; null where
    /// that would cost multiply-adds. Fetches the rows of A that come next where it packs A, else as <see cref="RunFetching"/>.
    /// </summary>
    public delegate*<in TileArgs, void> RunPacking { get; }

    /// <summary>
    /// Computes the columns that <see cref="IsThin"/> picks, as many as <see cref="TileArgs.Columns"/> says, for any number of rows from
    /// <see cref="TileArgs.A"/> on; sums only, or null where there is no such kernel.
    /// </summary>
    public delegate*<in TileArgs, nint, void> RunThin { get; }

    /// <summary>Whether so many columns of a panel are better computed by <see cref="RunThin"/>.</summary>
    public bool IsThin(nint columns) => RunThin != null && columns <= ThinProduct.Columns;

    /// <summary>
    /// Whether so many blocks of columns had better each pack A on the way: A packed first goes to memory and back, and its lines
    /// come from another core's cache.
    /// </summary>
    public bool PacksOnTheWay(nint blocks) => RunPacking != null && blocks <= 8;

    /// <summary>The micro-kernel of an instruction set.</summary>
    public static MicroKernel For(CpuIsa isa)
    {
        CpuIsaSupport.ThrowIfUnusable(isa);
        return isa switch
        {
            CpuIsa.Avx512 => new(
                isa, MicroKernelAvx512.Rows, MicroKernelAvx512.Columns, MicroKernelAvx512.ColumnStep, 512, 128, 96 * 1024,
                MicroKernelAvx512.FetchStep, &MicroKernelAvx512.Run, &MicroKernelAvx512.Run, &MicroKernelAvx512.RunPacking, &ThinProduct.RunAvx512),
            CpuIsa.Avx2 => new(
                isa, MicroKernelAvx2.Rows, MicroKernelAvx2.Columns, MicroKernelAvx2.ColumnStep, 512, 144, 48 * 1024,
                MicroKernelAvx2.FetchStep, &MicroKernelAvx2.Run, &MicroKernelAvx2.RunFetching, null, &ThinProduct.RunAvx2),
            _ => new(
                isa, MicroKernelPortable.Rows, MicroKernelPortable.Columns, MicroKernelPortable.Columns, 256, 96, 48 * 1024,
                1, &MicroKernelPortable.Run, &MicroKernelPortable.Run, null, null),
        };
    }

    /// <summary>The same kernel under other cache blocks (to tune and to test them).</summary>
    public MicroKernel WithBlocks(int kBlock, int rowBlock) =>
        new(Isa, Rows, Columns, ColumnStep, kBlock, rowBlock, FloatsInL2, FetchStep, Run, RunFetching, RunPacking, RunThin);

    /// <summary>How many panels cover that many rows of A.</summary>
    public nint RowPanels(nint rows) => (rows + Rows - 1) / Rows;

    /// <summary>How many panels cover that many columns of B.</summary>
    public nint ColumnPanels(nint columns) => (columns + Columns - 1) / Columns;

    /// <summary>What tiles compute to cover that many columns.</summary>
    public nint RoundColumns(nint columns) => (columns + ColumnStep - 1) / ColumnStep * ColumnStep;

    /// <summary>What a product without bias computes to cover that many columns, the last few of them by <see cref="RunThin"/>.</summary>
    public nint CoverColumns(nint columns) => IsThin(columns % Columns) ? columns : RoundColumns(columns);

    /// <summary>How many panels of B, <paramref name="slice"/> long, a task packs at once: what leaves room in L2 for A.</summary>
    public nint PanelsAtOnce(nint slice) => Math.Max(1, FloatsInL2 / (Columns * slice));

    /// <summary>The equal slices a sum is cut into: a function of the length alone, never of the thread count.</summary>
    public nint KSlice(nint k)
    {
        var slices = Math.Max(1, (k + KBlock - 1) / KBlock);
        return Math.Max(1, (k + slices - 1) / slices);
    }
}
