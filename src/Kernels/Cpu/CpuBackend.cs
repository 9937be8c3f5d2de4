namespace ZfNet.Kernels;

/// <summary>
/// The default: SIMD and threads for float32, op by op; float64, and ops without a fast path, run the reference loops
/// that it inherits. Results do not depend on the number of threads.
/// </summary>
public sealed partial class CpuBackend : ReferenceBackend, IGraphBackend
{
    private readonly KernelContext context;
    private readonly PackedWeights packedWeights = new();

    /// <summary>Starts a backend with its own worker threads.</summary>
    /// <param name="threads">Number of threads, the caller's included; 0 takes one for each processor.</param>
    /// <param name="isa">Instruction set; null takes <see cref="CpuIsaSupport.Default"/>.</param>
    public CpuBackend(int threads = 0, CpuIsa? isa = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        context = new KernelContext(threads, isa);
    }

    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <inheritdoc/>
    public override string Description => $"{(Isa == CpuIsa.Portable ? "portable" : Isa.ToString().ToUpperInvariant())} micro-kernels, {Threads} {(Threads == 1 ? "thread" : "threads")}";

    /// <summary>Number of threads that an op may use.</summary>
    public int Threads => context.Pool.Threads;

    /// <summary>The threads themselves, for those who measure them.</summary>
    internal WorkerPool Pool => context.Pool;

    /// <summary>The instruction set whose micro-kernels run.</summary>
    public CpuIsa Isa => context.Isa;

    /// <summary>
    /// Whether wide 3x3 and 5x5 convolutions of step 1, and the gradients of their inputs and weights, run by Winograd's transforms:
    /// a half to a quarter of the products, and some times the rounding (docs/numerics.md). On unless switched off.
    /// </summary>
    public bool Winograd
    {
        get => context.Winograd;
        init => context.Winograd = value;
    }

    /// <summary>Memory that all CPU buffers and scratch of this process take and keep.</summary>
    public static CpuMemoryStatistics Memory => CpuMemoryPool.Instance.Statistics;

    /// <summary>Gives memory kept for reuse back to the system.</summary>
    public static void TrimMemory() => CpuMemoryPool.Instance.Trim();

    /// <inheritdoc/>
    public IRecorder BeginRecording() => new CpuRecorder(this);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        packedWeights.Dispose();
        context.Dispose();
        base.Dispose(disposing);
    }
}
