namespace ZfNet.Kernels;

/// <summary>
/// Matrix product over row-major operands: C = op(A) op(B) + bias, or C += op(A) op(B).
/// </summary>
/// <remarks>
/// A task takes a block of columns and walks down the sum: it packs its slice of B into scratch that stays in L2 and
/// multiplies, or takes it as it lies where the kernel packs on the way; the rows of B that it packs next are fetched
/// meanwhile. A is packed by all threads first, or on the way, a block at a time, where so few tasks walk over it that its
/// way to memory and back would cost more. Each element of C is computed by one thread at a time, in one fixed order, so the result is
/// the same, bit for bit, for every thread count.
/// </remarks>
internal static unsafe class Gemm
{
    /// <summary>Multiplies.</summary>
    /// <param name="context">Threads and micro-kernel.</param>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Length of the sum; 0 leaves the bias (or C itself).</param>
    /// <param name="a">A, m x k, or k x m when <paramref name="transposeA"/>.</param>
    /// <param name="lda">Floats between rows of A as stored.</param>
    /// <param name="transposeA">Whether A is stored transposed.</param>
    /// <param name="b">B, k x n, or n x k when <paramref name="transposeB"/>.</param>
    /// <param name="ldb">Floats between rows of B as stored.</param>
    /// <param name="transposeB">Whether B is stored transposed.</param>
    /// <param name="c">C, m x n.</param>
    /// <param name="ldc">Floats between rows of C.</param>
    /// <param name="accumulate">Adds to C instead of replacing it.</param>
    /// <param name="rowBias">m values, one added to each row, or null.</param>
    /// <param name="columnBias">n values, one added to each column, or null.</param>
    public static void Run(
        KernelContext context, nint m, nint n, nint k,
        float* a, nint lda, bool transposeA,
        float* b, nint ldb, bool transposeB,
        float* c, nint ldc, bool accumulate = false, float* rowBias = null, float* columnBias = null) =>
        Run(context, m, n, k, a, lda, transposeA, new Factor(b), ldb, transposeB, c, ldc, accumulate, rowBias, columnBias);

    /// <summary>Multiplies with a B in bfloat16: bit for bit the product with the same numbers in float32.</summary>
    public static void Run(
        KernelContext context, nint m, nint n, nint k, float* a, nint lda, BFloat16* b, nint ldb, bool transposeB,
        float* c, nint ldc, float* columnBias = null) =>
        Run(context, m, n, k, a, lda, false, new Factor(b), ldb, transposeB, c, ldc, false, null, columnBias);

    private static void Run(
        KernelContext context, nint m, nint n, nint k,
        float* a, nint lda, bool transposeA,
        Factor b, nint ldb, bool transposeB,
        float* c, nint ldc, bool accumulate, float* rowBias, float* columnBias)
    {
        if (m <= 0 || n <= 0)
            return;
        if (k <= 0)
        {
            FillEmpty(m, n, c, ldc, accumulate, rowBias, columnBias);
            return;
        }
        var kernel = context.Kernel;
        var slice = kernel.KSlice(k);
        var atOnce = kernel.PanelsAtOnce(slice);
        if (!transposeA && kernel.PacksOnTheWay((kernel.ColumnPanels(n) + atOnce - 1) / atOnce))
        {
            Multiply(context, m, n, k, slice, a, lda, b, ldb, transposeB, c, ldc, accumulate, rowBias, columnBias);
            return;
        }
        // The sum is cut, between slices, before the rows are: every block of rows packs all of B again.
        var atMost = (nint)(context.PackedBytes / sizeof(float));
        var length = atMost / m >= k ? k : Math.Min(k, Math.Max(1, atMost / m / slice) * slice);
        var rows = Math.Min(m, Math.Max(kernel.RowBlock, atMost / length));
        using var packed = new Scratch(PackedOperand.Floats(kernel, rows, length));
        for (nint first = 0; first < k; first += length)
        {
            var isLast = first + length >= k;
            for (nint i = 0; i < m; i += rows)
            {
                var operand = new PackedOperand
                {
                    Kernel = kernel,
                    Source = a + i * (transposeA ? 1 : lda) + first * (transposeA ? lda : 1),
                    RowStride = transposeA ? 1 : lda,
                    KStride = transposeA ? lda : 1,
                    Rows = Math.Min(rows, m - i),
                    K = Math.Min(length, k - first),
                    Slice = slice,
                    Target = packed.Floats,
                };
                operand.Run(context.Pool);
                Multiply(
                    context, operand.Rows, n, operand.K, slice, packed.Floats, 0, b.From(first * (transposeB ? 1 : ldb)), ldb, transposeB,
                    c + i * ldc, ldc, accumulate || first > 0, isLast && rowBias != null ? rowBias + i : null, isLast ? columnBias : null);
            }
        }
    }

    /// <summary>Multiplies with an A that <see cref="PackedOperand"/> packed, which shows what packing costs; k is at least 1.</summary>
    public static void RunPacked(
        KernelContext context, nint m, nint n, nint k,
        float* packedA,
        float* b, nint ldb, bool transposeB,
        float* c, nint ldc, bool accumulate = false, float* rowBias = null, float* columnBias = null) =>
        Multiply(context, m, n, k, context.Kernel.KSlice(k), packedA, 0, new Factor(b), ldb, transposeB, c, ldc, accumulate, rowBias, columnBias);

    /// <summary>Multiplies with rows of A <paramref name="lda"/> floats apart, or with packed panels where that is 0.</summary>
    private static void Multiply(
        KernelContext context, nint m, nint n, nint k, nint slice,
        float* a, nint lda,
        Factor b, nint ldb, bool transposeB,
        float* c, nint ldc, bool accumulate, float* rowBias, float* columnBias)
    {
        var job = new Job
        {
            Kernel = context.Kernel,
            A = a,
            Lda = lda,
            B = b,
            BK = transposeB ? 1 : ldb,
            BColumn = transposeB ? ldb : 1,
            C = c,
            Ldc = ldc,
            Rows = m,
            Columns = n,
            K = k,
            Slice = slice,
            RowBias = rowBias,
            ColumnBias = columnBias,
            Accumulate = accumulate,
        };
        job.Run(context.Pool);
    }

    private static void FillEmpty(
        nint m, nint n, float* c, nint ldc, bool accumulate, float* rowBias, float* columnBias)
    {
        for (nint i = 0; i < m; i++)
        {
            for (nint j = 0; j < n; j++)
            {
                var value = accumulate ? c[i * ldc + j] : 0;
                value += rowBias == null ? 0 : rowBias[i];
                c[i * ldc + j] = value + (columnBias == null ? 0 : columnBias[j]);
            }
        }
    }

    /// <summary>The elements of B, in one of the types that they are stored in.</summary>
    private readonly struct Factor
    {
        public readonly float* Floats;
        private readonly BFloat16* halves;

        public Factor(float* floats) => Floats = floats;

        public Factor(BFloat16* halves) => this.halves = halves;

        public Factor From(nint element) => halves == null ? new(Floats + element) : new(halves + element);

        public void Pack(nint kStride, nint columnStride, nint columns, nint k, int panelColumns, float* to)
        {
            if (halves == null)
                Packing.PackColumns(Floats, kStride, columnStride, columns, k, panelColumns, to);
            else
                Packing.PackColumns(halves, kStride, columnStride, columns, k, panelColumns, to);
        }
    }

    private struct Job
    {
        public MicroKernel Kernel;
        public float* A;

        /// <summary>Floats between rows of A; 0 where it is packed.</summary>
        public nint Lda;

        public Factor B;
        public nint BK;
        public nint BColumn;
        public float* C;
        public nint Ldc;
        public nint Rows;
        public nint Columns;
        public nint K;
        public nint Slice;
        public float* RowBias;
        public float* ColumnBias;
        public bool Accumulate;

        public void Run(WorkerPool pool)
        {
            var rowPanels = Kernel.RowPanels(Rows);
            // Where A is packed on the way, few columns at once would pay for it too often.
            var atOnce = Kernel.PanelsAtOnce(Slice);
            var columns = Lda == 0
                ? new ColumnBlocks(Kernel.ColumnPanels(Columns), atOnce, pool.Threads)
                : new ColumnBlocks(Kernel.ColumnPanels(Columns), atOnce, pool.Threads, smallest: (int)atOnce);
            var blocks = columns.Count;
            // For an even load the last blocks are cut by rows too, all where there are few; each part packs the same B again.
            nint parts = 1, whole = 0;
            if (pool.Threads > 1 && blocks < 2 * pool.Threads)
                parts = Math.Min(Math.Max(1, rowPanels / 4), (2 * pool.Threads + blocks - 1) / blocks);
            else if (pool.Threads > 1 && rowPanels >= 8)
            {
                parts = 2;
                whole = blocks - pool.Threads;
            }
            var packedB = columns.Largest * Kernel.Columns * Slice;
            var perWorker = Scratch.Apart(packedB + (Lda == 0 ? 0 : Math.Min(Kernel.RowBlock, rowPanels * Kernel.Rows) * Slice));
            using var scratch = new Scratch(perWorker * pool.Threads);
            fixed (Job* job = &this)
            {
                var tasks = whole + (blocks - whole) * parts;
                pool.Run(tasks, new Body
                {
                    Tasks = tasks,
                    Threads = pool.Threads,
                    Job = job,
                    Columns = columns,
                    RowPanels = rowPanels,
                    Parts = parts,
                    Whole = whole,
                    Scratch = scratch.Floats,
                    PackedB = packedB,
                    PerWorker = perWorker,
                });
            }
        }
    }

    private struct Body : IParallelBody
    {
        public Job* Job;
        public nint Tasks;
        public int Threads;
        public ColumnBlocks Columns;
        public nint RowPanels;
        public nint Parts;

        /// <summary>Blocks from this one on are cut by rows into <see cref="Parts"/>.</summary>
        public nint Whole;

        public float* Scratch;

        /// <summary>Floats of a worker's scratch that B takes; a block of A comes after.</summary>
        public nint PackedB;

        public nint PerWorker;

        public readonly void Run(long index, int worker)
        {
            var job = Job;
            var (block, part, parts) = Task((nint)index);
            var (first, end) = Columns.Panels(block);
            int nr = job->Kernel.Columns, mr = job->Kernel.Rows;
            var column = first * nr;
            var columns = Math.Min(job->Columns, end * nr) - column;
            var row = RowPanels * part / parts * mr;
            var packed = Scratch + worker * PerWorker;

            BlockProduct product = default;
            product.Kernel = job->Kernel;
            product.A = packed + PackedB;
            product.SourceAStride = job->Lda;
            product.B = packed;
            product.SourceBStride = job->BK;
            product.Rows = Math.Min(job->Rows, RowPanels * (part + 1) / parts * mr) - row;
            product.Columns = columns;
            product.C = job->C + row * job->Ldc + column;
            product.Ldc = job->Ldc;
            product.RowBias = job->RowBias == null ? null : job->RowBias + row;
            product.ColumnBias = job->ColumnBias == null ? null : job->ColumnBias + column;
            for (nint k = 0; k < job->K; k += job->Slice)
            {
                var length = Math.Min(job->Slice, job->K - k);
                var source = job->B.From(k * job->BK + column * job->BColumn);
                if (job->Kernel.RunPacking != null && job->BColumn == 1 && source.Floats != null)
                    product.SourceB = source.Floats;
                else
                    source.Pack(job->BK, job->BColumn, columns, length, nr, packed);
                if (job->Lda == 0)
                    product.A = job->A + RowPanels * mr * k + row * length;
                else
                    product.SourceA = job->A + row * job->Lda + k;
                product.K = length;
                product.Mode = k > 0 || job->Accumulate ? TileMode.Accumulate : TileMode.None;
                if (k + length >= job->K)
                {
                    product.Mode |= (job->RowBias != null ? TileMode.RowBias : 0)
                        | (job->ColumnBias != null ? TileMode.ColumnBias : 0);
                }
                if (job->BColumn == 1 && source.Floats != null)
                    Announce(ref product, k + length, column, columns, (nint)index);
                product.Run();
            }
        }

        /// <summary>The column block of a task, and which of how many parts of its rows.</summary>
        private readonly (nint Block, nint Part, nint Parts) Task(nint index) => index < Whole
            ? (index, 0, 1)
            : (Whole + (index - Whole) / Parts, (index - Whole) % Parts, Parts);

        /// <summary>Names what will be packed next: the block's next slice, or the first of the task that this thread should get.</summary>
        private readonly void Announce(ref BlockProduct product, nint k, nint column, nint columns, nint index)
        {
            if (k >= Job->K)
            {
                k = 0;
                columns = 0;
                if (index + Threads < Tasks)
                {
                    var (first, end) = Columns.Panels(Task(index + Threads).Block);
                    column = first * Job->Kernel.Columns;
                    columns = Math.Min(Job->Columns, end * Job->Kernel.Columns) - column;
                }
            }
            product.Upcoming = Job->B.From(k * Job->BK + column).Floats;
            product.UpcomingStride = Job->BK;
            product.UpcomingColumns = columns;
        }
    }
}
