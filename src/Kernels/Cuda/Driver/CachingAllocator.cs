using System.Numerics;

namespace ZfNet.Kernels.Cuda.Driver;

/// <summary>
/// For devices without the driver's pool: blocks are kept by size class (eight to a power of two, at most an eighth
/// wasted) and handed out again without asking the driver. A block's next user comes after its last one on the default
/// stream.
/// </summary>
internal sealed unsafe class CachingAllocator(CudaContext context) : IDeviceAllocator
{
    private const long Grain = 512;

    private readonly Dictionary<long, Stack<ulong>> kept = [];

    /// <inheritdoc/>
    public long Cached { get; private set; }

    /// <inheritdoc/>
    public string Call => "cuMemAlloc";

    /// <inheritdoc/>
    public long Round(long bytes) => SizeClass(bytes);

    /// <summary>The smallest size class that holds so many bytes.</summary>
    public static long SizeClass(long bytes)
    {
        var step = Math.Max(Grain, 1L << Math.Max(0, BitOperations.Log2((ulong)bytes) - 3));
        return (bytes + step - 1) / step * step;
    }

    /// <inheritdoc/>
    public CudaStatus Take(long bytes, bool capturing, out ulong address)
    {
        if (kept.TryGetValue(bytes, out var blocks) && blocks.TryPop(out address))
        {
            Cached -= bytes;
            return CudaStatus.Success;
        }
        ulong taken = 0;
        CudaStatus status;
        if (!capturing)
        {
            status = context.Driver.MemAlloc(&taken, (nuint)bytes);
        }
        else
        {
            using var relaxed = new RelaxedCapture(context);
            status = context.Driver.MemAlloc(&taken, (nuint)bytes);
        }
        address = taken;
        return status;
    }

    /// <inheritdoc/>
    public void Give(ulong address, long bytes, bool capturing)
    {
        if (!kept.TryGetValue(bytes, out var blocks))
            kept[bytes] = blocks = new Stack<ulong>();
        blocks.Push(address);
        Cached += bytes;
    }

    /// <inheritdoc/>
    public void Trim()
    {
        foreach (var (bytes, blocks) in kept)
        {
            while (blocks.TryPop(out var address))
            {
                Cached -= bytes;
                context.Check(context.Driver.MemFree(address), "cuMemFree");
            }
        }
    }

    /// <summary>Frees what it keeps; a lost device has freed it.</summary>
    public void Dispose()
    {
        foreach (var address in kept.Values.SelectMany(blocks => blocks))
            context.Driver.MemFree(address);
        kept.Clear();
    }
}
