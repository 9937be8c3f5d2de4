namespace ZfNet.Kernels;

/// <summary>
/// C = A op(W) + bias with W in bfloat16: A is packed once, and blocks of W are widened into scratch that does not grow with W. Bit
/// for bit <see cref="Gemm"/>'s product with the widened W, whose elements each have one order of sums.
/// </summary>
internal static unsafe class StoredProduct
{
    /// <summary>Floats of A packed at once, and of W widened at once, about.</summary>
    private const nint PackedFloats = 1 << 24, BlockFloats = 1 << 21;

    /// <summary>Columns of C come in multiples of it.</summary>
    private const nint Columns = 32;

    /// <summary>Multiplies; parameters as of <see cref="Gemm.Run"/>.</summary>
    public static void Run(
        KernelContext context, nint m, nint n, nint k, float* a, BFloat16* w, nint ldw, bool transposeW, float* c, float* columnBias = null)
    {
        if (k <= 0)
        {
            Gemm.Run(context, m, n, k, a, k, false, null, 0, false, c, n, columnBias: columnBias);
            return;
        }
        var rows = Math.Min(m, Math.Max(context.Kernel.RowBlock, PackedFloats / k));
        var columns = Math.Min(n, Math.Max(Columns * context.Pool.Threads, BlockFloats / k / Columns * Columns));
        using var packed = new Scratch(PackedOperand.Floats(context.Kernel, rows, k));
        using var block = new Scratch(columns * k);
        for (nint i = 0; i < m; i += rows)
        {
            var operand = new PackedOperand
            {
                Kernel = context.Kernel, Source = a + i * k, RowStride = k, KStride = 1, Rows = Math.Min(rows, m - i), K = k, Target = packed.Floats,
            };
            operand.Run(context.Pool);
            for (nint j = 0; j < n; j += columns)
            {
                var count = Math.Min(columns, n - j);
                if (transposeW)
                    Widen(context.Pool, w + j * ldw, ldw, count, k, block.Floats);
                else
                    Widen(context.Pool, w + j, ldw, k, count, block.Floats);
                Gemm.RunPacked(
                    context, operand.Rows, count, k, packed.Floats, block.Floats, transposeW ? k : count, transposeW, c + i * n + j, n,
                    columnBias: columnBias == null ? null : columnBias + j);
            }
        }
    }

    private static void Widen(WorkerPool pool, BFloat16* from, nint stride, nint rows, nint columns, float* to)
    {
        var widening = new Widening { From = from, Stride = stride, To = to, Rows = rows, Columns = columns };
        pool.Run((rows + widening.RowsPerTask - 1) / widening.RowsPerTask, widening);
    }

    /// <summary>Rows that lie a stride apart become rows without gaps.</summary>
    private struct Widening : IParallelBody
    {
        public BFloat16* From;
        public nint Stride;
        public float* To;
        public nint Rows;
        public nint Columns;

        public readonly nint RowsPerTask => Math.Max(1, (1 << 15) / Columns);

        public readonly void Run(long index, int worker)
        {
            var first = (nint)index * RowsPerTask;
            for (var row = first; row < Math.Min(Rows, first + RowsPerTask); row++)
                BFloat16.Widen(
                    new ReadOnlySpan<BFloat16>(From + row * Stride, (int)Columns), new Span<float>(To + row * Columns, (int)Columns));
        }
    }
}
