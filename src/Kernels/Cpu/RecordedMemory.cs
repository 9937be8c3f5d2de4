namespace ZfNet.Kernels;

/// <summary>
/// Memory of tensors that are made while work is written down: what is given back serves later tensors of the same work, which use it
/// one after the other at every run, and nobody else before the work is disposed.
/// </summary>
internal sealed unsafe class RecordedMemory : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Stack<nint>> _free = [];
    private bool _disposed;

    ~RecordedMemory() => Free();

    /// <summary>A buffer of this memory; its contents are undefined.</summary>
    public CpuBuffer Allocate(long byteLength)
    {
        lock (_gate)
        {
            var pointer = _free.TryGetValue(CpuMemoryPool.SizeClass(byteLength), out var blocks) && blocks.TryPop(out var block)
                ? (void*)block : CpuMemoryPool.Instance.Rent(byteLength);
            return new Block(this, pointer, byteLength);
        }
    }

    /// <summary>Gives back what no tensor holds; the rest follows when its tensor does.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var (bytes, blocks) in _free)
            {
                // Of one size class: what it was asked for does not matter.
                while (blocks.TryPop(out var block))
                    CpuMemoryPool.Instance.Return((void*)block, bytes - CpuMemoryPool.Slack);
            }
        }
    }

    private void Return(void* pointer, long bytes)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                CpuMemoryPool.Instance.Return(pointer, bytes);
                return;
            }
            var size = CpuMemoryPool.SizeClass(bytes);
            if (!_free.TryGetValue(size, out var blocks))
                _free[size] = blocks = new Stack<nint>();
            blocks.Push((nint)pointer);
        }
    }

    private sealed class Block(RecordedMemory memory, void* pointer, long byteLength) : CpuBuffer((nint)pointer, byteLength, null)
    {
        private readonly void* block = pointer;

        ~Block() => memory.Return(block, ByteLength);

        protected override void Free() => memory.Return(block, ByteLength);
    }
}
