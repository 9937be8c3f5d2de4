using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Training;

/// <summary>The data sets of a recipe, found and checked, before anything is known of a network.</summary>
/// <param name="Data">What is learned.</param>
/// <param name="HeldOut">What is measured on: the recipe's, or the set's own test pictures; null for none.</param>
public sealed record RunSets(DataSet Data, IPictureSource? HeldOut)
{
    /// <summary>Opens them.</summary>
    /// <param name="config">Names them.</param>
    /// <param name="said">Told of pictures that are passed over.</param>
    /// <param name="cancel">Stops the look at every picture.</param>
    /// <exception cref="DataSetException">A path holds no data set, or one that is damaged.</exception>
    public static RunSets Open(RunConfig config, Action<string> said, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(said);
        var data = Set(config.Data, null);
        return new(data, config.HeldOut is { } path ? Set(path, data.Classes).Evaluation : data.Test);

        DataSet Set(string path, IReadOnlyList<string>? classes)
        {
            var options = new DataSetOptions
            {
                Unreadable = config.SkipUnreadable ? UnreadablePictures.Skip : UnreadablePictures.Fail,
                Classes = classes,
            };
            var set = DataSets.Open(path, options, cancel);
            foreach (var fault in set.Skipped)
                said($"Skipped: {fault.Message}");
            return set;
        }
    }
}

/// <summary>The pictures of a recipe as a network takes them, with the caches that they come from.</summary>
public sealed class RunPictures : IDisposable
{
    private readonly FrameCache? cache, heldOutCache;

    /// <summary>Prepares them: resized, and normalised by the training pictures.</summary>
    /// <param name="config">The recipe.</param>
    /// <param name="sets">Its data sets.</param>
    /// <param name="shape">The network's size and resizing.</param>
    /// <param name="known">Preprocessing that a checkpoint or a model brings; null to measure the mean.</param>
    /// <param name="said">Told what a cache does.</param>
    /// <param name="cancel">Stops between pictures.</param>
    public RunPictures(
        RunConfig config, RunSets sets, Preprocessing shape, Preprocessing? known, Action<string> said,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(sets);
        ArgumentNullException.ThrowIfNull(shape);
        try
        {
            var training = sets.Data.Training;
            cache = Cache(training);
            heldOutCache = sets.HeldOut is null ? null : Cache(sets.HeldOut);
            var frames = Prepared(training, shape, cache);
            Preprocessing = known ?? PictureStatistics.Normalising(frames, config.Mean, cancel);
            Training = frames.With(Preprocessing);
            HeldOut = sets.HeldOut is null ? null : Prepared(sets.HeldOut, Preprocessing, heldOutCache);
        }
        catch
        {
            Dispose();
            throw;
        }

        FrameCache? Cache(IPictureSource source) =>
            config.Cache is { } folder ? FrameCache.Open(folder, source, shape, said, cancel) : null;
    }

    /// <summary>How they become the network's input.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>What is learned.</summary>
    public PreparedPictures Training { get; }

    /// <summary>What is measured on; null for none.</summary>
    public PreparedPictures? HeldOut { get; }

    /// <summary>Closes the caches; the pictures may not be used any more.</summary>
    public void Dispose()
    {
        cache?.Dispose();
        heldOutCache?.Dispose();
    }

    private static PreparedPictures Prepared(IPictureSource source, Preprocessing preprocessing, FrameCache? cache) =>
        cache is null ? new(source, preprocessing) : new(source, preprocessing, cache);
}
