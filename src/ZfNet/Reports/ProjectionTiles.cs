using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>Projections and patches as small pictures of one size, so that they lie side by side.</summary>
internal static class ProjectionTiles
{
    /// <summary>Largest side of a tile; larger ones are shrunk.</summary>
    public const int Largest = 112;

    /// <summary>What lies outside the picture, and between tiles: neither the grey of zero nor the white of many pictures.</summary>
    public static Rgb Outside => new(221, 226, 236);

    /// <summary>Side that small tiles are enlarged to about.</summary>
    private const int Wanted = 60;

    /// <summary>
    /// What a tile shows of the picture: the receptive field, or the picture's whole height or width where the field has
    /// more. A field that hangs over the picture's edge is shown with that edge, in <see cref="Outside"/>'s colour beyond it.
    /// </summary>
    public static PixelBox Window(PixelBox field, int height, int width)
    {
        var (top, rows) = field.Height >= height ? (0, height) : (field.Top, field.Height);
        var (left, columns) = field.Width >= width ? (0, width) : (field.Left, field.Width);
        return new PixelBox(top, left, rows, columns);
    }

    /// <summary>The projection by the signed rule, or null when it is zero everywhere.</summary>
    public static Picture? Projection(TopProjection projection, Preprocessing preprocessing)
    {
        if (projection.IsZero)
            return null;
        var patch = projection.Unit.Patch;
        var picture = SignedPixels.FromChw([.. projection.Image], patch.Height, patch.Width, preprocessing.Order);
        var window = Window(projection.Unit.ReceptiveField, preprocessing.Height, preprocessing.Width);
        return picture is null ? null : Fit(picture.CropPadded(window with { Top = window.Top - patch.Top, Left = window.Left - patch.Left }, Outside));
    }

    /// <summary>The same window of the prepared picture.</summary>
    public static Picture Patch(TopUnit unit, Picture prepared) =>
        Fit(prepared.CropPadded(Window(unit.ReceptiveField, prepared.Height, prepared.Width), Outside));

    /// <summary>A tile of readable size: enlarged by a whole number, or shrunk.</summary>
    public static Picture Fit(Picture tile)
    {
        var side = Math.Max(tile.Height, tile.Width);
        return side > Largest
            ? tile.Resize(Math.Max(1, tile.Height * Largest / side), Math.Max(1, tile.Width * Largest / side))
            : tile.Enlarge(Math.Max(1, (int)Math.Round((double)Wanted / side)));
    }
}
