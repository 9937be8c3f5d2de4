namespace ZfNet.Kernels;

/// <summary>
/// The default: SIMD and threads for float32, op by op; float64, and ops without a fast path, run the reference loops
/// that it inherits. Results do not depend on the number of threads.
/// </summary>
public sealed partial class CpuBackend : ReferenceBackend
{
    /// <summary>Starts a backend with its own worker threads.</summary>
    /// <param name="threads">Number of threads, the caller's included; 0 takes one for each processor.</param>
    public CpuBackend(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
    }

    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <summary>Number of threads that an op may use.</summary>
    public int Threads { get; }
}
