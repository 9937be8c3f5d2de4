using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>Labelled pictures of one size that lie decoded in memory, plane by plane, as MNIST's and CIFAR's files hold
/// them. Grey ones become red, green and blue of the same value.</summary>
sealed class PackedPictures : IPictureSource
{
    private readonly int channels, height, width;
    private readonly byte[] planes;
    private readonly int[] labels;
    private readonly Func<int, string> name;

    /// <summary>Takes the arrays over.</summary>
    /// <param name="classes">In label order.</param>
    /// <param name="shape">Channels (1 or 3), rows and columns.</param>
    /// <param name="planes">(N, C, H, W).</param>
    /// <param name="labels">N of them.</param>
    /// <param name="name">What to call a picture.</param>
    internal PackedPictures(
        IReadOnlyList<string> classes, (int Channels, int Height, int Width) shape, byte[] planes, int[] labels, Func<int, string> name)
    {
        (channels, height, width) = shape;
        (Classes, this.planes, this.labels, this.name) = (classes, planes, labels, name);
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

    public string Name(int index) => name(index);

    /// <summary>The label that each of a set's own classes has in the order asked for.</summary>
    /// <param name="path">The set, for the message.</param>
    /// <param name="own">The set's classes.</param>
    /// <param name="asked">The order asked for; null for the set's own.</param>
    /// <exception cref="DataSetException">A class is not in the list.</exception>
    internal static int[] Relabelling(string path, IReadOnlyList<string> own, IReadOnlyList<string>? asked) =>
        [.. own.Select((name, i) => asked is null ? i : ImageFolder.LabelOf(path, name, asked))];
}
