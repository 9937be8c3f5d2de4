using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Reports;

/// <summary>
/// The two blocks of Fig. 2 of the paper for one feature map: projections of its strongest units, and the patches of the
/// pictures that caused them. Both show the whole receptive field, so that they lie cell on cell; what lies outside the
/// picture is grey.
/// </summary>
public static class TopSheet
{
    private const int Columns = 3;
    private const int CellPixels = 96;

    /// <summary>The projections, each at its own full strength; one that is zero everywhere is hatched and says so.</summary>
    /// <exception cref="ArgumentException">There is none, or a value is not finite.</exception>
    public static Picture Projections(IReadOnlyList<TopProjection> projections, ChannelOrder order)
    {
        ArgumentNullException.ThrowIfNull(projections);
        return Draw([.. projections.Select(one =>
        {
            var field = one.Unit.ReceptiveField;
            return new Tile(SignedPixels.FromChw(one.Padded(), field.Height, field.Width, order));
        })], projections[0].Unit);
    }

    /// <summary>The patches.</summary>
    public static Picture Patches(IReadOnlyList<TopUnit> units, IPictureSource pictures)
    {
        ArgumentNullException.ThrowIfNull(units);
        ArgumentNullException.ThrowIfNull(pictures);
        return Draw([.. units.Select(unit => new Tile(pictures.Get(unit.Picture).CropPadded(unit.ReceptiveField, Rgb.Grey)))], units[0]);
    }

    private static Picture Draw(IReadOnlyList<Tile> tiles, TopUnit unit) =>
        new ContactSheet { Columns = Columns, Enlarge = Math.Max(CellPixels / unit.ReceptiveField.Height, 1), MinimumCell = unit.ReceptiveField.Height }.Draw(tiles);
}
