namespace ZfNet.Kernels;

/// <summary>
/// The body of a parallel loop: an unmanaged struct of pointers and sizes, so that a dispatch allocates nothing.
/// What a task writes must depend on its index alone, never on the worker: that keeps results equal, bit for bit,
/// for every thread count. The worker number may only choose scratch memory.
/// </summary>
internal interface IParallelBody
{
    /// <summary>Runs task <paramref name="index"/> on worker <paramref name="worker"/> (0 is the caller).</summary>
    void Run(long index, int worker);
}
