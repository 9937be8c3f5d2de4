namespace ZfNet.Kernels;

/// <summary>
/// Matrix product over row-major operands: C = op(A) op(B) + bias, or C += op(A) op(B).
/// </summary>
/// <remarks>
/// For every block of columns and every slice of the sum all threads first pack B and A into panels, then share the
/// tiles of C out in blocks of RowBlock rows and some panels of columns. Each element of C is computed by one thread
/// in one fixed order, so the result is the same, bit for bit, for every thread count.
/// </remarks>
internal static unsafe class Gemm
{
    private const nint ColumnsAtOnce = 3072;
    private const nint RowsAtOnce = 4096;

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
        float* c, nint ldc, bool accumulate = false, float* rowBias = null, float* columnBias = null)
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
        var columns = Math.Min(n, ColumnsAtOnce);
        var rows = Math.Min(m, RowsAtOnce);
        using var packedA = new Scratch(kernel.RowPanels(rows) * kernel.Rows * slice);
        using var packedB = new Scratch(kernel.ColumnPanels(columns) * kernel.Columns * slice);
        var job = new Job
        {
            Kernel = kernel,
            PackedA = packedA.Floats,
            PackedB = packedB.Floats,
            Ldc = ldc,
            ARow = transposeA ? 1 : lda,
            AK = transposeA ? lda : 1,
            BK = transposeB ? 1 : ldb,
            BColumn = transposeB ? ldb : 1,
        };
        for (nint j = 0; j < n; j += columns)
        {
            job.Columns = Math.Min(columns, n - j);
            for (nint p = 0; p < k; p += slice)
            {
                job.K = Math.Min(slice, k - p);
                job.BSource = b + j * job.BColumn + p * job.BK;
                for (nint i = 0; i < m; i += rows)
                {
                    job.Rows = Math.Min(rows, m - i);
                    job.ASource = a + i * job.ARow + p * job.AK;
                    job.C = c + i * ldc + j;
                    job.Mode = p > 0 || accumulate ? TileMode.Accumulate : TileMode.None;
                    job.RowBias = job.ColumnBias = null;
                    if (p + slice >= k)
                    {
                        job.SetBias(rowBias == null ? null : rowBias + i, columnBias == null ? null : columnBias + j);
                    }
                    job.Dispatch(context.Pool, packB: i == 0);
                }
            }
        }
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

    /// <summary>One block: rows x columns over one slice of the sum.</summary>
    private struct Job
    {
        public MicroKernel Kernel;
        public float* ASource;
        public nint ARow;
        public nint AK;
        public float* BSource;
        public nint BK;
        public nint BColumn;
        public float* PackedA;
        public float* PackedB;
        public float* C;
        public nint Ldc;
        public nint Rows;
        public nint Columns;
        public nint K;
        public float* RowBias;
        public float* ColumnBias;
        public TileMode Mode;

        public void SetBias(float* rowBias, float* columnBias)
        {
            RowBias = rowBias;
            ColumnBias = columnBias;
            Mode |= (rowBias != null ? TileMode.RowBias : 0) | (columnBias != null ? TileMode.ColumnBias : 0);
        }

        public void Dispatch(WorkerPool pool, bool packB)
        {
            fixed (Job* job = &this)
            {
                var columnPanels = packB ? Kernel.ColumnPanels(Columns) : 0;
                pool.Run(columnPanels + Kernel.RowPanels(Rows), new PackBody { Job = job, ColumnPanels = columnPanels });
                var grid = Split(pool.Threads);
                pool.Run(grid.RowTasks * grid.ColumnTasks, new MultiplyBody { Job = job, Grid = grid });
            }
        }

        /// <summary>Row blocks x groups of column panels; groups get smaller until every thread has several tasks.</summary>
        private readonly Grid Split(int threads)
        {
            var panels = Kernel.ColumnPanels(Columns);
            var rowTasks = (Rows + Kernel.RowBlock - 1) / Kernel.RowBlock;
            nint group = 12;
            while (group > 1 && rowTasks * ((panels + group - 1) / group) < 6 * threads)
                group = (group + 1) / 2;
            return new Grid { RowTasks = rowTasks, ColumnTasks = (panels + group - 1) / group, Group = group };
        }
    }

    private struct Grid
    {
        public nint RowTasks;
        public nint ColumnTasks;
        public nint Group;
    }

    private struct PackBody : IParallelBody
    {
        public Job* Job;
        public nint ColumnPanels;

        public readonly void Run(long index, int worker)
        {
            var job = Job;
            if (index < ColumnPanels)
            {
                var nr = job->Kernel.Columns;
                var j = (nint)index * nr;
                Packing.PackColumns(
                    job->BSource + j * job->BColumn, job->BK, job->BColumn, Math.Min(nr, job->Columns - j), job->K, nr,
                    job->PackedB + j * job->K);
                return;
            }
            var mr = job->Kernel.Rows;
            var i = ((nint)index - ColumnPanels) * mr;
            Packing.PackRows(
                job->ASource + i * job->ARow, job->ARow, job->AK, Math.Min(mr, job->Rows - i), job->K, mr,
                job->PackedA + i * job->K);
        }
    }

    private struct MultiplyBody : IParallelBody
    {
        public Job* Job;
        public Grid Grid;

        public readonly void Run(long index, int worker)
        {
            var job = Job;
            var i = (nint)index / Grid.ColumnTasks * job->Kernel.RowBlock;
            var j = (nint)index % Grid.ColumnTasks * Grid.Group * job->Kernel.Columns;
            BlockProduct product = default;
            product.Kernel = job->Kernel;
            product.A = job->PackedA + i * job->K;
            product.B = job->PackedB + j * job->K;
            product.C = job->C + i * job->Ldc + j;
            product.Ldc = job->Ldc;
            product.Rows = Math.Min(job->Kernel.RowBlock, job->Rows - i);
            product.Columns = Math.Min(Grid.Group * job->Kernel.Columns, job->Columns - j);
            product.K = job->K;
            product.RowBias = job->RowBias == null ? null : job->RowBias + i;
            product.ColumnBias = job->ColumnBias == null ? null : job->ColumnBias + j;
            product.Mode = job->Mode;
            product.Run();
        }
    }
}
