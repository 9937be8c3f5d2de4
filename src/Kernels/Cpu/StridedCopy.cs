using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>Copies between strided views: rows of the innermost axis one by one, a run of rows a task.</summary>
/// <typeparam name="T">Any type of the elements' width.</typeparam>
internal unsafe struct StridedCopy<T> : IParallelBody
    where T : unmanaged
{
    /// <summary>Elements a task moves, about: a dispatch costs as much as some thousand of them.</summary>
    private const long ElementsPerTask = 1 << 14;

    /// <summary>Rows ahead that short ones are fetched: the processor's own fetching follows long runs only.</summary>
    private const long RowsAhead = 24;

    /// <summary>What is short: a row of this many bytes lies on three cache lines at most.</summary>
    private const long ShortBytes = 128;

    private int _outer;
    private long* _sizes;
    private long* _from;
    private long* _to;
    private T* _x;
    private T* _y;
    private long _rows;
    private long _rowsPerTask;
    private long _length;

    /// <summary>Copies; the axes are merged already (<see cref="StridedAxes"/>).</summary>
    public static void Run(
        WorkerPool pool, ReadOnlySpan<long> sizes, T* x, ReadOnlySpan<long> from, T* y, ReadOnlySpan<long> to)
    {
        if (sizes.IsEmpty)
        {
            *y = *x;
            return;
        }
        fixed (long* size = sizes, source = from, target = to)
        {
            var copy = new StridedCopy<T>
            {
                _outer = sizes.Length - 1, _sizes = size, _from = source, _to = target, _x = x, _y = y, _rows = 1, _length = sizes[^1],
            };
            foreach (var axis in sizes[..^1])
                copy._rows *= axis;
            copy._rowsPerTask = Math.Max(1, ElementsPerTask / copy._length);
            pool.Run((copy._rows + copy._rowsPerTask - 1) / copy._rowsPerTask, copy);
        }
    }

    public readonly void Run(long index, int worker)
    {
        var first = index * _rowsPerTask;
        var rows = Math.Min(_rowsPerTask, _rows - first);
        var at = stackalloc long[_outer];
        T* x = _x, y = _y;
        for (var axis = _outer - 1; axis >= 0; axis--)
        {
            (first, at[axis]) = Math.DivRem(first, _sizes[axis]);
            x += at[axis] * _from[axis];
            y += at[axis] * _to[axis];
        }
        var ahead = Sse.IsSupported && _outer > 0 && _from[_outer] == 1 && _length * sizeof(T) <= ShortBytes ? RowsAhead * _from[_outer - 1] : 0;
        while (true)
        {
            if (ahead != 0)
            {
                Sse.Prefetch0(x + ahead);
                Sse.Prefetch0(x + ahead + _length - 1);
            }
            Row(x, y);
            if (--rows == 0)
                return;
            for (var axis = _outer - 1; axis >= 0; axis--)
            {
                x += _from[axis];
                y += _to[axis];
                if (++at[axis] < _sizes[axis])
                    break;
                x -= _sizes[axis] * _from[axis];
                y -= _sizes[axis] * _to[axis];
                at[axis] = 0;
            }
        }
    }

    private readonly void Row(T* x, T* y)
    {
        long from = _from[_outer], to = _to[_outer];
        if (from == 1 && to == 1)
        {
            var bytes = _length * sizeof(T);
            Buffer.MemoryCopy(x, y, bytes, bytes);
            return;
        }
        for (long i = 0; i < _length; i++, x += from, y += to)
            *y = *x;
    }
}
