using System.Runtime.CompilerServices;

namespace ZfNet.Kernels;

/// <summary>
/// Packed convolution weights, kept while they do not change: a second pass with the same buffer, version and geometry
/// keeps what it packed, and every later one reuses it. A training step that goes over its weights once has a new version every
/// time, so nothing is kept.
/// </summary>
internal sealed unsafe class PackedWeights : IDisposable
{
    private readonly Lock _gate = new();
    private ConditionalWeakTable<DeviceBuffer, Dictionary<Key, Entry>> _table = [];
    private bool _disposed;

    /// <summary>How weights are packed.</summary>
    private enum Form
    {
        Direct,
        Winograd,
        WinogradBackward,
        Stamps,
    }

    /// <summary>What a packing depends on besides the buffer.</summary>
    private readonly record struct Key(long Offset, int Channels, nint Window, int Groups, Form Form, WinogradConvolution.Tile? Tile = null);

    /// <summary>A packing in use; disposed after the call.</summary>
    public readonly ref struct Lease
    {
        private readonly Block? kept;
        private readonly long temporaryBytes;

        /// <summary>Of a kept packing, which is held until the end.</summary>
        public Lease(Block kept)
        {
            kept.Hold();
            this.kept = kept;
            Floats = kept.Floats;
        }

        /// <summary>Of one for this call alone.</summary>
        public Lease(float* floats, long bytes)
        {
            Floats = floats;
            temporaryBytes = bytes;
        }

        public float* Floats { get; }

        public void Dispose()
        {
            kept?.Release();
            if (temporaryBytes > 0)
                CpuMemoryPool.Instance.Return(Floats, temporaryBytes);
        }
    }

    /// <summary>The packed form of <paramref name="w"/> for a forward pass.</summary>
    public Lease Get(KernelContext context, in Conv2dGeometry g, BufferView w) => WinogradConvolution.Forward(context, g) is { } fast
        ? Get(new WinogradPacking(context, g, fast.Shape, fast.Filters, Form.Winograd), w) : Get(new DirectPacking(context, g), w);

    /// <summary>The packed form of <paramref name="w"/> for the gradient of the input, where <see cref="WinogradConvolution"/> computes it.</summary>
    public Lease GetBackward(
        KernelContext context, in Conv2dGeometry g, in WinogradConvolution.Shape shape, in WinogradConvolution.Filters filters, BufferView w) =>
        Get(new WinogradPacking(context, g, shape, filters, Form.WinogradBackward), w);

    /// <summary>The packed form of <paramref name="w"/> for a transposed convolution.</summary>
    public Lease Get(KernelContext context, in ConvTranspose2dGeometry g, BufferView w) => Get(new StampPacking(context, g), w);

    private Lease Get<TPacking>(TPacking packing, BufferView w)
        where TPacking : struct, IPacking
    {
        var bytes = packing.Floats * sizeof(float);
        var source = w.Cpu<float>().Pointer;
        lock (_gate)
        {
            var entries = _table.GetOrCreateValue(w.Buffer);
            var key = packing.Key(w.Offset);
            if (!entries.TryGetValue(key, out var entry))
                entries[key] = entry = new Entry();
            if (entry.Version == w.Buffer.Version && !_disposed)
            {
                if (entry.Memory is null)
                {
                    entry.Memory = new Block(bytes);
                    packing.Pack(source, entry.Memory.Floats);
                }
                return new Lease(entry.Memory);
            }
            entry.Version = w.Buffer.Version;
            entry.Forget();
        }
        var floats = (float*)CpuMemoryPool.Instance.Rent(bytes);
        packing.Pack(source, floats);
        return new Lease(floats, bytes);
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
                    entry.Forget();
            }
            _table = [];
        }
    }

    /// <summary>One way to pack.</summary>
    private interface IPacking
    {
        long Floats { get; }

        Key Key(long offset);

        void Pack(float* w, float* packed);
    }

    private readonly struct DirectPacking(KernelContext context, Conv2dGeometry g) : IPacking
    {
        public long Floats => ConvolutionForward.PackedFloats(context, g);

        public Key Key(long offset) => new(offset, g.Cout, ConvolutionForward.Window(g), g.Groups, Form.Direct);

        public void Pack(float* w, float* packed) => ConvolutionForward.PackWeights(context, g, w, packed);
    }

    private readonly struct WinogradPacking(
        KernelContext context, Conv2dGeometry g, WinogradConvolution.Shape shape, WinogradConvolution.Filters filters, Form form) : IPacking
    {
        public long Floats => WinogradConvolution.PackedFloats(context, shape);

        public Key Key(long offset) => new(offset, g.Cout, ConvolutionForward.Window(g), g.Groups, form, shape.Tile);

        public void Pack(float* w, float* packed) => WinogradConvolution.PackWeights(context, shape, filters, w, packed);
    }

    private readonly struct StampPacking(KernelContext context, ConvTranspose2dGeometry g) : IPacking
    {
        public long Floats => TransposedConvolution.PackedFloats(g);

        public Key Key(long offset) =>
            new(offset, g.Cin, (nint)g.Kernel.H * g.Kernel.W * (g.Cout / g.Groups), g.Groups, Form.Stamps);

        public void Pack(float* w, float* packed) => TransposedConvolution.PackWeights(context, g, w, packed);
    }

    private sealed class Entry
    {
        public long Version { get; set; } = -1;

        public Block? Memory { get; set; }

        /// <summary>Gives the memory up; a call that is still using it holds it to its end.</summary>
        public void Forget()
        {
            Memory?.Release();
            Memory = null;
        }
    }

    /// <summary>Native memory for as long as it is kept or held; that of weights that nobody knows any more ends with them.</summary>
    internal sealed class Block(long bytes)
    {
        private int holders = 1;

        public float* Floats { get; } = (float*)CpuMemoryPool.Instance.Rent(bytes);

        ~Block()
        {
            if (holders > 0)
                CpuMemoryPool.Instance.Return(Floats, bytes);
        }

        public void Hold() => Interlocked.Increment(ref holders);

        public void Release()
        {
            if (Interlocked.Decrement(ref holders) == 0)
                CpuMemoryPool.Instance.Return(Floats, bytes);
        }
    }
}
