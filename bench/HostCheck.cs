using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>
/// A device's results beside the plain loops on the host. Of ops whose planes, rows or samples do not see each other it
/// is enough to compute the first and the last few.
/// </summary>
internal sealed unsafe class HostCheck(IBackend device) : IDisposable
{
    private const long Piece = 1 << 28;

    private readonly List<DeviceBuffer> taken = [];

    /// <summary>The plain loops.</summary>
    public ReferenceBackend Plain { get; } = new();

    /// <summary>The first and the last few of a number of parts.</summary>
    public static IEnumerable<(long First, long Count)> Ends(long parts, long few = 2) =>
        parts <= 2 * few ? [(0, parts)] : [(0, few), (parts - few, few)];

    /// <summary>Some of the equal parts of a view.</summary>
    public static BufferView Part(BufferView view, long parts, (long First, long Count) some)
    {
        var size = view.Length / parts;
        return new BufferView(view.Buffer, view.DType, view.Offset + some.First * size, some.Count * size);
    }

    /// <summary>Host memory that nobody has written.</summary>
    public BufferView Empty(long count, DType dtype = DType.Float32)
    {
        var buffer = Plain.Allocate(count * dtype.Size());
        taken.Add(buffer);
        return new BufferView(buffer, dtype, 0, count);
    }

    /// <summary>What the device holds.</summary>
    public BufferView Copy(BufferView from)
    {
        var to = Empty(from.Length, from.DType);
        for (long at = 0; at < from.Length; at += Piece)
        {
            var count = Math.Min(Piece, from.Length - at);
            var bytes = (byte*)((CpuBuffer)to.Buffer).Pointer + at * from.DType.Size();
            device.Download(
                new BufferView(from.Buffer, from.DType, from.Offset + at, count),
                new Span<byte>(bytes, (int)(count * from.DType.Size())));
        }
        return to;
    }

    /// <summary>Some of the equal parts of what the device holds.</summary>
    public BufferView Copy(BufferView from, long parts, (long First, long Count) some) => Copy(Part(from, parts, some));

    /// <summary>What the device holds, as floats.</summary>
    public float* Floats(BufferView from) => Copy(from).Cpu<float>().Pointer;

    /// <summary>
    /// Throws unless a device's view is near the host's everywhere: sums of that many terms, whose magnitudes come to
    /// at most <paramref name="magnitudes"/>.
    /// </summary>
    public void Near(BufferView actual, BufferView expected, double magnitudes, double terms)
    {
        var (a, b) = (Copy(actual).Cpu<float>(), expected.Cpu<float>());
        for (long i = 0; i < actual.Length; i++)
            Near(a[i], b[i], magnitudes, terms);
    }

    /// <summary>
    /// Throws unless a value is near its sum in double, within the rounding of a float sum of that many terms.
    /// </summary>
    public static void Near(float actual, double expected, double magnitudes, double terms)
    {
        if (!(Math.Abs(actual - expected) <= (terms + 4) * Math.Pow(2, -24) * (magnitudes + 1e-30)))
            throw new InvalidOperationException(
                $"The kernel gives {actual}, the definition {expected}: nothing to time.");
    }

    /// <summary>Throws unless a device's view has the bits of the host's.</summary>
    public void Same(BufferView actual, BufferView expected)
    {
        if (!Bytes(Copy(actual)).SequenceEqual(Bytes(expected)))
            throw new InvalidOperationException("The kernel does not give the definition's bits: nothing to time.");

        static ReadOnlySpan<byte> Bytes(BufferView view) =>
            new((byte*)((CpuBuffer)view.Buffer).Pointer + view.Offset * view.DType.Size(),
                checked((int)(view.Length * view.DType.Size())));
    }

    /// <summary>Throws unless it holds.</summary>
    public static void That(bool holds)
    {
        if (!holds)
            throw new InvalidOperationException("The kernel's result is wrong: nothing to time.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        taken.ForEach(buffer => buffer.Dispose());
        Plain.Dispose();
    }
}
