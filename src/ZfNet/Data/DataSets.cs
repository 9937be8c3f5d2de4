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
        if (Packed(path, options, cancel) is { } packed) return packed;
        ImageFolder folder = ImageFolder.Open(path, options, cancel);
        return new(path, folder, null, Rgb.White) { Skipped = folder.Skipped };
    }

    /// <summary>Opens what lies at a path only to look at it: a picture, a folder of pictures at any depth, or what
    /// <see cref="Open"/> would measure on of MNIST or CIFAR.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="unreadable">What to do with picture files that cannot be decoded.</param>
    /// <param name="cancel">Stops the reading and the check of every picture.</param>
    /// <returns>The pictures, and those passed over.</returns>
    /// <exception cref="DataSetException">No such path, or no (readable) picture in it.</exception>
    public static (IPictureSource Pictures, IReadOnlyList<PictureException> Skipped) OpenPictures(
        string path, UnreadablePictures unreadable = UnreadablePictures.Fail, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Packed(path, new(), cancel) is { } packed) return (packed.Evaluation, []);
        var set = PictureSet.Open(path, unreadable, cancel: cancel);
        return (set, set.Skipped);
    }

    private static DataSet? Packed(string path, DataSetOptions options, CancellationToken cancel) =>
        Directory.Exists(path)
            ? MnistFiles.TryOpen(path, options, cancel) ?? CifarFiles.TryOpen(path, options, cancel)
            : null;
}
