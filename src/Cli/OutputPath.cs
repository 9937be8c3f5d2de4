using ZfNet.Engine;

namespace ZfNet.Cli;

/// <summary>Where results go, checked before hours of work rather than after.</summary>
internal static class OutputPath
{
    /// <summary>Refuses a file that could not be written.</summary>
    /// <exception cref="FileWriteException">Its folder does not exist or may not be written to, or it is a folder.</exception>
    public static string File(string path)
    {
        // Makes the temporary beside the target and removes it.
        using var probe = new AtomicFile(path);
        return path;
    }

    /// <summary>Refuses a folder that is a file; the report makes it once it has something to write.</summary>
    /// <exception cref="InputException">It is a file.</exception>
    public static string Folder(string path) =>
        System.IO.File.Exists(path) ? throw new InputException($"'{path}' is a file: results take a folder.") : path;
}
