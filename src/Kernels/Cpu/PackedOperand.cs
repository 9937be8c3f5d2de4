namespace ZfNet.Kernels;

/// <summary>
/// A left-hand matrix packed whole: for every slice of the sum all row panels one after the other. Row i, column k is
/// read from source[i * RowStride + KOffsets[k]] (or + k * KStride without offsets).
/// </summary>
internal unsafe struct PackedOperand
{
    public MicroKernel Kernel;
    public float* Source;
    public nint RowStride;
    public nint KStride;

    /// <summary>Where each k lies, or null.</summary>
    public nint* KOffsets;

    public nint Rows;
    public nint K;

    /// <summary>Length of the sum's slices; 0 for the equal ones of K.</summary>
    public nint Slice;

    public float* Target;

    /// <summary>Floats that the packed matrix takes.</summary>
    public static nint Floats(in MicroKernel kernel, nint rows, nint k) => kernel.RowPanels(rows) * kernel.Rows * k;

    /// <summary>Up to here one thread is done before another has woken.</summary>
    private const nint FloatsAlone = 32 * 1024;

    /// <summary>Packs, all threads together where it pays.</summary>
    public void Run(WorkerPool pool)
    {
        if (Rows == 0 || K == 0)
            return;
        fixed (PackedOperand* job = &this)
        {
            var slice = Slice > 0 ? Slice : Kernel.KSlice(K);
            var tasks = (K + slice - 1) / slice * Kernel.RowPanels(Rows);
            var body = new Body { Job = job, Slice = slice, Panels = Kernel.RowPanels(Rows) };
            if (Rows * K > FloatsAlone)
            {
                pool.Run(tasks, body);
                return;
            }
            for (nint task = 0; task < tasks; task++)
                body.Run(task, 0);
        }
    }

    private struct Body : IParallelBody
    {
        public PackedOperand* Job;
        public nint Slice;
        public nint Panels;

        public readonly void Run(long index, int worker)
        {
            var job = Job;
            var mr = job->Kernel.Rows;
            nint k = (nint)index / Panels * Slice, row = (nint)index % Panels * mr;
            var length = Math.Min(Slice, job->K - k);
            var count = Math.Min(mr, job->Rows - row);
            var source = job->Source + row * job->RowStride;
            var target = job->Target + Panels * mr * k + row * length;
            if (job->KOffsets == null)
            {
                Packing.PackRows(source + k * job->KStride, job->RowStride, job->KStride, count, length, mr, target);
                return;
            }
            for (nint p = 0; p < length; p++, target += mr)
            {
                var from = source + job->KOffsets[k + p];
                for (nint i = 0; i < count; i++)
                    target[i] = from[i * job->RowStride];
                for (var i = count; i < mr; i++)
                    target[i] = 0;
            }
        }
    }
}
