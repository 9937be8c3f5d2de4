using System.Runtime.CompilerServices;

namespace ZfNet.Kernels;

/// <summary>
/// Packed convolution weights, kept while they do not change: a second forward pass with the same buffer, version and
/// geometry keeps what it packed, and every later one reuses it. In training every step has a new version, so nothing
/// is kept.
/// </summary>
internal sealed unsafe class PackedWeights : IDisposable
{
    private readonly Lock _gate = new();
    private ConditionalWeakTable<DeviceBuffer, Dictionary<Key, Entry>> _table = [];
    private bool _disposed;

    /// <summary>What a packing depends on besides the buffer.</summary>
    private readonly record struct Key(long Offset, int Cout, nint Window, int Groups, bool Winograd);

    /// <summary>A packing in use; disposed after the call.</summary>
    public readonly ref struct Lease(float* floats, long temporaryBytes, object? keepAlive)
    {
        public float* Floats { get; } = floats;

        public void Dispose()
        {
            if (temporaryBytes > 0)
                CpuMemoryPool.Instance.Return(Floats, temporaryBytes);
            GC.KeepAlive(keepAlive);
        }
    }

    /// <summary>The packed form of <paramref name="w"/> for a forward pass.</summary>
    public Lease Get(KernelContext context, in Conv2dGeometry g, BufferView w)
    {
        var winograd = WinogradConvolution.Forward(context, g);
        var bytes = (long)(winograd is { } fast ? WinogradConvolution.PackedFloats(context, fast.Shape) : ConvolutionForward.PackedFloats(context, g)) * sizeof(float);
        var source = w.Cpu<float>().Pointer;
        lock (_gate)
        {
            var entries = _table.GetOrCreateValue(w.Buffer);
            var key = new Key(w.Offset, g.Cout, ConvolutionForward.Window(g), g.Groups, winograd is not null);
            if (!entries.TryGetValue(key, out var entry))
                entries[key] = entry = new Entry();
            if (entry.Version == w.Buffer.Version && !_disposed)
            {
                if (entry.Memory is null)
                {
                    entry.Memory = new Block(bytes);
                    Pack(context, g, source, entry.Memory.Floats);
                }
                return new Lease(entry.Memory.Floats, 0, entry.Memory);
            }
            entry.Version = w.Buffer.Version;
            // Another call may still be using it; the block returns to the pool when nobody holds it.
            entry.Memory = null;
        }
        var floats = (float*)CpuMemoryPool.Instance.Rent(bytes);
        Pack(context, g, source, floats);
        return new Lease(floats, bytes, null);
    }

    private static void Pack(KernelContext context, in Conv2dGeometry g, float* w, float* packed)
    {
        if (WinogradConvolution.Forward(context, g) is { } fast)
            WinogradConvolution.PackWeights(context, fast.Shape, fast.Filters, w, packed);
        else
            ConvolutionForward.PackWeights(context, g, w, packed);
    }

    /// <summary>Forgets everything; memory goes back to the pool.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var (_, entries) in _table)
            {
                foreach (var entry in entries.Values)
                    entry.Memory = null;
            }
            _table = [];
        }
    }

    private sealed class Entry
    {
        public long Version { get; set; } = -1;

        public Block? Memory { get; set; }
    }

    /// <summary>Native memory that lives as long as somebody refers to it.</summary>
    private sealed class Block(long bytes)
    {
        public float* Floats { get; } = (float*)CpuMemoryPool.Instance.Rent(bytes);

        ~Block() => CpuMemoryPool.Instance.Return(Floats, bytes);
    }
}
