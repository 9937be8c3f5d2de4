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
            image = ReportPage.Inline(filters.Sheet(work.Model.Preprocessing.Order, FilterScale.Each)),
        };
    }

    public static IReadOnlyList<object> Make(DemoWork work)
    {
        var options = new VisualizeOptions { Layers = work.ConvLayers, Maps = work.Options.Maps, Compare = false };
        return [.. VisualizeReport.Make(work.Model, work.Pictures, options, cancel: work.Cancel).Select(layer => Layer(work, layer))];
    }

    private static object Layer(DemoWork work, LayerPanels layer)
    {
        var field = layer.Panels[0].Projections[0].Unit.ReceptiveField;
        var silent = layer.DeadMaps.Count == 0 ? "All of them answer to some picture." : $"{layer.DeadMaps.Count} answer to no picture here.";
        return new
        {
            name = layer.Layer,
            note = $"{layer.Panels.Count} of {layer.MapCount} maps, evenly spaced. Each unit sees {field.Height} x {field.Width} pixels; "
                + $"left its strongest projections, right the patches that caused them. {silent}",
            maps = layer.Panels.Select(panel => new
            {
                number = panel.Map,
                image = ReportPage.Inline(VisualizeReport.Block(panel, work.Model.Preprocessing)),
                caption = "Activations " + string.Join(", ", panel.Projections.Select(one => one.Unit.Activation.ToString("0.0", CultureInfo.InvariantCulture))),
            }).ToArray(),
        };
    }
}
