using System.Runtime.InteropServices;

namespace ZfNet.Kernels;

/// <summary>Plain native memory: aligned for the widest vectors, with slack behind the end for full-width loads.</summary>
internal static unsafe class CpuMemory
{
    internal const int Alignment = 64;
    internal const int Slack = 64;

    internal static CpuBuffer Allocate(long byteLength)
    {
        void* block;
        try
        {
            block = NativeMemory.AlignedAlloc((nuint)(byteLength + Slack), Alignment);
        }
        catch (OutOfMemoryException)
        {
            throw new InsufficientMemoryException($"Could not take {byteLength:N0} bytes of memory.");
        }
        return new Block(block, byteLength);
    }

    private sealed class Block(void* pointer, long byteLength) : CpuBuffer((nint)pointer, byteLength, null)
    {
        private readonly void* block = pointer;

        ~Block() => NativeMemory.AlignedFree(block);

        protected override void Free() => NativeMemory.AlignedFree(block);
    }
}
