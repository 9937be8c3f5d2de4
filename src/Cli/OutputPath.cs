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

    /// <summary>Makes a folder where there is none.</summary>
    /// <exception cref="InputException">It is a file, or it cannot be made.</exception>
    public static string Folder(string path)
    {
        if (System.IO.File.Exists(path))
            throw new InputException($"'{path}' is a file: results take a folder.");
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"Could not make the folder '{path}': {fault.Message.TrimEnd('.')}.", fault);
        }
        return path;
    }
}
