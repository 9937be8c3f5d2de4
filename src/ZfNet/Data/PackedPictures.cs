using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>Labelled pictures of one size that lie decoded in memory, plane by plane, as MNIST's and CIFAR's files hold
/// them. Grey ones become red, green and blue of the same value.</summary>
sealed class PackedPictures : IPictureSource
{
    private readonly int channels, height, width;
    private readonly byte[] planes;
    private readonly int[] labels;
    private readonly (string Path, int Count, string Stamp)[] files;

    /// <summary>Takes the arrays over.</summary>
    /// <param name="classes">In label order.</param>
    /// <param name="shape">Channels (1 or 3), rows and columns.</param>
    /// <param name="planes">(N, C, H, W).</param>
    /// <param name="labels">N of them.</param>
    /// <param name="files">Where they come from, in order, and how many of each.</param>
    internal PackedPictures(
        IReadOnlyList<string> classes, (int Channels, int Height, int Width) shape, byte[] planes, int[] labels,
        params IEnumerable<(string Path, int Count)> files)
    {
        (channels, height, width) = shape;
        (Classes, this.planes, this.labels) = (classes, planes, labels);
        this.files = [.. files.Select(file => (file.Path, file.Count, PictureFiles.Stamp(file.Path)))];
    }

    public int Count => labels.Length;

    public IReadOnlyList<string> Classes { get; }

    public Picture Get(int index)
    {
        var plane = height * width;
        var from = planes.AsSpan(checked(index * channels * plane), channels * plane);
        var rgb = new byte[3 * plane];
        for (var c = 0; c < 3; c++)
        {
            var channel = channels == 1 ? from : from.Slice(c * plane, plane);
            for (var i = 0; i < plane; i++) rgb[i * 3 + c] = channel[i];
        }
        return new(height, width, rgb);
    }

    public int Label(int index) => labels[index];

    public string Name(int index)
    {
        var (file, at) = Find(index);
        return $"{files[file].Path}#{at}";
    }

    public string Stamp(int index)
    {
        var (file, at) = Find(index);
        return $"{files[file].Stamp}#{at}";
    }

    private (int File, int At) Find(int index)
    {
        var file = 0;
        for (; index >= files[file].Count; file++) index -= files[file].Count;
        return (file, index);
    }

    /// <summary>The label that each of a set's own classes has in the order asked for.</summary>
    /// <param name="path">The set, for the message.</param>
    /// <param name="own">The set's classes.</param>
    /// <param name="asked">The order asked for; null for the set's own.</param>
    /// <exception cref="DataSetException">A class is not in the list.</exception>
    internal static int[] Relabelling(string path, IReadOnlyList<string> own, IReadOnlyList<string>? asked) =>
        [.. own.Select((name, i) => asked is null ? i : ImageFolder.LabelOf(path, name, asked))];
}
