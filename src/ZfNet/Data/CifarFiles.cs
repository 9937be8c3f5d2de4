using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>CIFAR-10 and CIFAR-100 in their binary version: records of a label (CIFAR-100: a coarse and a fine one) and
/// 3 x 32 x 32 bytes, plane by plane. Classes are named by the text file that comes with the batches, and by their
/// numbers without it.</summary>
static class CifarFiles
{
    private const int Side = 32, PictureBytes = 3 * Side * Side;

    private sealed record Kind(
        string Name, string[] Training, string Test, string Names, int ClassCount, int LabelBytes);

    /// <summary>The set in a folder; null where no file has such a name.</summary>
    internal static DataSet? TryOpen(string folder, DataSetOptions options, CancellationToken cancel)
    {
        var batches = Batches(folder);
        Kind ten = new("CIFAR-10", batches, "test_batch.bin", "batches.meta.txt", 10, 1);
        Kind hundred = new("CIFAR-100", ["train.bin"], "test.bin", "fine_label_names.txt", 100, 2);
        if (batches.Length > 0 || Exists(folder, ten.Test)) return Open(folder, ten, options, cancel);
        if (Exists(folder, "train.bin") || Exists(folder, hundred.Test)) return Open(folder, hundred, options, cancel);
        if (Exists(folder, "data_batch_1") || (Exists(folder, "train") && Exists(folder, "meta")))
            throw new DataSetException($"'{folder}' holds CIFAR's Python version: take the binary version (.bin).");
        return null;
    }

    private static DataSet Open(string folder, Kind kind, DataSetOptions options, CancellationToken cancel)
    {
        var own = Names(Path.Combine(folder, kind.Names), kind);
        var relabelling = PackedPictures.Relabelling(folder, own, options.Classes);
        var classes = options.Classes ?? own;
        return new(folder, Split(kind.Training), Split([kind.Test]), Rgb.Black);

        PackedPictures? Split(string[] names)
        {
            string[] paths = [.. names.Where(name => Exists(folder, name)).Select(name => Path.Combine(folder, name))];
            return paths.Length == 0 ? null : Read(paths, kind, classes, relabelling, cancel);
        }
    }

    private static PackedPictures Read(
        string[] paths, Kind kind, IReadOnlyList<string> classes, int[] relabelling, CancellationToken cancel)
    {
        int[] counts = [.. paths.Select(path => Count(path, kind))];
        var total = counts.Sum(count => (long)count);
        if (total * PictureBytes > Array.MaxLength)
            throw new DataSetException(
                $"'{paths[0]}' and its like hold {total} pictures, more than memory takes at once.");
        var (planes, labels, at) = (new byte[total * PictureBytes], new int[total], 0);
        var label = new byte[kind.LabelBytes];
        for (var f = 0; f < paths.Length; f++)
            try
            {
                using var file = new FileStream(
                    paths[f], FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
                for (var i = 0; i < counts[f]; i++, at++)
                {
                    cancel.ThrowIfCancellationRequested();
                    file.ReadExactly(label);
                    if (label[^1] >= kind.ClassCount)
                        throw new DataSetException(
                            $"The label of picture {i} in '{paths[f]}' is {label[^1]}: those of {kind.Name} are 0 to "
                            + $"{kind.ClassCount - 1}.");
                    labels[at] = relabelling[label[^1]];
                    file.ReadExactly(planes.AsSpan(at * PictureBytes, PictureBytes));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new DataSetException($"Cannot read '{paths[f]}': {e.Message.TrimEnd('.')}.", e);
            }
        return new(classes, (3, Side, Side), planes, labels, paths.Zip(counts));
    }

    /// <summary>The records of a file, which must be whole.</summary>
    private static int Count(string path, Kind kind)
    {
        var record = kind.LabelBytes + PictureBytes;
        var (count, rest) = Math.DivRem(new FileInfo(path).Length, record);
        if (rest != 0)
            throw new DataSetException(
                $"'{path}' is cut: after {count} pictures of {record} bytes, {rest} bytes are left.");
        return count is > 0 and <= int.MaxValue ? (int)count : throw new DataSetException($"'{path}' has no pictures.");
    }

    /// <summary>data_batch_1.bin and on. A missing one in between is a set that was not copied whole.</summary>
    private static string[] Batches(string folder)
    {
        int[] numbers = [.. Enumerable.Range(1, 99).Where(n => Exists(folder, Batch(n)))];
        for (var i = 0; i < numbers.Length; i++)
            if (numbers[i] != i + 1)
                throw new DataSetException($"'{folder}' has '{Batch(numbers[i])}', but no '{Batch(i + 1)}'.");
        return [.. numbers.Select(Batch)];

        static string Batch(int number) => $"data_batch_{number}.bin";
    }

    private static string[] Names(string path, Kind kind)
    {
        if (!File.Exists(path)) return [.. Enumerable.Range(0, kind.ClassCount).Select(n => $"{n}")];
        try
        {
            string[] names = [.. File.ReadLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
            return names.Length == kind.ClassCount && names.Distinct(StringComparer.Ordinal).Count() == names.Length
                ? names
                : throw new DataSetException($"'{path}' does not name {kind.ClassCount} classes, one a line.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataSetException($"Cannot read '{path}': {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static bool Exists(string folder, string name) => File.Exists(Path.Combine(folder, name));
}
