using System.Text.Json;
using System.Text.Json.Serialization;
using ZfNet.Engine;

namespace ZfNet.Training;

/// <summary>
/// A run's <c>log.jsonl</c>: a JSON object a line, each the <see cref="LogLine"/> of a step or of an epoch, in order.
/// Lines are appended whole; the half of one that a killed process left at the end is passed over.
/// </summary>
public sealed class TrainingLog : IDisposable
{
    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private readonly string path;
    private readonly FileStream file;

    /// <summary>Opens a log to append to, and makes it where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="keep">
    /// Which lines stay, of those there are: the first that does not, and all after it, are cut.
    /// </param>
    /// <exception cref="InputException">A line is not one of a log.</exception>
    /// <exception cref="FileWriteException">It cannot be written.</exception>
    public TrainingLog(string path, Func<LogLine, bool> keep)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(keep);
        this.path = path;
        var end = File.Exists(path)
            ? Whole(path).TakeWhile(line => keep(line.Line)).Select(line => line.End).LastOrDefault()
            : 0;
        file = Writing(() => new FileStream(
            path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0));
        Writing(() => file.SetLength(end));
        file.Position = end;
    }

    /// <summary>The lines of a log, of a running process too.</summary>
    /// <exception cref="InputException">There is no such file, or a line is not one of a log; one sentence.</exception>
    public static IReadOnlyList<LogLine> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return File.Exists(path)
            ? [.. Whole(path).Select(line => line.Line)]
            : throw new InputException($"There is no log '{path}'.");
    }

    /// <summary>Appends a line, whole, so that a reader sees it at once.</summary>
    /// <exception cref="FileWriteException">The disk refused it.</exception>
    public void Append(LogLine line)
    {
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, Form), (byte)'\n'];
        Writing(() => file.Write(bytes));
    }

    /// <summary>Waits until the disk has the lines.</summary>
    /// <exception cref="FileWriteException">The disk refused them.</exception>
    public void Sync() => Writing(() => file.Flush(flushToDisk: true));

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    /// <summary>The lines that end with a line feed, each with the place behind it.</summary>
    private static IEnumerable<(LogLine Line, long End)> Whole(string path)
    {
        using var reader = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[reader.Length];
        var length = reader.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var (start, number) = (0, 1);
        while (Array.IndexOf(bytes, (byte)'\n', start, length - start) is var end and >= 0)
        {
            yield return (Parse(path, number++, bytes.AsSpan(start, end - start)), end + 1);
            start = end + 1;
        }
    }

    private static LogLine Parse(string path, int number, ReadOnlySpan<byte> line)
    {
        try
        {
            if (JsonSerializer.Deserialize<LogLine>(line, Form) is { } parsed)
                return parsed;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new InputException($"Line {number} of '{path}' is not one of a training log.", e);
        }
        throw new InputException($"Line {number} of '{path}' is not one of a training log.");
    }

    private void Writing(Action write) => Writing(() =>
    {
        write();
        return 0;
    });

    private T Writing<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileWriteException.For(path, e);
        }
    }
}
