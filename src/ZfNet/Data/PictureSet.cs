using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>Pictures without labels, for looking at what a network saw: a folder, searched to any depth, or a list of
/// files. The order of a folder is ordinal by relative path; that of a list is as given.</summary>
public sealed class PictureSet : IPictureSource
{
    private readonly string[] paths;
    private readonly DecodeOptions? decode;

    PictureSet(IEnumerable<string> paths, IReadOnlyList<PictureException> skipped, DecodeOptions? decode) =>
        (this.paths, Skipped, this.decode) = ([.. paths], skipped, decode);

    /// <inheritdoc/>
    public int Count => this.paths.Length;

    /// <summary>None.</summary>
    public IReadOnlyList<string> Classes => [];

    /// <summary>The files, in order.</summary>
    public IReadOnlyList<string> Paths => this.paths;

    /// <summary>The pictures that could not be decoded, with <see cref="UnreadablePictures.Skip"/>.</summary>
    public IReadOnlyList<PictureException> Skipped { get; }

    /// <summary>Opens a folder, or one file as a set of one.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="unreadable">What to do with pictures that cannot be decoded.</param>
    /// <param name="decode">How pictures are decoded.</param>
    /// <param name="cancel">Stops the check of every picture.</param>
    /// <exception cref="DataSetException">No such path, or no (readable) picture in it.</exception>
    public static PictureSet Open(string path, UnreadablePictures unreadable = UnreadablePictures.Fail,
        DecodeOptions? decode = null, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path)) return Of([path], decode);
        if (!Directory.Exists(path)) throw new DataSetException($"There is no folder '{path}'.");
        List<string> paths = PictureFiles.Under(path, recursive: true);
        if (paths.Count == 0)
            throw new DataSetException($"There is no picture (.png, .jpg, .jpeg or .webp) in '{path}'.");
        if (unreadable == UnreadablePictures.Fail) return Of(paths, decode);
        (List<string> readable, List<PictureException> faults) = PictureCheck.Split(paths, decode, cancel);
        if (readable.Count == 0)
            throw new DataSetException($"There is no readable picture in '{path}'; the first fault: {faults[0].Message}");
        return new(readable, faults, decode);
    }

    /// <summary>A set of the given files, in the given order. Nothing is opened yet.</summary>
    /// <param name="paths">At least one file.</param>
    /// <param name="decode">How pictures are decoded.</param>
    /// <exception cref="DataSetException">No files.</exception>
    public static PictureSet Of(IReadOnlyCollection<string> paths, DecodeOptions? decode = null) =>
        paths.Count == 0 ? throw new DataSetException("No picture was given.") : new(paths, [], decode);

    /// <inheritdoc/>
    public Picture Get(int index) => Picture.Load(this.paths[index], this.decode);

    /// <summary>-1: there are no labels.</summary>
    /// <param name="index">Any.</param>
    public int Label(int index) => -1;

    /// <inheritdoc/>
    public string Name(int index) => this.paths[index];
}
