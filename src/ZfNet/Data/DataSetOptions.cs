using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>How a data set is opened.</summary>
public sealed record DataSetOptions
{
    /// <summary>What to do with picture files that cannot be decoded.</summary>
    public UnreadablePictures Unreadable { get; init; } = UnreadablePictures.Fail;

    /// <summary>The classes in label order, as a trained network knows them; null takes the set's own: folders' names
    /// in ordinal order, or the order of its numbers. With a list, classes may be missing from the set, but a class
    /// outside the list is an error.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>How picture files are decoded.</summary>
    public DecodeOptions? Decode { get; init; }
}
