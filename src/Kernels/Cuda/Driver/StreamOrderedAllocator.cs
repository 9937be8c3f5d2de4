namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>
/// The driver's own stream-ordered pool. The pool is private to the runtime and keeps what it has until it is trimmed;
/// by default it would go back to the system at every wait.
/// </summary>
internal sealed unsafe class StreamOrderedAllocator : IDeviceAllocator
{
    private const long Grain = 512;

    private readonly CudaContext context;
    private readonly CudaStreamHandle stream;
    private readonly CudaStreamHandle aside;
    private readonly CudaPoolHandle pool;

    /// <summary>A pool whose blocks follow the order of <paramref name="stream"/>.</summary>
    public StreamOrderedAllocator(CudaContext context, CudaStreamHandle stream)
    {
        this.context = context;
        this.stream = stream;
        var properties = CudaPoolProperties.Of(context.Device);
        nint created;
        context.Check(context.Driver.MemPoolCreate(&created, &properties), "cuMemPoolCreate");
        pool = new CudaPoolHandle(context.Handle, created);
        try
        {
            var everything = ulong.MaxValue;
            context.Check(
                context.Driver.MemPoolSetAttribute(pool, CudaPoolAttribute.ReleaseThreshold, &everything),
                "cuMemPoolSetAttribute(CU_MEMPOOL_ATTR_RELEASE_THRESHOLD)");
            context.Check(context.Driver.StreamCreate(&created, CudaFlags.StreamNonBlocking), "cuStreamCreate");
            aside = new CudaStreamHandle(context.Handle, created);
        }
        catch
        {
            pool.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public long Cached => Read(CudaPoolAttribute.ReservedCurrent) - Read(CudaPoolAttribute.UsedCurrent);

    /// <inheritdoc/>
    public string Call => "cuMemAllocFromPoolAsync";

    /// <inheritdoc/>
    public long Round(long bytes) => (bytes + Grain - 1) / Grain * Grain;

    /// <inheritdoc/>
    public CudaStatus Take(long bytes, bool capturing, out ulong address)
    {
        ulong taken = 0;
        CudaStatus status;
        if (!capturing)
        {
            status = context.Driver.MemAllocFromPoolAsync(&taken, (nuint)bytes, pool, stream);
        }
        else
        {
            // On the capturing stream this would become a part of the graph: the memory would live from node to node.
            using var relaxed = new RelaxedCapture(context);
            status = context.Driver.MemAllocFromPoolAsync(&taken, (nuint)bytes, pool, aside);
            if (status == CudaStatus.Success)
                status = context.Driver.StreamSynchronize(aside);
        }
        address = taken;
        return status;
    }

    /// <inheritdoc/>
    public void Give(ulong address, long bytes, bool capturing)
    {
        if (!capturing)
        {
            context.Check(context.Driver.MemFreeAsync(address, stream), "cuMemFreeAsync");
            return;
        }
        using var relaxed = new RelaxedCapture(context);
        context.Check(context.Driver.MemFreeAsync(address, aside), "cuMemFreeAsync");
    }

    /// <inheritdoc/>
    public void Trim() => context.Check(context.Driver.MemPoolTrimTo(pool, 0), "cuMemPoolTrimTo");

    /// <inheritdoc/>
    public void Dispose()
    {
        aside.Dispose();
        pool.Dispose();
    }

    private long Read(CudaPoolAttribute attribute)
    {
        ulong value;
        // A stream that captures is broken by it otherwise.
        using var relaxed = new RelaxedCapture(context);
        context.Check(context.Driver.MemPoolGetAttribute(pool, attribute, &value), "cuMemPoolGetAttribute");
        return (long)value;
    }
}
