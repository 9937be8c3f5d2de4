using System.Runtime.InteropServices;
using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>
/// Writes a safetensors file, a tensor after the other, chunk by chunk, so that no copy of the weights is made.
/// The same tensors and metadata give the same bytes. Every tensor begins at a multiple of its element's size, the
/// first at a multiple of 8. The file appears whole at the end or not at all (<see cref="AtomicFile"/>).
/// </summary>
public sealed class SafetensorsWriter
{
    /// <summary>The last tensor of a file with a checksum: the CRC-32C of all bytes before it, four bytes, little-endian.</summary>
    internal static readonly WeightInfo Checksum = new("checksum.crc32c", WeightDType.U8, [sizeof(uint)]);

    private readonly AtomicFile file;
    private Crc32C? sum;
    private long left;

    private SafetensorsWriter(AtomicFile file, bool checksum)
    {
        this.file = file;
        sum = checksum ? new Crc32C() : null;
        Current = Checksum;
    }

    /// <summary>The tensor whose bytes are asked for.</summary>
    public WeightInfo Current { get; private set; }

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where; its folder must exist.</param>
    /// <param name="tensors">
    /// What it holds. The larger element types come first, so that all are aligned; otherwise the order given is kept.
    /// </param>
    /// <param name="metadata">Text-to-text map, written in ordinal order of its keys; null or empty for none.</param>
    /// <param name="fill">Called once a tensor; must write exactly its <see cref="WeightInfo.ByteLength"/> bytes.</param>
    /// <param name="checksum">
    /// Whether a last tensor, <c>checksum.crc32c</c>, holds a checksum of all bytes before it
    /// (<see cref="SafetensorsFile.CheckSum"/>).
    /// </param>
    /// <exception cref="ArgumentException">A name comes twice, or the header passes the format's limit.</exception>
    /// <exception cref="InvalidOperationException"><paramref name="fill"/> wrote too little or too much.</exception>
    /// <exception cref="FileWriteException">The disk refused; what was at <paramref name="path"/> is as it was.</exception>
    public static void Write(
        string path,
        IEnumerable<WeightInfo> tensors,
        IReadOnlyDictionary<string, string>? metadata,
        Action<SafetensorsWriter> fill,
        bool checksum = false) =>
        Write(path, tensors, metadata, fill, (target, bytes) => new AtomicFile(target, bytes), checksum);

    /// <summary>As the public method, on a file of the caller's making: a full disk in a test.</summary>
    internal static void Write(
        string path,
        IEnumerable<WeightInfo> tensors,
        IReadOnlyDictionary<string, string>? metadata,
        Action<SafetensorsWriter> fill,
        Func<string, long, AtomicFile> open,
        bool checksum = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentNullException.ThrowIfNull(fill);
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("safetensors is little-endian, and this machine is not.");
        WeightInfo[] order = [.. tensors.OrderByDescending(tensor => tensor.DType.Bytes()), .. checksum ? [Checksum] : Array.Empty<WeightInfo>()];
        if (order.GroupBy(tensor => tensor.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ArgumentException($"Tensor '{twice.Key}' is to be written twice.", nameof(tensors));
        byte[] header = SafetensorsHeader.Format(order, metadata ?? new Dictionary<string, string>());
        if (header.Length - 8 > SafetensorsHeader.MaxHeaderBytes)
            throw new ArgumentException($"The header of {header.Length} bytes passes the format's limit of {SafetensorsHeader.MaxHeaderBytes}.");

        using AtomicFile file = open(path, header.Length + order.Sum(tensor => tensor.ByteLength));
        var writer = new SafetensorsWriter(file, checksum);
        writer.Append(header);
        foreach (WeightInfo tensor in order)
            writer.Fill(tensor, tensor == Checksum ? WriteChecksum : fill);
        file.Commit();
    }

    /// <summary>Writes the next elements of <see cref="Current"/>.</summary>
    /// <exception cref="InvalidOperationException">They are more than the tensor has, or of another size.</exception>
    public void Write<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values);
        if (typeof(T) != typeof(byte) && Marshal.SizeOf<T>() != Current.DType.Bytes())
            throw new InvalidOperationException($"Tensor {Current} was given elements of {typeof(T).Name}.");
        if (bytes.Length > left)
            throw new InvalidOperationException($"Tensor {Current} was given more than its {Current.ByteLength} bytes.");
        Append(bytes);
        left -= bytes.Length;
    }

    /// <summary>Writes the next elements of <see cref="Current"/> from native memory of any length.</summary>
    /// <exception cref="InvalidOperationException">They are more than the tensor has, or of another size.</exception>
    public unsafe void Write<T>(NativeSpan<T> values)
        where T : unmanaged
    {
        const int Chunk = 1 << 20;
        for (long at = 0; at < values.Length; at += Chunk)
            Write(new ReadOnlySpan<T>(values.Pointer + at, (int)Math.Min(Chunk, values.Length - at)));
    }

    private static void WriteChecksum(SafetensorsWriter writer) => 
        writer.Write(MemoryMarshal.AsBytes([writer.sum!.Value.Value]));

    private void Fill(WeightInfo tensor, Action<SafetensorsWriter> fill)
    {
        Current = tensor;
        left = tensor.ByteLength;
        fill(this);
        if (left != 0)
            throw new InvalidOperationException(
                $"Tensor {tensor} was given {tensor.ByteLength - left} of its {tensor.ByteLength} bytes.");
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (sum is { } value)
        {
            value.Append(bytes);
            sum = value;
        }
        file.Write(bytes);
    }
}
