namespace ZfNet.Engine;

/// <summary>
/// A file that appears whole or not at all: bytes go to a temporary beside the target, which is flushed to the disk and
/// renamed over the target by <see cref="Commit"/>. Disposal without a commit removes the temporary, and whatever was
/// at the target stays as it was.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    private readonly string target;
    private readonly string temporary;
    private readonly Stream stream;
    private bool finished;

    /// <summary>Makes the temporary.</summary>
    /// <param name="path">Where the file shall be; its folder must exist. A link is followed.</param>
    /// <param name="byteLength">How long the file will be, 0 if unknown: a disk without that much room refuses now.</param>
    /// <exception cref="FileWriteException">The folder does not exist, is full, or may not be written to; one sentence.</exception>
    public AtomicFile(string path, long byteLength = 0)
        : this(path, byteLength, Open)
    {
    }

    /// <summary>As the public constructor, on a stream of the caller's: a full disk in a test.</summary>
    internal AtomicFile(string path, long byteLength, Func<string, long, Stream> open)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
        target = Target(path);
        temporary = System.IO.Path.Combine(
            System.IO.Path.GetDirectoryName(target)!, $".{System.IO.Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
        try
        {
            stream = open(temporary, byteLength);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file whose room could not be had may have been made all the same.
            Remove();
            throw Fault(e);
        }
    }

    /// <summary>The path given.</summary>
    public string Path { get; }

    /// <summary>Writes a file whole or not at all.</summary>
    /// <param name="path">Where the file shall be.</param>
    /// <param name="write">Writes the contents.</param>
    /// <exception cref="FileWriteException">Writing failed; one sentence, and the old file is as it was.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var file = new AtomicFile(path);
        try
        {
            write(file.stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw file.Fault(e);
        }

        file.Commit();
    }

    /// <summary>Appends bytes.</summary>
    /// <exception cref="FileWriteException">The disk refused them.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(finished, this);
        try
        {
            stream.Write(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault(e);
        }
    }

    /// <summary>Flushes to the disk and renames over the target.</summary>
    /// <exception cref="FileWriteException">Either failed; the old file is as it was.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(finished, this);
        try
        {
            stream.Flush();
            if (stream is FileStream file)
                file.Flush(flushToDisk: true);
            stream.Dispose();
            File.Move(temporary, target, overwrite: true);
            finished = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault(e);
        }
    }

    private FileWriteException Fault(Exception cause)
    {
        if (cause is FileWriteException known)
            return known;
        string reason = FileWriteException.Reason(target, cause).Replace(temporary, target, StringComparison.Ordinal);
        return new FileWriteException($"Could not write '{Path}': {reason}; nothing was changed.", cause);
    }

    /// <summary>Removes the temporary unless it was committed.</summary>
    public void Dispose()
    {
        if (finished)
            return;
        finished = true;
        try
        {
            stream.Dispose();
        }
        catch (IOException)
        {
            // What was still buffered does not fit either; the fault has been reported.
        }

        Remove();
    }

    private static FileStream Open(string temporary, long byteLength) => new(temporary, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        Share = FileShare.None,
        BufferSize = 1 << 16,
        PreallocationSize = byteLength,
    });

    private static string Target(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        if (File.Exists(full) && File.ResolveLinkTarget(full, returnFinalTarget: true) is { } link)
            full = link.FullName;
        if (Directory.Exists(full))
            throw new FileWriteException($"Could not write '{path}': it is a folder.");

        // A rename would put an ordinary file in a device's place.
        bool device = !OperatingSystem.IsWindows() && full.StartsWith("/dev/", StringComparison.Ordinal)
            && !full.StartsWith("/dev/shm/", StringComparison.Ordinal);
        return device ? throw new FileWriteException($"Could not write '{path}': it is a device, not a file.") : full;
    }

    private void Remove()
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing more can be done, and the first fault is the one to report.
        }
    }
}
