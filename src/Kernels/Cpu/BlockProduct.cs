using System.Runtime.CompilerServices;

namespace ZfNet.Kernels;

/// <summary>
/// The loops around the micro-kernel for one slice of the sum: packed panels of A times packed panels of B into a
/// row-major block of C. Row blocks outside (A block in L2), then B panels (one in L1), then A panels.
/// </summary>
internal unsafe struct BlockProduct
{
    private const int LineFloats = 16;

    public MicroKernel Kernel;

    /// <summary>Panels of A, each K x Kernel.Rows; or, where <see cref="SourceA"/> is given, room for a block of them.</summary>
    public float* A;

    /// <summary>Rows of A not packed yet, <see cref="SourceAStride"/> floats apart, or null.</summary>
    public float* SourceA;

    public nint SourceAStride;

    /// <summary>Panels of B, each K x Kernel.Columns; or, where <see cref="SourceB"/> is given, room for them.</summary>
    public float* B;

    /// <summary>Rows of B not packed yet, <see cref="SourceBStride"/> floats apart, or null.</summary>
    public float* SourceB;

    public nint SourceBStride;

    public float* C;
    public nint Ldc;
    public nint Rows;
    public nint Columns;
    public nint K;

    /// <summary>One value a row, or null.</summary>
    public float* RowBias;

    /// <summary>One value a column, or null.</summary>
    public float* ColumnBias;

    public TileMode Mode;

    /// <summary>
    /// K rows of memory, one for each step of the sum, of which <see cref="UpcomingColumns"/> floats each are fetched into L2
    /// meanwhile, where the kernel can: what is packed next.
    /// </summary>
    public float* Upcoming;

    /// <summary>Floats between upcoming rows.</summary>
    public nint UpcomingStride;

    /// <summary>Floats of an upcoming row; 0 fetches nothing.</summary>
    public nint UpcomingColumns;

    public readonly void Run()
    {
        var mr = (nint)Kernel.Rows;
        var nr = (nint)Kernel.Columns;
        TileArgs tile = default;
        tile.K = K;
        tile.Ldc = Ldc;
        tile.Mode = Mode;
        tile.SourceAStride = SourceAStride;
        tile.SourceBStride = SourceBStride;
        // A row seldom starts on a line.
        nint fetched = 0, fetches = UpcomingColumns > 0 ? (UpcomingColumns / LineFloats + 1) * Kernel.FetchStep : 0;
        for (nint block = 0; block < Rows; block += Kernel.RowBlock)
        {
            var blockEnd = Math.Min(Rows, block + Kernel.RowBlock);
            for (nint j = 0; j < Columns; j += nr)
            {
                var columns = (int)Math.Min(nr, Columns - j);
                tile.B = B + j * K;
                tile.Columns = (int)Kernel.RoundColumns(columns);
                tile.ColumnBias = ColumnBias + j;
                if (Kernel.IsThin(columns) && Mode <= TileMode.Accumulate && (j > 0 || SourceA == null))
                {
                    Thin(tile, block, blockEnd - block, j, columns);
                    continue;
                }
                for (var i = block; i < blockEnd; i += mr)
                {
                    var rows = (int)Math.Min(mr, blockEnd - i);
                    var inside = rows == mr && columns == tile.Columns;
                    var whole = inside && columns == nr;
                    tile.A = A + (SourceA == null ? i : i - block) * K;
                    tile.C = C + i * Ldc + j;
                    tile.RowBias = RowBias + i;
                    tile.SourceA = SourceA == null || j > 0 ? null : SourceA + i * SourceAStride;
                    tile.SourceB = SourceB == null || i > 0 ? null : SourceB + j;
                    var packs = tile.SourceA != null || tile.SourceB != null;
                    if (packs && !whole)
                    {
                        Pack(tile, rows, columns);
                        packs = false;
                    }
                    var run = Kernel.Run;
                    tile.Fetch = tile.A;
                    tile.FetchStride = 0;
                    if (j == 0 && SourceA == null)
                    {
                        // The first panel of B meets the block of A before it is in L2: the next panel of A is fetched,
                        // or every other line of it, whose neighbour the processor brings along.
                        tile.Fetch = tile.A + mr * K;
                        tile.FetchStride = mr * Kernel.FetchStep;
                        run = Kernel.RunFetching;
                    }
                    else if (whole && tile.SourceA == null && fetched < fetches)
                    {
                        // A line of every FetchStep-th row goes with each tile, until all are fetched.
                        tile.Fetch = Upcoming + fetched / Kernel.FetchStep * LineFloats + fetched % Kernel.FetchStep * UpcomingStride;
                        tile.FetchStride = UpcomingStride * Kernel.FetchStep;
                        run = Kernel.RunFetching;
                        fetched++;
                    }
                    if (packs)
                        Kernel.RunPacking(tile);
                    else if (inside)
                        run(tile);
                    else
                        Edge(tile, rows, columns);
                }
            }
        }
    }

    private readonly void Thin(TileArgs tile, nint block, nint rows, nint column, int columns)
    {
        if (SourceB != null && block == 0)
            Packing.PackColumns(SourceB + column, SourceBStride, 1, columns, K, Kernel.Columns, tile.B);
        tile.A = A + (SourceA == null ? block : 0) * K;
        tile.C = C + block * Ldc + column;
        tile.Columns = columns;
        Kernel.RunThin(tile, rows);
    }

    /// <summary>Packs beforehand what a tile that sticks out of its operands would read past their ends.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void Pack(in TileArgs tile, int rows, int columns)
    {
        if (tile.SourceA != null)
            Packing.PackRows(tile.SourceA, SourceAStride, 1, rows, K, Kernel.Rows, tile.A);
        if (tile.SourceB != null)
            Packing.PackColumns(tile.SourceB, SourceBStride, 1, columns, K, Kernel.Columns, tile.B);
    }

    /// <summary>A tile that sticks out of C: computed whole in a private tile, its valid part copied.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void Edge(TileArgs tile, int rows, int columns)
    {
        var nr = Kernel.Columns;
        var room = stackalloc float[MicroKernel.MaxTile + 128 + 16];
        var own = (float*)(((nint)room + 63) & ~63);
        var rowBias = own + MicroKernel.MaxTile;
        var columnBias = rowBias + 64;
        var c = tile.C;
        if ((tile.Mode & TileMode.Accumulate) != 0)
        {
            for (var i = 0; i < rows; i++)
            {
                for (var j = 0; j < columns; j++)
                    own[i * nr + j] = c[i * tile.Ldc + j];
            }
        }
        if ((tile.Mode & TileMode.RowBias) != 0)
        {
            for (var i = 0; i < rows; i++)
                rowBias[i] = tile.RowBias[i];
        }
        if ((tile.Mode & TileMode.ColumnBias) != 0)
        {
            for (var j = 0; j < columns; j++)
                columnBias[j] = tile.ColumnBias[j];
        }
        var ldc = tile.Ldc;
        tile.C = own;
        tile.Ldc = nr;
        tile.RowBias = rowBias;
        tile.ColumnBias = columnBias;
        Kernel.Run(tile);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
                c[i * ldc + j] = own[i * nr + j];
        }
    }
}
