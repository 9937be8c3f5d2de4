using System.Buffers.Binary;
using System.IO.Compression;
using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>MNIST and the sets of its shape (Fashion-MNIST, KMNIST): idx files of grey pictures and of labels 0 to 9,
/// plain or gzipped, under MNIST's names (<c>train-images-idx3-ubyte</c>, or with a dot before idx).</summary>
static class MnistFiles
{
    private const int ClassCount = 10;

    /// <summary>The set in a folder; null where no file has such a name.</summary>
    internal static DataSet? TryOpen(string folder, DataSetOptions options, CancellationToken cancel)
    {
        string? train = Find(folder, "train", "images", 3), test = Find(folder, "t10k", "images", 3);
        string? trainLabels = Find(folder, "train", "labels", 1), testLabels = Find(folder, "t10k", "labels", 1);
        if ((train ?? test ?? trainLabels ?? testLabels) is null) return null;
        string[] own = [.. Enumerable.Range(0, ClassCount).Select(digit => $"{digit}")];
        var classes = options.Classes ?? own;
        var relabelling = PackedPictures.Relabelling(folder, own, options.Classes);
        return new(
            folder, Split(folder, "train", train, trainLabels, classes, relabelling, cancel),
            Split(folder, "t10k", test, testLabels, classes, relabelling, cancel), Rgb.Black);
    }

    private static PackedPictures? Split(
        string folder, string split, string? pictures, string? labels, IReadOnlyList<string> classes, int[] relabelling,
        CancellationToken cancel)
    {
        if (pictures is null && labels is null) return null;
        if (pictures is null || labels is null)
        {
            var (what, missing) = pictures is null ? ("pictures", "images-idx3") : ("labels", "labels-idx1");
            throw new DataSetException(
                $"'{folder}' has no {what} for {Path.GetFileName(pictures ?? labels)}: "
                + $"'{split}-{missing}-ubyte' is missing.");
        }
        cancel.ThrowIfCancellationRequested();
        var (size, planes) = Read(pictures, 3);
        cancel.ThrowIfCancellationRequested();
        var (count, numbers) = Read(labels, 1);
        if (size[0] != count[0])
            throw new DataSetException($"'{pictures}' has {size[0]} pictures, but '{labels}' has {count[0]} labels.");
        if (planes.Length == 0)
            throw new DataSetException($"'{pictures}' has no pictures.");
        for (var i = 0; i < numbers.Length; i++)
            if (numbers[i] >= ClassCount)
                throw new DataSetException(
                    $"Label {i} of '{labels}' is {numbers[i]}: labels are 0 to {ClassCount - 1}.");
        return new(
            classes, (1, size[1], size[2]), planes, Array.ConvertAll(numbers, n => relabelling[n]),
            (pictures, size[0]));
    }

    /// <summary>An idx file: two zero bytes, the type (8 for unsigned bytes), the number of dimensions, each dimension
    /// as four bytes from the highest, and the values.</summary>
    private static (int[] Size, byte[] Values) Read(string path, int rank)
    {
        try
        {
            using Stream file = Open(path);
            Span<byte> header = stackalloc byte[4 + 4 * rank];
            var got = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
            if (got >= 4 && magic != 0x0800u + (uint)rank)
                throw new DataSetException(
                    $"'{path}' is not an idx file of {rank} dimensions of bytes: it begins with {magic:x8}, not "
                    + $"{0x0800 + rank:x8}.");
            if (got < header.Length)
                throw new DataSetException($"'{path}' is cut: it ends after {got} bytes, inside its idx header.");
            var size = new int[rank];
            long length = 1;
            for (var d = 0; d < rank; d++)
            {
                size[d] = BinaryPrimitives.ReadInt32BigEndian(header[(4 + 4 * d)..]);
                // Pictures have a side; how many there are may be none.
                if (size[d] < Math.Min(d, 1) || (length *= size[d]) > Array.MaxLength)
                    throw new DataSetException(
                        $"'{path}' claims a size that cannot be: {(uint)size[d]} in dimension {d + 1}.");
            }
            return (size, Values(file, path, length));
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new DataSetException($"Cannot read '{path}': {e.Message.TrimEnd('.')}.", e);
        }
    }

    /// <summary>The header's promise is not believed before the bytes are there: memory grows with what is
    /// read.</summary>
    private static byte[] Values(Stream file, string path, long length)
    {
        var values = new byte[Math.Min(length, 1 << 20)];
        for (long done = 0; ;)
        {
            var got = file.ReadAtLeast(values.AsSpan((int)done), values.Length - (int)done, throwOnEndOfStream: false);
            done += got;
            if (done < values.Length)
                throw new DataSetException(
                    $"'{path}' is cut: its idx header promises {length} values, and there are {done}.");
            if (done == length) break;
            Array.Resize(ref values, (int)Math.Min(length, 2L * values.Length));
        }
        if (file.ReadByte() >= 0)
            throw new DataSetException($"'{path}' has more than the {length} values that its idx header promises.");
        return values;
    }

    private static Stream Open(string path)
    {
        var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        try
        {
            var zipped = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            return zipped ? new GZipStream(file, CompressionMode.Decompress) : file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static string? Find(string folder, string split, string what, int rank) =>
        new[] { $"{split}-{what}-idx{rank}-ubyte", $"{split}-{what}.idx{rank}-ubyte" }
            .SelectMany(name => new[] { name, name + ".gz" })
            .Select(name => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
