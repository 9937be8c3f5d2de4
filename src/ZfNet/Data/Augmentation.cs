using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>Simple changes of a prepared picture that keep its class. Every draw is a function of (seed,
/// epoch, index), never of which thread asks.</summary>
public sealed record Augmentation
{
    /// <summary>Nothing is changed, and crops are taken from the centre.</summary>
    public static Augmentation None { get; } = new();

    /// <summary>Where <see cref="Preprocessing.FrameSize"/> is larger than the network's input: any part of the frame
    /// (the paper's 224 out of 256), not always its centre.</summary>
    public bool RandomCrop { get; init; }

    /// <summary>The picture is padded by so many pixels on every side and cropped back at a random place: a shift of up
    /// to this many pixels each way.</summary>
    public int Padding { get; init; }

    /// <summary>The colour of the padding.</summary>
    public Rgb Fill { get; init; } = Rgb.White;

    /// <summary>Resized about its centre by a factor drawn between 1 / (1 + Zoom) and 1 + Zoom, evenly in its
    /// logarithm; what is uncovered gets <see cref="Fill"/>.</summary>
    public double Zoom { get; init; }

    /// <summary>Turned about its centre by up to this many degrees either way.</summary>
    public double Rotation { get; init; }

    /// <summary>Mirrored left to right for half of the draws.</summary>
    public bool Flip { get; init; }

    /// <summary>Colours are multiplied by a factor between 1 - Saturation and 1 + Saturation.</summary>
    public double Saturation { get; init; }

    /// <summary>Hues are turned by up to this many degrees either way.</summary>
    public double Hue { get; init; }

    /// <summary>Brightness is raised to a power drawn between 1 / (1 + Gamma) and 1 + Gamma, evenly in its logarithm: white
    /// and black stay.</summary>
    public double Gamma { get; init; }

    /// <summary>At the end a square of up to so many pixels a side becomes <see cref="Fill"/>: its side drawn from 0 to
    /// this, its centre anywhere in the picture (DeVries and Taylor, "Improved Regularization of Convolutional Neural
    /// Networks with Cutout", 2017; there the side is fixed).</summary>
    public int Cutout { get; init; }

    /// <summary>The part of a frame that this epoch sees, before <see cref="Apply"/>.</summary>
    /// <param name="frame">At least height x width.</param>
    /// <param name="height">Rows of the network's input.</param>
    /// <param name="width">Columns of the network's input.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">0-based.</param>
    /// <param name="index">The picture's index in its source.</param>
    public Picture Crop(Picture frame, int height, int width, ulong seed, int epoch, int index)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (!RandomCrop) return frame.CentreCrop(height, width);
        (ulong e, ulong i) = ((ulong)epoch, (ulong)index);
        return frame.Crop(new(
            SeededHash.Below(frame.Height - height + 1, seed, e, i, 6),
            SeededHash.Below(frame.Width - width + 1, seed, e, i, 7), height, width));
    }

    /// <summary>The picture as this epoch sees it. Zoom and rotation resample it bilinearly; shifts and mirrors move
    /// whole pixels. Colours change after that, and a cutout comes last.</summary>
    /// <param name="picture">A prepared picture.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">0-based.</param>
    /// <param name="index">The picture's index in its source.</param>
    /// <exception cref="ArgumentOutOfRangeException">A property is negative, too large or not a number.</exception>
    public Picture Apply(Picture picture, ulong seed, int epoch, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Padding);
        ArgumentOutOfRangeException.ThrowIfNegative(Cutout);
        if (!(Zoom >= 0 && double.IsFinite(Zoom)))
            throw new ArgumentOutOfRangeException(null, $"Zoom is {Zoom}; it must be at least 0.");
        if (!(Rotation is >= 0 and <= 180))
            throw new ArgumentOutOfRangeException(null, $"Rotation is {Rotation}; it must be 0 to 180 degrees.");
        if (!(Saturation is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(null, $"Saturation is {Saturation}; it must be 0 to 1.");
        if (!(Hue is >= 0 and <= 180))
            throw new ArgumentOutOfRangeException(null, $"Hue is {Hue}; it must be 0 to 180 degrees.");
        if (!(Gamma >= 0 && double.IsFinite(Gamma)))
            throw new ArgumentOutOfRangeException(null, $"Gamma is {Gamma}; it must be at least 0.");
        (ulong e, ulong i) = ((ulong)epoch, (ulong)index);
        int dy = Padding > 0 ? SeededHash.Below(2 * Padding + 1, seed, e, i, 1) - Padding : 0;
        int dx = Padding > 0 ? SeededHash.Below(2 * Padding + 1, seed, e, i, 2) - Padding : 0;
        if (Zoom > 0 || Rotation > 0)
        {
            double scale = Math.Pow(1 + Zoom, Even(seed, e, i, 4));
            double angle = Rotation * Even(seed, e, i, 5) * (Math.PI / 180);
            picture = Warping.Apply(picture, scale, angle, -dy, -dx, Fill);
        }
        else if (dy != 0 || dx != 0)
            picture = picture.CropPadded(new(dy, dx, picture.Height, picture.Width), Fill);
        if (Flip && SeededHash.Below(2, seed, e, i, 3) == 1) picture = picture.FlipHorizontal();
        if (Saturation > 0 || Hue > 0 || Gamma > 0)
        {
            picture = ColourShift.Apply(
                picture, 1 + Saturation * Even(seed, e, i, 11), Hue * Even(seed, e, i, 12) * (Math.PI / 180),
                Math.Pow(1 + Gamma, Even(seed, e, i, 13)));
        }
        if (Cutout == 0) return picture;
        int side = SeededHash.Below(Cutout + 1, seed, e, i, 8);
        return picture.Cover(new(
            SeededHash.Below(picture.Height, seed, e, i, 9) - side / 2,
            SeededHash.Below(picture.Width, seed, e, i, 10) - side / 2, side, side), Fill);
    }

    /// <summary>From -1 to 1.</summary>
    static double Even(ulong seed, ulong epoch, ulong index, ulong draw)
    {
        const int steps = 1 << 24;
        return 2.0 * SeededHash.Below(steps + 1, seed, epoch, index, draw) / steps - 1;
    }
}
