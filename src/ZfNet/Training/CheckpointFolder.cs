using System.Globalization;
using ZfNet.Engine;

namespace ZfNet.Training;

/// <summary>A run's checkpoints, named by their steps, of which the last few are kept.</summary>
/// <param name="path">The folder.</param>
public sealed class CheckpointFolder(string path)
{
    private const string Prefix = "step-";
    private const string Suffix = ".safetensors";

    /// <summary>The files there are, the latest first.</summary>
    public IReadOnlyList<(long Step, string Path)> List() => !Directory.Exists(path)
        ? []
        : [.. Directory.EnumerateFiles(path, Prefix + "*" + Suffix)
            .Select(file => (Step: Step(System.IO.Path.GetFileName(file)), Path: file))
            .Where(file => file.Step >= 0).OrderByDescending(file => file.Step)];

    /// <summary>The latest checkpoint that is whole.</summary>
    /// <param name="refused">Told of each later one, in a sentence.</param>
    /// <returns>Null where there is no file at all.</returns>
    /// <exception cref="InputException">There are files, and none can be used.</exception>
    public Checkpoint? OpenLatest(Action<string> refused)
    {
        ArgumentNullException.ThrowIfNull(refused);
        var files = List();
        foreach (var (_, file) in files)
        {
            try
            {
                return Checkpoint.Open(file);
            }
            catch (InputException e)
            {
                refused(e.Message);
            }
        }
        return files.Count == 0 ? null : throw new InputException($"None of the checkpoints in '{path}' can be used.");
    }

    /// <summary>
    /// Writes a checkpoint; then removes those that are too old, and those of later steps, which a resumed run left.
    /// </summary>
    /// <param name="step">Steps done.</param>
    /// <param name="keep">How many stay, this one included.</param>
    /// <param name="write">Given the file's path.</param>
    /// <exception cref="FileWriteException">The disk refused; the others are as they were.</exception>
    public void Save(long step, int keep, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileWriteException.For(path, e);
        }
        write(System.IO.Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D9}{Suffix}")));
        var files = List();
        var old = files.Where(file => file.Step <= step).Skip(keep);
        foreach (var (_, file) in files.Where(file => file.Step > step).Concat(old))
            Remove(file);
        // What a process left that was killed while writing.
        var hidden = new EnumerationOptions { AttributesToSkip = 0 };
        foreach (var file in Directory.EnumerateFiles(path, $".{Prefix}*.tmp", hidden))
            Remove(file);
    }

    private static long Step(string name) =>
        long.TryParse(name.AsSpan()[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? step
            : -1;

    /// <summary>A file that cannot be removed costs room and nothing else.</summary>
    private static void Remove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
