using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>The paper's Fig. 2 for a layer: each map's projections on the left and, in the same places, its patches on the right.</summary>
public static class LayerSheet
{
    /// <summary>One map.</summary>
    /// <param name="projections">Its strongest units' projections, strongest first; at least one.</param>
    /// <param name="pictures">The pictures that were searched.</param>
    /// <param name="caption">A line over it.</param>
    public static Picture Map(IReadOnlyList<TopProjection> projections, PreparedPictures pictures, string? caption = null)
    {
        ArgumentNullException.ThrowIfNull(projections);
        ArgumentNullException.ThrowIfNull(pictures);
        return new ContactSheet { Columns = 2, Gutter = 6, Title = caption }.Draw(
        [
            new Tile(TopSheet.Projections(projections, pictures.Preprocessing.Order)),
            new Tile(TopSheet.Patches([.. projections.Select(one => one.Unit)], pictures)),
        ]);
    }

    /// <summary>Several maps of a layer.</summary>
    /// <param name="title">A heading.</param>
    /// <param name="maps">The maps' pictures, of one size.</param>
    public static Picture Layer(string title, IReadOnlyList<Picture> maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        // A map is about twice as wide as high: half as many across as down make a square.
        var columns = Math.Max(1, (int)Math.Round(Math.Sqrt(maps.Count / 2.0)));
        return new ContactSheet { Columns = columns, Gutter = 18, Margin = 14, Title = title, CaptionSize = 14 }.Draw([.. maps.Select(map => new Tile(map))]);
    }
}
