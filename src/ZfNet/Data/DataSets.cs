using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>Opens any data set from its path.</summary>
public static class DataSets
{
    /// <summary>
    /// Opens what lies at a path: MNIST's idx files (gzip or not), the batches of CIFAR-10 or CIFAR-100 in their binary
    /// version, or else a folder with one folder a class. MNIST and CIFAR are recognised by their files' names.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="options">The defaults when null.</param>
    /// <param name="cancel">Stops the reading and the check of every picture.</param>
    /// <exception cref="DataSetException">No such folder, nothing in it that is a data set, or a file that is cut or
    /// damaged.</exception>
    public static DataSet Open(string path, DataSetOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        if (Directory.Exists(path))
        {
            if (MnistFiles.TryOpen(path, options, cancel) is { } mnist) return mnist;
            if (CifarFiles.TryOpen(path, options, cancel) is { } cifar) return cifar;
        }
        ImageFolder folder = ImageFolder.Open(path, options, cancel);
        return new(path, folder, null, Rgb.White) { Skipped = folder.Skipped };
    }
}
