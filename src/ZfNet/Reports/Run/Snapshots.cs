using System.Globalization;
using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>A feature map to follow through a training run.</summary>
/// <param name="Layer">Its layer.</param>
/// <param name="Map">Its number.</param>
public sealed record FollowedMap(string Layer, int Map)
{
    /// <summary>Reads "conv2:3,conv5:10".</summary>
    /// <param name="text">Layers and maps.</param>
    /// <param name="plan">The network, whose maps they must be.</param>
    /// <exception cref="InputException">It is not such a list, or the network has no such map.</exception>
    public static IReadOnlyList<FollowedMap> Parse(string text, NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(plan);
        return [.. text.Split(',', StringSplitOptions.TrimEntries).Select(word =>
        {
            var parts = word.Split(':');
            if (parts.Length != 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var map))
                throw new InputException($"'{word}' is no feature map: a layer and a number, such as conv2:3, are.");
            var layer = plan.Layer(parts[0]);
            return map < layer.Output[0]
                ? new FollowedMap(layer.Alias, map)
                : throw new InputException($"Layer '{layer.Alias}' has no map {map}: its maps are 0 to {layer.Output[0] - 1}.");
        })];
    }
}

/// <summary>
/// What a network looked like after some epochs, as pictures in a folder: first-layer filters, and of followed maps the
/// projection of the strongest activation over all pictures beside its patch (paper, Fig. 4).
/// </summary>
/// <param name="folder">The folder; made at the first snapshot.</param>
public sealed class Snapshots(string folder)
{
    /// <summary>The paper's epochs.</summary>
    public static IReadOnlyList<int> PaperEpochs { get; } = [1, 2, 5, 10, 20, 30, 40, 64];

    /// <summary>Takes a snapshot. The network's mode is restored.</summary>
    /// <param name="epoch">1-based.</param>
    /// <param name="model">The network as it stands.</param>
    /// <param name="pictures">The pictures to search; only read when maps are followed.</param>
    /// <param name="maps">Maps to follow; may be none.</param>
    /// <param name="cancel">Stops between batches.</param>
    public void Take(
        int epoch, Model model, PreparedPictures pictures, IReadOnlyList<FollowedMap> maps, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(maps);
        ReportFolder.Create(folder);
        var training = model.Network.Training;
        model.Network.Training = false;
        try
        {
            Filters.FirstLayer(model.Network).Sheet(model.Preprocessing.Order, enlarge: 4).SavePng(At(epoch, "filters"));
            if (maps.Count == 0)
                return;
            var inputs = new PictureInputs(pictures);
            var top = TopActivations.Find(
                model.Network, inputs, [.. maps.Select(map => map.Layer).Distinct()], new() { Top = 1, BatchSize = 64 }, cancel: cancel);
            TopUnit[] units = [.. maps.Select(map => top[map.Layer][map.Map][0])];
            foreach (var (map, projection) in maps.Zip(TopActivations.Project(model.Network, inputs, units, cancel: cancel)))
                Draw(projection, model, pictures).SavePng(At(epoch, Name(map)));
        }
        finally
        {
            model.Network.Training = training;
        }
    }

    /// <summary>The epochs of which there is a snapshot, in order.</summary>
    public IReadOnlyList<int> Epochs() => !Directory.Exists(folder)
        ? []
        : [.. Directory.GetFiles(folder, "epoch-*-filters.png")
            .Select(path => int.TryParse(Path.GetFileName(path).Split('-')[1], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : 0)
            .Where(epoch => epoch > 0).Order()];

    /// <summary>The filters after an epoch.</summary>
    internal string Filter(int epoch) => At(epoch, "filters");

    /// <summary>A followed map after an epoch; there may be no such file.</summary>
    internal string Followed(int epoch, FollowedMap map) => At(epoch, Name(map));

    private static Picture Draw(TopProjection projection, Model model, PreparedPictures pictures)
    {
        var patch = ProjectionTiles.Patch(projection.Unit, pictures.Get(projection.Unit.Picture));
        return new ContactSheet { Columns = 2, Gutter = 3, MinimumCell = Math.Max(patch.Height, patch.Width) }
            .Draw([new(ProjectionTiles.Projection(projection, model.Preprocessing)), new(patch)]);
    }

    private static string Name(FollowedMap map) => $"{map.Layer}-{map.Map.ToString(CultureInfo.InvariantCulture)}";

    private string At(int epoch, string name) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"epoch-{epoch:0000}-{name}.png"));
}
