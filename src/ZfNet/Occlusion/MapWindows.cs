using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet;

/// <summary>
/// What some pictures have of their own in a layer's maps: one window a picture, all of one size. Around it they have what the picture
/// has that they were made from. Rows and columns of a window that lie beyond the maps' last are of no use.
/// </summary>
/// <param name="Values">The windows [N, C, Height, Width].</param>
/// <param name="Top">First row of each in the maps.</param>
/// <param name="Left">First column of each.</param>
/// <param name="Maps">Size of the maps.</param>
internal sealed record MapWindows(Tensor Values, int[] Top, int[] Left, Pair Maps)
{
    public int Count => Top.Length;

    public int Height => (int)Values.Shape[2];

    public int Width => (int)Values.Shape[3];

    /// <summary>Whether the windows are all of the maps.</summary>
    public bool AreWhole => Height == Maps.H && Width == Maps.W;

    /// <summary>Rows of the maps that a picture's window has.</summary>
    public CellRange Rows(int picture) => new(Top[picture], Math.Min(Top[picture] + Height, Maps.H) - 1);

    /// <summary>Columns of the maps that a picture's window has.</summary>
    public CellRange Columns(int picture) => new(Left[picture], Math.Min(Left[picture] + Width, Maps.W) - 1);

    /// <summary>Whether a row of the maps lies in some picture's window.</summary>
    public bool HasRow(int row) => Array.Exists(Top, top => top <= row && row < top + Height);

    /// <summary>One row of every picture's maps, [N, C, 1, W].</summary>
    /// <param name="around">The maps [1, C, H, W] of the picture that these were made from.</param>
    /// <param name="row">Which.</param>
    public Tensor Row(Tensor around, int row)
    {
        var rows = new int[Count];
        Array.Fill(rows, row);
        return Cut(around, (0, 0), rows, new int[Count], 1, (int)around.Shape[3]);
    }

    /// <summary>
    /// Rectangles of the pictures' maps, each where its picture asks: <paramref name="around"/> and, over it, the picture's own
    /// window.
    /// </summary>
    /// <param name="around">The maps [1, C, H, W] of the picture that these were made from, with or without a border.</param>
    /// <param name="border">Rows above and columns left of the maps in <paramref name="around"/>.</param>
    /// <param name="top">First row of each rectangle in <paramref name="around"/>.</param>
    /// <param name="left">First column of each.</param>
    /// <param name="height">Rows of a rectangle.</param>
    /// <param name="width">Columns.</param>
    /// <returns>[N, C, height, width].</returns>
    public Tensor Cut(Tensor around, (int Rows, int Columns) border, int[] top, int[] left, int height, int width)
    {
        using var scope = new TensorScope();
        var result = Tensor.Empty([Count, Values.Shape[1], height, width], Values.DType, Values.Device);
        for (var n = 0; n < Count; n++)
        {
            CellRange rows = new(top[n], top[n] + height - 1), columns = new(left[n], left[n] + width - 1);
            var target = result.Narrow(0, n, 1);
            target.CopyFrom(Part(around, rows, columns));
            var ownRows = Rows(n).From(-border.Rows).ClipTo(rows);
            var ownColumns = Columns(n).From(-border.Columns).ClipTo(columns);
            if (ownRows.Count > 0 && ownColumns.Count > 0)
                Part(target, ownRows.From(top[n]), ownColumns.From(left[n]))
                    .CopyFrom(Part(Values.Narrow(0, n, 1), ownRows.From(border.Rows + Top[n]), ownColumns.From(border.Columns + Left[n])));
        }
        return scope.Keep(result);
    }

    /// <summary>What is made of every batch, one after the other along the first axis; each part is freed when it is copied.</summary>
    public static Tensor Joined(IReadOnlyList<MapWindows> batches, Func<MapWindows, Tensor> make)
    {
        Tensor? result = null;
        var first = 0;
        foreach (var batch in batches)
        {
            using var part = make(batch);
            result ??= Tensor.Empty([batches.Sum(each => each.Count), .. part.Shape.Sizes[1..]], part.DType, part.Device);
            using var target = result.Narrow(0, first, batch.Count);
            target.CopyFrom(part);
            first += batch.Count;
        }
        return result ?? throw new ArgumentException("There are no batches.", nameof(batches));
    }

    /// <summary>Some rows and columns of maps, as a view.</summary>
    public static Tensor Part(Tensor maps, CellRange rows, CellRange columns) =>
        maps.Narrow(2, rows.First, rows.Count).Narrow(3, columns.First, columns.Count);
}
