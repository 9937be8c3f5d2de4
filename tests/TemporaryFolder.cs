namespace ZfNet.Tests;

/// <summary>A fresh folder, removed with what is in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("zfnet-test-");

    public string Path => folder.FullName;

    /// <summary>Names of the files directly in it, in order.</summary>
    public string[] Files => [.. folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    /// <summary>The path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(folder.FullName, name);

    /// <summary>Writes a file, with its folders, and returns its path.</summary>
    public string Write(string name, byte[] bytes)
    {
        var path = File(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => folder.Delete(recursive: true);
}
