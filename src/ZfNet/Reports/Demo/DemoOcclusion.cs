using System.Globalization;
using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>Fig. 7 of the paper for three pictures of three classes: the first of each that the network gets right.</summary>
internal static class DemoOcclusion
{
    private const int Wanted = 3;
    private const int Zoom = 3;
    private const int Others = 9;

    public static object Make(DemoWork work, IReadOnlyList<Classified> classified)
    {
        var right = Enumerable.Range(0, classified.Count).Where(i => classified[i].Predictions[0].Index == work.Pictures.Label(i));
        var chosen = right.GroupBy(work.Pictures.Label).Select(group => group.First()).Take(Wanted).ToArray();
        var square = Math.Max(work.Size / 4, 1);
        var options = new OcclusionOptions { Square = square, Stride = Math.Max(square / 4, 1), Fill = OcclusionFill.Grey(work.Model.Preprocessing) };
        var maps = chosen.Select(i => Map(work, i, options with { Class = work.Pictures.Label(i) })).ToArray();
        // Every picture's strongest unit of the followed maps, for panel (c); one more than is shown, as one may be the picture itself.
        var top = TopActivations.Find(
            work.Model.Network, work.Inputs, [.. maps.Select(map => map.ActivityLayer!).Distinct()], new() { Top = Others + 1 }, cancel: work.Cancel);
        var positions = Occlusion.Positions(work.Size, options.Square, options.Stride);
        return new
        {
            note = $"A grey square of {options.Square} x {options.Square} pixels moves over the picture in steps of {options.Stride} "
                + $"({positions} x {positions} positions). Each colour stands at the square's centre; nothing was measured beyond the outermost "
                + "centres. Where the probability falls, the network was looking.",
            pictures = chosen.Zip(maps, (i, map) => new { panels = Panels(work, i, map, options, top) }).ToArray(),
        };
    }

    private static OcclusionMap Map(DemoWork work, int index, OcclusionOptions options) =>
        Occlusion.Run(
            work.Model.Network, work.Model.Preprocessing.ToChw(work.Pictures.Get(index)), [3, work.Size, work.Size], options, cancel: work.Cancel);

    private static object[] Panels(DemoWork work, int index, OcclusionMap map, OcclusionOptions options, TopActivations top)
    {
        var picture = work.Pictures.Get(index);
        var input = work.Model.Preprocessing.ToChw(picture);
        var name = work.Model.ClassName(map.Class);
        var worst = Enumerable.Range(0, map.ProbabilityGrid.Count).MinBy(i => map.ProbabilityGrid[i]);
        var occluded = Occlusion.Occlude(input, [3, work.Size, work.Size], map.SquareAt(worst / map.Columns, worst % map.Columns), options.Fill);
        var labels = new LabelMap(map.Rows, map.Columns, [.. map.LabelGrid], work.Model.Classes);
        var cell = Math.Max(work.Size * Zoom / map.Rows, 1);
        return
        [
            Panel(work.Model.Preprocessing.ToPicture(occluded), Zoom, "Occluded input",
                $"{name}: {Percent(map.Probability)} on the whole picture, {Percent(map.ProbabilityGrid[worst])} with the square here, its worst place"),
            Panel(Over(picture, map, map.ActivityGrid, 0), 1, $"Activity of {map.ActivityLayer}",
                $"spatial sum of map {map.ActivityMap}: {Number(map.ActivityGrid.Min())} (dark) to {Number(map.ActivityGrid.Max())} (bright), {Number(map.Activity)} on the whole picture"),
            Panel(Projection(work, input, map), Zoom, $"Map {map.ActivityMap}, projected", "its strongest unit on the whole picture, down to pixels"),
            .. InOthers(work, index, map, top),
            Panel(Over(picture, map, map.ProbabilityGrid, 0), 1, $"Probability of {name}",
                $"{Percent(map.ProbabilityGrid.Min())} (dark) to {Percent(map.ProbabilityGrid.Max())} (bright)"),
            new
            {
                image = ReportPage.Inline(labels.ToPicture(cell)),
                title = "Most probable class",
                text = "by the square's position",
                legend = labels.Legend.Select(entry => new { colour = entry.Colour.ToString(), name = entry.Name }).ToArray(),
            },
        ];
    }

    /// <summary>A grid over the picture, dark at its least and bright at its most.</summary>
    private static Picture Over(Picture picture, OcclusionMap map, IReadOnlyList<float> grid, float low)
    {
        var heat = new HeatMap(map.Rows, map.Columns, [.. grid]);
        var large = picture.Enlarge(Zoom);
        var place = map.Placement;
        var placed = new HeatMapPlacement(place.FirstY * Zoom, place.FirstX * Zoom, place.StepY * Zoom, place.StepX * Zoom);
        return heat.Over(large, placed, ColourMap.Sequential, heat.Minimum, Math.Max(heat.Maximum, low), 0.75f);
    }

    private static Picture Projection(DemoWork work, float[] input, OcclusionMap map)
    {
        using var scope = new TensorScope();
        LayerChain network = work.Model.Network;
        var x = Tensor.From(input, [1, 3, work.Size, work.Size], work.Model.Network.Device);
        using var recording = Recording.Record(network, x, RecordingOptions.For(ProjectionOptions.Deconvnet, map.ActivityLayer!));
        using var projections = Deconvnet.Project(recording, [Seed.StrongestUnit(map.ActivityLayer!, map.ActivityMap)], cancel: work.Cancel);
        return work.Draw(projections.Image(0), work.Size, work.Size);
    }

    /// <summary>The followed map in the pictures that excite it most; none where there is no other picture.</summary>
    private static IEnumerable<object> InOthers(DemoWork work, int index, OcclusionMap map, TopActivations top)
    {
        TopUnit[] units = [.. top[map.ActivityLayer!][map.ActivityMap].Where(unit => unit.Picture != index).Take(Others)];
        if (units.Length == 0)
            yield break;
        var projections = TopActivations.Project(work.Model.Network, work.Inputs, units, cancel: work.Cancel);
        var patches = units.Select(unit => ProjectionTiles.Patch(unit, work.Pictures.Get(unit.Picture)));
        yield return Panel(
            VisualizeReport.Block(new MapPanel(map.ActivityMap, projections, [.. patches]), work.Model.Preprocessing), 1,
            $"Map {map.ActivityMap} in other pictures", "where it is strongest: projections beside what caused them");
    }

    private static object Panel(Picture picture, int enlarge, string title, string text) =>
        new { image = ReportPage.Inline(picture, enlarge), title, text, legend = Array.Empty<object>() };

    private static string Percent(float value) => (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + "%";

    private static string Number(float value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
