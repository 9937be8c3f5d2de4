namespace ZfNet.Kernels;

/// <summary>Copies many planes into their padded layout, all threads together.</summary>
internal unsafe struct PlaneCopy : IParallelBody
{
    private PlaneLayout _layout;
    private float* _source;
    private float* _target;

    /// <summary>Copies <paramref name="planes"/> planes that lie one after the other.</summary>
    public static void Run(WorkerPool pool, in PlaneLayout layout, nint planes, float* source, float* target) =>
        pool.Run(planes, new PlaneCopy { _layout = layout, _source = source, _target = target });

    public readonly void Run(long index, int worker) =>
        _layout.Copy(_source + index * _layout.H * _layout.W, _target + index * _layout.Floats);
}
