using System.Runtime.InteropServices;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>Memory of the fake driver: taken at once, copied when something waits.</summary>
internal sealed unsafe partial class FakeDriver
{
    private readonly Dictionary<ulong, (long Bytes, bool Pooled)> blocks = [];
    private readonly HashSet<ulong> hostBlocks = [];
    private long used;
    private long reserved;

    /// <summary>Bytes of device memory in use.</summary>
    public long Used => used;

    public CudaStatus MemGetInfo(nuint* free, nuint* total)
    {
        *free = (nuint)(Total - Math.Max(used, reserved));
        *total = (nuint)Total;
        return Injected("MemGetInfo");
    }

    public CudaStatus MemAlloc(ulong* address, nuint bytes)
    {
        *address = 0;
        var status = Call($"MemAlloc({bytes})");
        if (status == CudaStatus.Success)
            status = Forbidden("cuMemAlloc", always: false);
        return status == CudaStatus.Success ? Take(address, (long)bytes, pooled: false) : status;
    }

    public CudaStatus MemFree(ulong address)
    {
        var status = Call("MemFree");
        if (!blocks.TryGetValue(address, out var block) || block.Pooled)
            Violations.Add($"cuMemFree was given {address:x}.");
        else
            Release(address);
        return status;
    }

    public CudaStatus MemHostAlloc(void** memory, nuint bytes, uint flags)
    {
        *memory = null;
        var status = Call($"MemHostAlloc({bytes})");
        if (status != CudaStatus.Success)
            return status;
        *memory = NativeMemory.AlignedAlloc(bytes, 64);
        hostBlocks.Add((ulong)*memory);
        live.Add((nint)(*memory), "host memory");
        return status;
    }

    public CudaStatus MemFreeHost(nint memory)
    {
        var status = Destroy("host memory", memory, "MemFreeHost");
        RunUpTo(issued);
        if (hostBlocks.Remove((ulong)memory))
            NativeMemory.AlignedFree((void*)memory);
        return status;
    }

    public CudaStatus MemPoolCreate(nint* pool, CudaPoolProperties* properties)
    {
        if (properties->AllocationType != 1 || properties->LocationType != 1 || properties->LocationId < 10)
            Violations.Add("cuMemPoolCreate was not asked for pinned memory on the device.");
        return Create("pool", pool, "MemPoolCreate");
    }

    public CudaStatus MemPoolDestroy(nint pool) => Destroy("pool", pool, "MemPoolDestroy");

    public CudaStatus MemPoolSetAttribute(CudaPoolHandle pool, CudaPoolAttribute attribute, void* value) =>
        Call($"MemPoolSetAttribute({attribute}, {*(ulong*)value})");

    public CudaStatus MemPoolGetAttribute(CudaPoolHandle pool, CudaPoolAttribute attribute, void* value)
    {
        *(ulong*)value = (ulong)(attribute == CudaPoolAttribute.ReservedCurrent ? reserved : used);
        var status = Call("MemPoolGetAttribute");
        return status == CudaStatus.Success ? Forbidden("cuMemPoolGetAttribute", always: false) : status;
    }

    public CudaStatus MemPoolTrimTo(CudaPoolHandle pool, nuint bytesToKeep)
    {
        reserved = used;
        return Call("MemPoolTrimTo");
    }

    public CudaStatus MemAllocFromPoolAsync(ulong* address, nuint bytes, CudaPoolHandle pool, CudaStreamHandle stream)
    {
        *address = 0;
        var status = Call($"MemAllocFromPoolAsync({bytes})");
        if (IsCapturing(stream))
            Violations.Add("cuMemAllocFromPoolAsync was called on a capturing stream.");
        return status == CudaStatus.Success ? Take(address, (long)bytes, pooled: true) : status;
    }

    public CudaStatus MemFreeAsync(ulong address, CudaStreamHandle stream)
    {
        var status = Call("MemFreeAsync");
        if (IsCapturing(stream))
            Violations.Add("cuMemFreeAsync was called on a capturing stream.");
        if (!blocks.TryGetValue(address, out var block) || !block.Pooled)
            Violations.Add($"cuMemFreeAsync was given {address:x}.");
        // The memory stays readable for work that was given before; the count goes down now.
        used -= block.Bytes;
        Enqueue(stream, () => Release(address, counted: false));
        return status;
    }

    public CudaStatus MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, CudaStreamHandle stream)
    {
        if (!hostBlocks.Contains((ulong)source))
            Violations.Add("cuMemcpyHtoDAsync was given memory that is not page-locked.");
        var (to, from, count) = ((nint)destination, (nint)source, (long)bytes);
        Enqueue(stream, () => Buffer.MemoryCopy((void*)from, (void*)to, count, count));
        return Call($"MemcpyHtoDAsync({bytes})");
    }

    public CudaStatus MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, CudaStreamHandle stream)
    {
        if (!hostBlocks.Contains((ulong)destination))
            Violations.Add("cuMemcpyDtoHAsync was given memory that is not page-locked.");
        var (to, from, count) = ((nint)destination, (nint)source, (long)bytes);
        Enqueue(stream, () => Buffer.MemoryCopy((void*)from, (void*)to, count, count));
        return Call($"MemcpyDtoHAsync({bytes})");
    }

    public CudaStatus MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, CudaStreamHandle stream)
    {
        var count = (long)bytes;
        Enqueue(stream, () => Buffer.MemoryCopy((void*)source, (void*)destination, count, count));
        return Call($"MemcpyDtoDAsync({bytes})");
    }

    public CudaStatus MemsetD8Async(ulong destination, byte value, nuint bytes, CudaStreamHandle stream)
    {
        Enqueue(stream, () => NativeMemory.Fill((void*)destination, bytes, value));
        return Call($"MemsetD8Async({value}, {bytes})");
    }

    private CudaStatus Take(ulong* address, long bytes, bool pooled)
    {
        if (used + bytes > Total)
            return CudaStatus.OutOfMemory;
        // A large block is not touched: a few bytes stand for it.
        *address = (ulong)NativeMemory.AlignedAlloc((nuint)Math.Min(bytes, 64 << 20), 256);
        blocks.Add(*address, (bytes, pooled));
        used += bytes;
        if (pooled)
            reserved = Math.Max(reserved, used);
        return CudaStatus.Success;
    }

    private void Release(ulong address, bool counted = true)
    {
        if (!blocks.Remove(address, out var block))
            return;
        if (counted)
            used -= block.Bytes;
        NativeMemory.AlignedFree((void*)address);
    }
}
