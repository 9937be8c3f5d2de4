using System.IO.MemoryMappedFiles;

namespace ZfNet.Engine;

/// <summary>
/// A safetensors file, checked and mapped into memory: opening reads the header alone, and tensors of any size are
/// pages of the file. Format: huggingface/safetensors; every rule it sets is enforced before a byte is handed out.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly FileStream stream;
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly Dictionary<string, WeightEntry> byName;
    private readonly long fileBytes;

    private SafetensorsFile(
        string path, FileStream stream, MemoryMappedFile file, MemoryMappedViewAccessor view, SafetensorsHeader header, long fileBytes)
    {
        Path = path;
        this.stream = stream;
        this.fileBytes = fileBytes;
        this.file = file;
        this.view = view;
        Entries = header.Entries;
        Metadata = header.Metadata;
        byName = Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The path given.</summary>
    public string Path { get; }

    /// <summary>The tensors, in the order of their bytes.</summary>
    public IReadOnlyList<WeightEntry> Entries { get; }

    /// <summary>The file's text-to-text map; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens, maps and checks a file.</summary>
    /// <exception cref="WeightsFileException">The file is absent, unreadable or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MemoryMappedFile? file = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            long length = Map(path, out var stream, out file, out view);
            var result = new SafetensorsFile(path, stream, file, view, ReadHeader(path, view, length), length);
            (file, view) = (null, null);
            return result;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or NotSupportedException or ArgumentException
            || e is IOException and not WeightsFileException)
        {
            throw WeightsFileException.For(path, Reason(path, e), e);
        }
        finally
        {
            view?.Dispose();
            file?.Dispose();
        }
    }

    /// <summary>Whether there is a tensor of that name.</summary>
    public bool TryFind(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out WeightEntry? entry) =>
        byName.TryGetValue(name, out entry);

    /// <summary>Reads every byte and compares with the checksum that <see cref="SafetensorsWriter"/> put at the end.</summary>
    /// <exception cref="WeightsFileException">The file has none, or a byte is not as it was written.</exception>
    public unsafe void CheckSum()
    {
        const int Chunk = 1 << 20;
        var last = Entries.Count > 0 ? Entries[^1] : null;
        if (last is null || !((WeightInfo)SafetensorsWriter.Checksum).Equals(new(last.Name, last.DType, last.Shape.AsSpan())))
            throw WeightsFileException.For(Path, "it has no checksum.");
        var sum = new Crc32C();
        using var written = Map(last.Name);
        var bytes = (byte*)written.Address - last.Offset;
        for (long at = 0; at < last.Offset; at += Chunk)
            sum.Append(new(bytes + at, (int)Math.Min(Chunk, last.Offset - at)));
        if (*(uint*)written.Address != sum.Value)
            throw WeightsFileException.For(Path, "its checksum is wrong: a byte is not as it was written.");
    }

    /// <summary>The bytes of a tensor, without a copy; dispose when done.</summary>
    /// <exception cref="WeightsFileException">There is no tensor of that name.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public MappedWeights Map(string name) =>
        byName.TryGetValue(name, out WeightEntry? entry)
            ? new MappedWeights(view.SafeMemoryMappedViewHandle, view.PointerOffset + entry.Offset, entry, fileBytes)
            : throw WeightsFileException.For(Path, $"it has no tensor '{SafetensorsHeader.Show(name)}'.");

    /// <summary>
    /// Reads bytes <paramref name="start"/> onwards of a tensor past the mapping, whose pages would stay in memory as long as any of its
    /// tensors.
    /// </summary>
    /// <exception cref="WeightsFileException">The file became shorter, or cannot be read.</exception>
    internal void Read(WeightEntry entry, long start, Span<byte> destination)
    {
        try
        {
            for (int count; !destination.IsEmpty; start += count, destination = destination[count..])
            {
                count = RandomAccess.Read(stream.SafeFileHandle, destination, entry.Offset + start);
                if (count == 0)
                    throw WeightsFileException.For(Path, "it became shorter while it was read.");
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException || e is IOException and not WeightsFileException)
        {
            throw WeightsFileException.For(Path, Reason(Path, e), e);
        }
    }

    /// <summary>Closes the file; bytes still held by a <see cref="MappedWeights"/> stay until it is disposed.</summary>
    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
    }

    private static long Map(string path, out FileStream stream, out MemoryMappedFile file, out MemoryMappedViewAccessor view)
    {
        if (!BitConverter.IsLittleEndian)
            throw new NotSupportedException("safetensors is little-endian, and this machine is not.");
        stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
        try
        {
            // An empty file cannot be mapped, and a device has no length.
            long length = stream.Length;
            SafetensorsHeader.HeaderBytes(length >= 8 ? Head(stream) : [], length, path);
            file = MemoryMappedFile.CreateFromFile(
                stream, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: false);
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.CopyOnWrite);
            return length;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static byte[] Head(FileStream stream)
    {
        var head = new byte[8];
        stream.ReadExactly(head);
        return head;
    }

    private static unsafe SafetensorsHeader ReadHeader(string path, MemoryMappedViewAccessor view, long length)
    {
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        try
        {
            int bytes = (int)Math.Min(length, 8 + SafetensorsHeader.MaxHeaderBytes);
            return SafetensorsHeader.Parse(new ReadOnlySpan<byte>(pointer + view.PointerOffset, bytes), length, path);
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    private static string Reason(string path, Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file.",
        UnauthorizedAccessException when Directory.Exists(path) => "it is a folder.",
        UnauthorizedAccessException => "reading it is not permitted.",
        _ => $"it cannot be read ({e.Message.TrimEnd('.')}).",
    };
}
