using System.Globalization;
using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>The filters of the first layer, and for every convolution the top nine of some maps (paper, Fig. 2).</summary>
internal static class DemoLayers
{
    public static object Filters(DemoWork work)
    {
        var filters = ZfNet.Filters.FirstLayer(work.Model.Network);
        return new
        {
            count = filters.Count,
            size = $"{filters.Height} x {filters.Width}",
            image = DemoPage.Inline(filters.Sheet(work.Model.Preprocessing.Order, FilterScale.Shared)),
        };
    }

    public static IReadOnlyList<object> Make(DemoWork work)
    {
        var tops = TopActivations.Find(work.Model.Network, work.Inputs, work.ConvLayers, cancel: work.Cancel);
        return [.. work.ConvLayers.Select(layer => Layer(work, layer, tops[layer]))];
    }

    private static object Layer(DemoWork work, string name, LayerTop top)
    {
        var dead = top.DeadMaps.ToHashSet();
        var maps = top.Spread(top.MapCount).Where(map => !dead.Contains(map)).ToArray();
        maps = [.. Enumerable.Range(0, Math.Min(work.Options.Maps, maps.Length)).Select(i => maps[i * maps.Length / Math.Min(work.Options.Maps, maps.Length)])];
        var field = top[0][0].ReceptiveField;
        var silent = dead.Count == 0 ? "All of them answer to some picture." : $"{dead.Count} answer to no picture here.";
        return new
        {
            name,
            note = $"{maps.Length} of {top.MapCount} maps, evenly spaced. Each unit sees {field.Height} x {field.Width} pixels; "
                + $"left its strongest projections, right the patches that caused them. {silent}",
            maps = maps.Select(map => Map(work, map, top[map])).ToArray(),
        };
    }

    private static object Map(DemoWork work, int map, IReadOnlyList<TopUnit> units)
    {
        var projections = TopActivations.Project(work.Model.Network, work.Inputs, units, cancel: work.Cancel);
        return new
        {
            number = map,
            projections = DemoPage.Inline(TopSheet.Projections(projections, work.Model.Preprocessing.Order)),
            patches = DemoPage.Inline(TopSheet.Patches(units, work.Pictures)),
            caption = "Activations " + string.Join(", ", units.Select(unit => unit.Activation.ToString("0.0", CultureInfo.InvariantCulture))),
        };
    }
}
