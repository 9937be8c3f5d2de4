using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>Labelled pictures to learn from and to measure on, as <see cref="DataSets.Open"/> found them at a
/// path.</summary>
public sealed class DataSet
{
    private readonly IPictureSource? training;

    internal DataSet(string path, IPictureSource? training, IPictureSource? test, Rgb background)
    {
        (Path, this.training, Test, Background) = (path, training, test, background);
        Classes = (training ?? test)!.Classes;
    }

    /// <summary>What was opened.</summary>
    public string Path { get; }

    /// <summary>Class names in label order, the same for every split.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The pictures to learn from: all of a folder of classes, the training split of a set that has
    /// two.</summary>
    /// <exception cref="DataSetException">There is a test split alone.</exception>
    public IPictureSource Training =>
        training ?? throw new DataSetException($"'{Path}' has test pictures only: there is nothing to learn from.");

    /// <summary>The set's own test split; null where it has none.</summary>
    public IPictureSource? Test { get; }

    /// <summary>What to measure on where nothing else is named: the test split, or else all there is.</summary>
    public IPictureSource Evaluation => Test ?? Training;

    /// <summary>The pictures that could not be decoded, with <see cref="UnreadablePictures.Skip"/>.</summary>
    public IReadOnlyList<PictureException> Skipped { get; init; } = [];

    /// <summary>What lies around the pictures: the <see cref="Augmentation.Fill"/> that suits them.</summary>
    public Rgb Background { get; }
}
