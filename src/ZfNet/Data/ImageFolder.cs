using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>A labelled data set on disk: one folder a class, pictures at any depth inside it (as torchvision's
/// ImageFolder). The order is fixed: by class, then by relative path, both ordinal. Files that are not .png, .jpg, .jpeg
/// or .webp (a licence, a list) and names that start with a dot are passed over.</summary>
public sealed class ImageFolder : IPictureSource
{
    private readonly string[] paths;
    private readonly int[] labels;
    private readonly DecodeOptions? decode;

    ImageFolder(string root, IReadOnlyList<string> classes, List<(string Path, int Label)> items,
        IReadOnlyList<PictureException> skipped, DecodeOptions? decode)
    {
        (Root, Classes, Skipped, this.decode) = (root, classes, skipped, decode);
        this.paths = [.. items.Select(i => i.Path)];
        labels = [.. items.Select(i => i.Label)];
    }

    /// <summary>The folder of class folders.</summary>
    public string Root { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The pictures that could not be decoded, with <see cref="UnreadablePictures.Skip"/>.</summary>
    public IReadOnlyList<PictureException> Skipped { get; }

    /// <inheritdoc/>
    public int Count => this.paths.Length;

    /// <summary>Opens a folder of class folders.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="options">The defaults when null.</param>
    /// <param name="cancel">Stops the check of every picture.</param>
    /// <exception cref="DataSetException">No such folder, no class folders, a class without a (readable) picture, or a
    /// class that is not expected.</exception>
    public static ImageFolder Open(string root, DataSetOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        options ??= new();
        if (!Directory.Exists(root))
            throw new DataSetException(File.Exists(root)
                ? $"'{root}' is a file: a data set is a folder with one folder a class."
                : $"There is no folder '{root}'.");
        List<string> folders = PictureFiles.Folders(root);
        if (folders.Count == 0)
            throw new DataSetException(PictureFiles.Under(root, recursive: false).Count > 0
                ? $"'{root}' holds pictures but no class folders: put each class's pictures into a folder of its own."
                : $"'{root}' is empty: a data set has one folder a class, with pictures in it.");

        string[] names = [.. folders.Select(f => Path.GetFileName(f)!)];
        IReadOnlyList<string> classes = options.Classes is null ? names : [.. options.Classes];
        int[] labels = [.. names.Select(name => LabelOf(root, name, classes))];

        var items = new List<(string, int)>();
        var skipped = new List<PictureException>();
        for (int i = 0; i < folders.Count; i++)
        {
            List<string> paths = PictureFiles.Under(folders[i], recursive: true);
            if (paths.Count == 0)
                throw new DataSetException($"The class '{names[i]}' in '{root}' has no picture (.png, .jpg, .jpeg or .webp).");
            if (options.Unreadable == UnreadablePictures.Skip)
            {
                (paths, List<PictureException> faults) = PictureCheck.Split(paths, options.Decode, cancel);
                skipped.AddRange(faults);
                if (paths.Count == 0)
                    throw new DataSetException(
                        $"The class '{names[i]}' in '{root}' has no readable picture; the first fault: {faults[0].Message}");
            }
            items.AddRange(paths.Select(p => (p, labels[i])));
        }
        return new(root, classes, items, skipped, options.Decode);
    }

    /// <inheritdoc/>
    public Picture Get(int index) => Picture.Load(this.paths[index], this.decode);

    /// <inheritdoc/>
    public int Label(int index) => labels[index];

    /// <inheritdoc/>
    public string Name(int index) => this.paths[index];

    /// <inheritdoc/>
    public string Stamp(int index) => $"{PictureFiles.Stamp(this.paths[index])}|{decode?.Background}";

    /// <summary>Pictures of each class, in label order.</summary>
    public int[] ClassCounts()
    {
        var counts = new int[Classes.Count];
        foreach (int label in labels) counts[label]++;
        return counts;
    }

    /// <summary>Where a class stands in a list.</summary>
    /// <exception cref="DataSetException">Nowhere.</exception>
    internal static int LabelOf(string path, string name, IReadOnlyList<string> classes)
    {
        for (int i = 0; i < classes.Count; i++)
            if (string.Equals(classes[i], name, StringComparison.Ordinal)) return i;
        throw new DataSetException(
            $"'{path}' has a class '{name}' that the network does not know; it knows {string.Join(", ", classes)}.");
    }
}
