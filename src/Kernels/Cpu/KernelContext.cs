namespace ZfNet.Kernels;

/// <summary>What every fast kernel needs to run: the threads and the instruction set's micro-kernel.</summary>
internal sealed class KernelContext : IDisposable
{
    /// <summary>Creates the worker threads.</summary>
    /// <param name="threads">Threads to use; 0 or less means one for every processor this process may use.</param>
    /// <param name="isa">Instruction set; null means <see cref="CpuIsaSupport.Default"/>.</param>
    public KernelContext(int threads = 0, CpuIsa? isa = null)
    {
        Isa = isa ?? CpuIsaSupport.Default;
        Kernel = MicroKernel.For(Isa);
        Pool = new WorkerPool(threads > 0 ? threads : Environment.ProcessorCount);
    }

    public CpuIsa Isa { get; }

    public MicroKernel Kernel { get; init; }

    public WorkerPool Pool { get; }

    /// <summary>Whether stride-1 convolutions may go by way of <see cref="WinogradConvolution"/> where that pays.</summary>
    public bool Winograd { get; set; } = true;

    /// <summary>Bytes of a product's left-hand matrix that are packed at once (but one block of rows at least).</summary>
    public long PackedBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Bytes of transformed inputs that Winograd's way may take at once (but one row of tiles at least); with the transformed gradients of
    /// the outputs, twice as many.
    /// </summary>
    public long WinogradBytes { get; init; } = 64L << 20;

    /// <summary>Bytes of products that Winograd's way may take at once (but one block's of output channels at least).</summary>
    public long WinogradProductBytes { get; init; } = 16L << 20;

    public void Dispose() => Pool.Dispose();
}
