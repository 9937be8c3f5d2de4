namespace ZfNet.Kernels;

/// <summary>
/// Writes a <see cref="CpuBackend"/>'s work down: every call with its arguments, which running it makes again, in order and without
/// an object. One thread's; the backend itself works on for others.
/// </summary>
internal sealed partial class CpuRecorder(CpuBackend backend) : IRecorder, IBackend, ILinearSgd, IBFloat16Storage
{
    private readonly RecordedMemory memory = new();
    private readonly List<Action> calls = [];

    /// <summary>The buffers of the work, with the versions at their last call.</summary>
    private readonly Dictionary<DeviceBuffer, long> versions = new(ReferenceEqualityComparer.Instance);

    /// <summary>
    /// For buffers that were made while this was written down, others on the same memory: the tensors that they belong to end with the
    /// recording, and the memory stays.
    /// </summary>
    private readonly Dictionary<DeviceBuffer, CpuBuffer> lasting = new(ReferenceEqualityComparer.Instance);

    /// <inheritdoc/>
    public IBackend Backend => this;

    /// <inheritdoc/>
    public string Name => backend.Name;

    /// <inheritdoc/>
    public string Description => backend.Description;

    /// <inheritdoc/>
    public IRecordedWork End()
    {
        foreach (var buffer in versions.Keys.ToArray())
        {
            var own = Look(buffer) != buffer;
            if (!own && buffer.IsDisposed)
                throw new InvalidOperationException(
                    $"A tensor of {buffer.ByteLength} bytes that was there before work was recorded is used and then disposed in it, and would be missing at the next run.");
            // What is left behind, a gradient, has new contents too.
            if (own && !buffer.IsDisposed)
                calls.Add(buffer.Touch);
        }
        return new RecordedWork([.. calls], [.. versions.Keys.Where(buffer => !buffer.IsDisposed)], memory);
    }

    /// <inheritdoc/>
    public void Drop() => memory.Dispose();

    /// <summary>The backend goes on, and so does what was written down.</summary>
    public void Dispose()
    {
    }

    /// <inheritdoc/>
    public unsafe DeviceBuffer Allocate(long byteLength)
    {
        var buffer = memory.Allocate(byteLength);
        lasting.Add(buffer, new CpuBuffer((nint)buffer.Pointer, byteLength, null));
        return buffer;
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<byte> source, BufferView destination) =>
        throw new InvalidOperationException("Work is being written down: nothing can be uploaded.");

    /// <inheritdoc/>
    public void Download(BufferView source, Span<byte> destination) =>
        throw new InvalidOperationException("Work is being written down: there is nothing to download yet.");

    /// <summary>A view that is there at every run.</summary>
    private BufferView At(BufferView view)
    {
        ObjectDisposedException.ThrowIf(view.Buffer.IsDisposed, view.Buffer);
        return new BufferView(Look(view.Buffer), view.DType, view.Offset, view.Length);
    }

    private BufferView? At(BufferView? view) => view is { } given ? At(given) : null;

    /// <summary>
    /// The buffer that calls take. What was changed in place since the last call is said to be changed at every run, and memory that is
    /// the work's own whenever it is used first: its contents are the last run's.
    /// </summary>
    private DeviceBuffer Look(DeviceBuffer buffer)
    {
        var own = lasting.TryGetValue(buffer, out var other);
        var target = other ?? buffer;
        if (versions.TryGetValue(buffer, out var version) ? version != buffer.Version : own)
            calls.Add(target.Touch);
        versions[buffer] = buffer.Version;
        return target;
    }

    /// <summary>The step with the run's learning rate.</summary>
    private static SgdStep Now(SgdStep step, BufferView? rate) => rate is { } at ? step with { LearningRate = at.Cpu<double>()[0] } : step;

    /// <summary>The mask with the run's stream.</summary>
    private static DropoutMask Now(DropoutMask mask, BufferView? stream) =>
        stream is { } at ? mask with { Stream = BitConverter.DoubleToUInt64Bits(at.Cpu<double>()[0]) } : mask;

    private sealed class RecordedWork(Action[] calls, DeviceBuffer[] used, RecordedMemory memory) : IRecordedWork
    {
        public void Run()
        {
            foreach (var buffer in used)
            {
                if (buffer.IsDisposed)
                {
                    throw new ObjectDisposedException(
                        nameof(CpuBuffer), $"A tensor of {buffer.ByteLength} bytes that recorded work uses was disposed since it was recorded.");
                }
            }
            foreach (var call in calls)
                call();
        }

        public void Dispose() => memory.Dispose();
    }
}
