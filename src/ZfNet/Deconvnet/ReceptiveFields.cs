using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>Which pixels units see, walked down window by window through the layers that a forward pass met.</summary>
internal static class ReceptiveFields
{
    /// <summary>What a unit, or a whole map, of a layer sees.</summary>
    /// <param name="steps">The layers, from the input on.</param>
    /// <param name="layer">Index of the unit's layer.</param>
    /// <param name="unit">Row and column; null means the whole map.</param>
    /// <param name="clip">
    /// Clip windows at the edge of every layer, which leaves exactly the pixels that the unit depends on; else padding
    /// counts as pixels, and units of a layer all have fields of one size.
    /// </param>
    /// <returns>Empty for a unit that sees nothing but padding.</returns>
    public static PixelBox Of(IReadOnlyList<LayerStep> steps, int layer, (int Y, int X)? unit, bool clip)
    {
        var whole = WholeMap(steps[layer].Output);
        var rows = unit is { } at ? new CellRange(at.Y, at.Y) : whole.Rows;
        var columns = unit is { } place ? new CellRange(place.X, place.X) : whole.Columns;
        for (var i = layer; i >= 0; i--)
        {
            var step = steps[i];
            if (step.Layer is Flatten or Linear)
                (rows, columns) = WholeMap(step.Input);
            else if (SlidingWindow.Of(step.Layer) is { } window)
                (rows, columns) = (window.Rows.Below(rows), window.Columns.Below(columns));
            if (clip)
            {
                var map = WholeMap(step.Input);
                (rows, columns) = (rows.ClipTo(map.Rows), columns.ClipTo(map.Columns));
            }
        }
        return new PixelBox(rows.First, columns.First, rows.Count, columns.Count);
    }

    private static (CellRange Rows, CellRange Columns) WholeMap(Shape shape) =>
        shape.Rank == 4 ? (new CellRange(0, checked((int)shape[2]) - 1), new CellRange(0, checked((int)shape[3]) - 1)) : (new CellRange(0, 0), new CellRange(0, 0));
}
