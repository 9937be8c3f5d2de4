using ZfNet.Pictures;

namespace ZfNet.Data;

/// <summary>Simple changes of a prepared picture that keep its class and its size. Every draw is a function of (seed,
/// epoch, index), never of which thread asks.</summary>
public sealed record Augmentation
{
    /// <summary>Nothing is changed.</summary>
    public static Augmentation None { get; } = new();

    /// <summary>The picture is padded by so many pixels on every side and cropped back at a random place: a shift of up to
    /// this many pixels each way.</summary>
    public int Padding { get; init; }

    /// <summary>The colour of the padding.</summary>
    public Rgb Fill { get; init; } = Rgb.White;

    /// <summary>Mirrored left to right for half of the draws.</summary>
    public bool Flip { get; init; }

    /// <summary>The picture as this epoch sees it.</summary>
    /// <param name="picture">A prepared picture.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">0-based.</param>
    /// <param name="index">The picture's index in its source.</param>
    public Picture Apply(Picture picture, ulong seed, int epoch, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Padding);
        (ulong e, ulong i) = ((ulong)epoch, (ulong)index);
        if (Padding > 0)
        {
            int dy = SeededHash.Below(2 * Padding + 1, seed, e, i, 1) - Padding;
            int dx = SeededHash.Below(2 * Padding + 1, seed, e, i, 2) - Padding;
            if (dy != 0 || dx != 0)
                picture = picture.CropPadded(new(dy, dx, picture.Height, picture.Width), Fill);
        }
        return Flip && SeededHash.Below(2, seed, e, i, 3) == 1 ? picture.FlipHorizontal() : picture;
    }
}
