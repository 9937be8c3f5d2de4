namespace ZfNet.Kernels;

/// <summary>Buffers from the caching pool: aligned for the widest vectors, with slack behind the end.</summary>
internal static unsafe class CpuMemory
{
    internal static CpuBuffer Allocate(long byteLength) => new Block(CpuMemoryPool.Instance.Rent(byteLength), byteLength);

    private sealed class Block(void* pointer, long byteLength) : CpuBuffer((nint)pointer, byteLength, null)
    {
        private readonly void* block = pointer;

        ~Block() => CpuMemoryPool.Instance.Return(block, ByteLength);

        protected override void Free() => CpuMemoryPool.Instance.Return(block, ByteLength);
    }
}
