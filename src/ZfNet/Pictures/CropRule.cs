namespace ZfNet.Pictures;

/// <summary>Which parts of a picture a network is asked about when it is measured.</summary>
public enum CropRule
{
    /// <summary>The centre.</summary>
    Centre,

    /// <summary>The four corners and the centre, and the same five mirrored; the ten answers are averaged (paper,
    /// section 3, after Krizhevsky et al. 2012).</summary>
    Ten,
}

/// <summary>What <see cref="CropRule"/> means in pixels.</summary>
public static class Crops
{
    /// <summary>How many there are of one picture.</summary>
    /// <param name="rule">The rule.</param>
    public static int Count(CropRule rule) => rule == CropRule.Ten ? 10 : 1;

    /// <summary>One crop.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="frame">At least <paramref name="height"/> x <paramref name="width"/>.</param>
    /// <param name="number">0 to <see cref="Count"/> - 1: of ten, top left, top right, bottom left, bottom right,
    /// centre, then the five mirrored in this order.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    public static Picture Of(CropRule rule, Picture frame, int number, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)number, (uint)Count(rule));
        if (rule == CropRule.Centre || number % 5 == 4)
        {
            Picture centre = frame.CentreCrop(height, width);
            return number > 4 ? centre.FlipHorizontal() : centre;
        }
        int corner = number % 5;
        Picture crop = frame.Crop(new(
            corner < 2 ? 0 : frame.Height - height, corner % 2 == 0 ? 0 : frame.Width - width, height, width));
        return number > 4 ? crop.FlipHorizontal() : crop;
    }
}
