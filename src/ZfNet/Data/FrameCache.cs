using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>
/// A data set's frames decoded once into a file and mapped into memory: for sets that are read often and fit a disk,
/// not the memory. The file is known by every picture's <see cref="IPictureSource.Stamp"/> and by how frames are made;
/// one of other pictures, of another preprocessing, cut or damaged is made anew.
/// </summary>
/// <remarks>"zfframes", the key (SHA-256), count, height and width (int32 each, little-endian), the frames (H, W, 3),
/// and the SHA-256 of all before.</remarks>
public sealed class FrameCache : IDisposable
{
    private const int HashBytes = 32, HeaderBytes = 8 + HashBytes + 12, Batch = 64;

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;

    private FrameCache(
        string path, MemoryMappedFile file, MemoryMappedViewAccessor view, int count, (int Height, int Width) size) =>
        (Path, this.file, this.view, Count, FrameSize) = (path, file, view, count, size);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Number of frames.</summary>
    public int Count { get; }

    /// <summary>Rows and columns of each.</summary>
    public (int Height, int Width) FrameSize { get; }

    /// <summary>Opens the cache of a set, made now if it is not there or is of no use.</summary>
    /// <param name="folder">Where caches lie; made if it is not there. Each set and size has a file of its own.</param>
    /// <param name="source">The pictures.</param>
    /// <param name="preprocessing">How they become frames.</param>
    /// <param name="say">Told in a sentence why a file was made or made anew; null for nobody.</param>
    /// <param name="cancel">Stops the making; nothing half-made remains.</param>
    /// <exception cref="FileWriteException">It cannot be written.</exception>
    /// <exception cref="PictureException">A picture cannot be decoded: of several, the first.</exception>
    public static FrameCache Open(
        string folder, IPictureSource source, Preprocessing preprocessing, Action<string>? say = null,
        CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(preprocessing);
        preprocessing.Validate();
        var size = preprocessing.FrameSize;
        byte[] names = Hash(Enumerable.Range(0, source.Count).Select(i => System.IO.Path.GetFullPath(source.Name(i))));
        var name = $"{Convert.ToHexStringLower(names.AsSpan(0, 6))}-{size.Height}x{size.Width}.frames";
        var path = System.IO.Path.Combine(folder, name);
        byte[] key = Hash(Enumerable.Range(0, source.Count).Select(source.Stamp).Append(preprocessing.FrameKey));
        byte[] header = [.. "zfframes"u8, .. key, .. new byte[12]];
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(HeaderBytes - 12), source.Count);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(HeaderBytes - 8), size.Height);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(HeaderBytes - 4), size.Width);
        try
        {
            Directory.CreateDirectory(folder);
            if (File.Exists(path))
            {
                if (TryMap(path, header, source.Count, size, out string reason) is { } known) return known;
                say?.Invoke($"The cache '{path}' {reason}: it is made anew.");
            }
            Make(path, header, source, preprocessing, cancel);
            say?.Invoke($"Cached {source.Count} pictures in '{path}'.");
            return TryMap(path, header, source.Count, size, out string fault)
                ?? throw new FileWriteException($"The cache '{path}' {fault}, right after it was written.");
        }
        catch (Exception e) when (e is IOException and not FileWriteException or UnauthorizedAccessException)
        {
            throw new FileWriteException($"Cannot cache pictures in '{folder}': {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>A frame. Safe to call from many threads.</summary>
    /// <param name="index">Of the picture in its source.</param>
    public unsafe Picture Frame(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
        int length = FrameSize.Height * FrameSize.Width * 3;
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        try
        {
            byte* from = pointer + view.PointerOffset + HeaderBytes + (long)index * length;
            return new(FrameSize.Height, FrameSize.Width, new ReadOnlySpan<byte>(from, length));
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    /// <summary>Unmaps the file; it stays on the disk.</summary>
    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
    }

    private static void Make(
        string path, byte[] header, IPictureSource source, Preprocessing preprocessing, CancellationToken cancel)
    {
        var length = 3 * preprocessing.FrameSize.Height * preprocessing.FrameSize.Width;
        using var file = new AtomicFile(path, HeaderBytes + (long)source.Count * length + HashBytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Write(header);
        var frames = new Picture[Math.Min(Batch, source.Count)];
        for (var start = 0; start < source.Count; start += Batch)
        {
            var faults = new InputException?[Math.Min(Batch, source.Count - start)];
            Parallel.For(0, faults.Length, new ParallelOptions { CancellationToken = cancel }, i =>
            {
                try
                {
                    frames[i] = preprocessing.Frame(source.Get(start + i));
                }
                catch (InputException e)
                {
                    faults[i] = e;
                }
            });
            if (faults.FirstOrDefault(fault => fault is not null) is { } first)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
            for (var i = 0; i < faults.Length; i++) Write(frames[i].Pixels);
        }
        file.Write(hash.GetHashAndReset());
        file.Commit();

        void Write(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            file.Write(bytes);
        }
    }

    /// <summary>The file, if it is what its header should say and whole; else null, and what is wrong with
    /// it.</summary>
    private static FrameCache? TryMap(
        string path, byte[] header, int count, (int Height, int Width) size, out string reason)
    {
        using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16,
            FileOptions.SequentialScan);
        var expected = HeaderBytes + 3L * size.Height * size.Width * count + HashBytes;
        var head = new byte[HeaderBytes];
        var got = stream.ReadAtLeast(head, HeaderBytes, throwOnEndOfStream: false);
        var mark = Math.Min(got, 8);
        reason = !head.AsSpan(0, mark).SequenceEqual(header.AsSpan(0, mark)) ? "is not a cache of pictures"
            : got == HeaderBytes && !head.AsSpan().SequenceEqual(header)
                ? "is of other pictures or preprocessed otherwise"
            : stream.Length < expected ? $"is cut: it has {stream.Length} of {expected} bytes"
            : stream.Length > expected ? $"is damaged: it has {stream.Length} bytes, not {expected}"
            : Intact(stream, expected) ? "" : "is damaged: its checksum is another";
        if (reason.Length > 0) return null;
        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        return new(path, file, file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read), count, size);
    }

    private static bool Intact(FileStream stream, long length)
    {
        stream.Position = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        for (var left = length - HashBytes; left > 0;)
        {
            var got = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (got == 0) return false;
            hash.AppendData(buffer, 0, got);
            left -= got;
        }
        Span<byte> written = stackalloc byte[HashBytes];
        return stream.ReadAtLeast(written, HashBytes, throwOnEndOfStream: false) == HashBytes
            && written.SequenceEqual(hash.GetHashAndReset());
    }

    private static byte[] Hash(IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in texts) hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        return hash.GetHashAndReset();
    }
}
