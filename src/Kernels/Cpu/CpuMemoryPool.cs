using System.Numerics;
using System.Runtime.InteropServices;

namespace ZfNet.Kernels;

/// <summary>Bytes a <see cref="CpuMemoryPool"/> has handed out and keeps for reuse.</summary>
/// <param name="InUse">Bytes handed out and not yet returned.</param>
/// <param name="Cached">Bytes returned and kept for the next request.</param>
/// <param name="PeakInUse">The largest <paramref name="InUse"/> so far.</param>
public readonly record struct CpuMemoryStatistics(long InUse, long Cached, long PeakInUse);

/// <summary>
/// A thread-safe caching allocator of native memory over 64-bit sizes.
/// </summary>
/// <remarks>
/// Fresh large blocks cost a page fault every 4 KiB, dearer than many a kernel, so returned blocks are kept by size
/// class (eight classes per power of two, at most 1/8 wasted) and reused. Blocks are 64-byte aligned with at least
/// <see cref="Slack"/> readable bytes after their end, so that kernels may load whole vectors there. Blocks of 4 MiB
/// and more are aligned to 2 MiB and offered to the system's transparent huge pages.
/// </remarks>
internal sealed unsafe class CpuMemoryPool : IDisposable
{
    /// <summary>Bytes past the end of every block that may be read (their content is arbitrary).</summary>
    public const int Slack = 256;

    private const int Alignment = 64;
    private const long HugePage = 2L << 20;
    private const long HugeFrom = 4L << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Stack<nint>> _free = [];
    private readonly long _cacheLimit;
    private readonly long _totalLimit;
    private long _inUse;
    private long _cached;
    private long _peak;
    private bool _disposed;

    /// <summary>The pool every CPU buffer and every kernel's scratch comes from.</summary>
    public static CpuMemoryPool Instance { get; } = new();

    /// <summary>Creates a pool.</summary>
    /// <param name="cacheLimit">Most bytes kept for reuse; by default half of the memory this process may use.</param>
    public CpuMemoryPool(long? cacheLimit = null)
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        _cacheLimit = cacheLimit ?? available / 2;
        _totalLimit = available / 10 * 8;
    }

    /// <summary>What is handed out and kept at this moment.</summary>
    public CpuMemoryStatistics Statistics
    {
        get
        {
            lock (_gate)
                return new(_inUse, _cached, _peak);
        }
    }

    /// <summary>A block of at least <paramref name="bytes"/> bytes with arbitrary content.</summary>
    /// <exception cref="InsufficientMemoryException">The system has no such block left.</exception>
    public void* Rent(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var size = SizeClass(bytes);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_free.TryGetValue(size, out var blocks) && blocks.TryPop(out var block))
            {
                _cached -= size;
                Count(size);
                return (void*)block;
            }
            if (_cached > 0 && _inUse + _cached + size > _totalLimit)
                TrimLocked();
            var fresh = AllocateLocked(size, bytes);
            Count(size);
            return fresh;
        }
    }

    /// <summary>Returns a block that <see cref="Rent"/> gave for the same number of bytes.</summary>
    public void Return(void* block, long bytes)
    {
        if (block == null)
            return;
        var size = SizeClass(bytes);
        lock (_gate)
        {
            _inUse -= size;
            if (_disposed || size > _cacheLimit)
            {
                NativeMemory.AlignedFree(block);
                return;
            }
            if (_cached + size > _cacheLimit)
                TrimLocked();
            if (!_free.TryGetValue(size, out var blocks))
                _free[size] = blocks = new Stack<nint>();
            blocks.Push((nint)block);
            _cached += size;
        }
    }

    /// <summary>Gives every cached block back to the system.</summary>
    public void Trim()
    {
        lock (_gate)
            TrimLocked();
    }

    /// <summary>Frees the cached blocks; blocks still handed out are freed when they are returned.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            TrimLocked();
        }
    }

    /// <summary>The size of the block that serves a request: slack added, then rounded up to a class.</summary>
    internal static long SizeClass(long bytes)
    {
        if (bytes > long.MaxValue / 2)
            throw new InsufficientMemoryException($"A block of {bytes} bytes was asked for; no machine has that much.");
        var size = bytes + Slack;
        // Eight classes per power of two; never finer than 256 bytes.
        var step = Math.Max(256L, 1L << Math.Max(0, BitOperations.Log2((ulong)size) - 3));
        return (size + step - 1) / step * step;
    }

    private void Count(long size)
    {
        _inUse += size;
        _peak = Math.Max(_peak, _inUse);
    }

    private void* AllocateLocked(long size, long bytes)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var huge = size >= HugeFrom;
                var block = NativeMemory.AlignedAlloc((nuint)size, huge ? (nuint)HugePage : Alignment);
                if (huge)
                    HugePages.Advise(block, size);
                return block;
            }
            catch (OutOfMemoryException) when (attempt == 0 && _cached > 0)
            {
                TrimLocked();
            }
            catch (OutOfMemoryException error)
            {
                throw new InsufficientMemoryException(
                    $"Allocating {bytes} bytes of CPU memory failed; {_inUse} bytes are in use by this process's buffers.",
                    error);
            }
        }
    }

    private void TrimLocked()
    {
        foreach (var blocks in _free.Values)
        {
            while (blocks.TryPop(out var block))
                NativeMemory.AlignedFree((void*)block);
        }
        _cached = 0;
    }
}
