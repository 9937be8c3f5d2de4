using System.Collections.Concurrent;
using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>What to do with pictures that cannot be decoded.</summary>
public enum UnreadablePictures
{
    /// <summary>Nothing is decoded in advance; the first bad picture met throws a <see cref="PictureException"/> that
    /// names it.</summary>
    Fail,

    /// <summary>Every picture is decoded once when the set is opened (in parallel); bad ones are listed and left out, so
    /// that the count, the order and the epochs stay fixed.</summary>
    Skip,
}

/// <summary>Decodes files to see which are pictures.</summary>
static class PictureCheck
{
    /// <summary>Splits paths into readable ones, in their order, and the faults of the others, in theirs.</summary>
    internal static (List<string> Readable, List<PictureException> Faults) Split(
        IReadOnlyList<string> paths, DecodeOptions? decode, CancellationToken cancel)
    {
        var faults = new ConcurrentDictionary<int, PictureException>();
        Parallel.For(0, paths.Count, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            try
            {
                Picture.Load(paths[i], decode);
            }
            catch (PictureException e)
            {
                faults[i] = e;
            }
        });
        var readable = new List<string>();
        for (int i = 0; i < paths.Count; i++)
            if (!faults.ContainsKey(i)) readable.Add(paths[i]);
        return (readable, [.. faults.OrderBy(f => f.Key).Select(f => f.Value)]);
    }
}
