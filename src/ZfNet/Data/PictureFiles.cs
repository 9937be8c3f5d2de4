namespace ZfNet.Data;

/// <summary>Finds picture files: by extension (.png, .jpg, .jpeg, .webp, any case), sorted by ordinal path with '/' as
/// the separator, so that every machine sees one order. Names that start with a dot are passed over; links to files are
/// followed, links to folders are not (they can form a ring).</summary>
static class PictureFiles
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp"];

    internal static bool IsPicture(string path) =>
        Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Full paths of all pictures under a folder.</summary>
    internal static List<string> Under(string folder, bool recursive)
    {
        var found = new List<string>();
        try
        {
            Collect(folder, recursive, found);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataSetException($"Cannot list the folder '{folder}': {e.Message.TrimEnd('.')}.", e);
        }
        found.Sort((a, b) => string.CompareOrdinal(Key(folder, a), Key(folder, b)));
        return found;
    }

    /// <summary>The folders directly under a root that may be classes, in ordinal order of their names.</summary>
    internal static List<string> Folders(string root)
    {
        try
        {
            // A class may be a link: only deeper ones can form a ring that matters.
            List<string> folders = [.. Directory.EnumerateDirectories(root).Where(d => !Hidden(d))];
            folders.Sort((a, b) => string.CompareOrdinal(Path.GetFileName(a), Path.GetFileName(b)));
            return folders;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataSetException($"Cannot list the folder '{root}': {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>A file's name, size and time: what <see cref="IPictureSource.Stamp"/> says of it.</summary>
    internal static string Stamp(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}" : file.FullName;
    }

    internal static string Key(string root, string path) => Path.GetRelativePath(root, path).Replace('\\', '/');

    static void Collect(string folder, bool recursive, List<string> found)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
            if (!Hidden(file) && IsPicture(file)) found.Add(file);
        if (!recursive) return;
        foreach (string child in Directory.EnumerateDirectories(folder))
            if (!Hidden(child) && !new DirectoryInfo(child).Attributes.HasFlag(FileAttributes.ReparsePoint))
                Collect(child, true, found);
    }

    static bool Hidden(string path) => Path.GetFileName(path).StartsWith('.');
}
