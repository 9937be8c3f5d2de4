namespace ZfNet.Kernels;

/// <summary>Strided views whose last axes lie side by side (a window of a plane) are copied run by run.</summary>
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void CopyStrided(ReadOnlySpan<long> sizes, ReadOnlySpan<long> strides, long offset, BufferView x, BufferView y)
    {
        var axes = sizes.Length;
        long run = 1;
        for (; axes > 0 && (strides[axes - 1] == run || sizes[axes - 1] == 1); axes--)
            run *= sizes[axes - 1];
        if (y.DType == DType.Float64 || run == 1 || y.Length == 0)
        {
            base.CopyStrided(sizes, strides, offset, x, y);
            return;
        }
        fixed (long* size = sizes, stride = strides)
        {
            var rows = y.Length / run;
            var body = new StridedBody
            {
                Sizes = size, Strides = stride, Axes = axes, Run = run, Rows = rows, RowsAtOnce = Math.Max(1, StridedBody.Elements / run),
                X = Elements(x) + offset, Y = Elements(y),
            };
            context.Pool.Run((rows + body.RowsAtOnce - 1) / body.RowsAtOnce, body);
        }

        // Either type has four bytes, and a copy does not look at them.
        static int* Elements(BufferView view) => view.DType == DType.Int32 ? view.Cpu<int>().Pointer : (int*)view.Cpu<float>().Pointer;
    }

    private struct StridedBody : IParallelBody
    {
        /// <summary>Elements of a task.</summary>
        public const long Elements = 1 << 14;

        public long* Sizes;
        public long* Strides;
        public int Axes;
        public long Run;
        public long Rows;
        public long RowsAtOnce;
        public int* X;
        public int* Y;

        readonly void IParallelBody.Run(long index, int worker)
        {
            var row = index * RowsAtOnce;
            var end = Math.Min(Rows, row + RowsAtOnce);
            var at = stackalloc long[Axes + 1];
            var from = X;
            var rest = row;
            for (var axis = Axes - 1; axis >= 0; axis--)
            {
                at[axis] = rest % Sizes[axis];
                rest /= Sizes[axis];
                from += at[axis] * Strides[axis];
            }
            for (; row < end; row++)
            {
                Buffer.MemoryCopy(from, Y + row * Run, Run * sizeof(int), Run * sizeof(int));
                for (var axis = Axes - 1; axis >= 0; axis--)
                {
                    from += Strides[axis];
                    if (++at[axis] < Sizes[axis])
                        break;
                    from -= Sizes[axis] * Strides[axis];
                    at[axis] = 0;
                }
            }
        }
    }
}
