using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>What one projection started from and what came of it.</summary>
/// <param name="Seed">What was asked for.</param>
/// <param name="Y">Row of the unit, or of the strongest one of a whole map.</param>
/// <param name="X">Its column.</param>
/// <param name="Activation">Its recorded activation, whatever value was seeded.</param>
/// <param name="IsZero">
/// Whether every pixel is zero: nothing of the activation reached the pixels, because it was not positive or because every
/// path was rectified away. Such a projection is to be reported, not drawn.
/// </param>
/// <param name="ReceptiveField">What the unit, or the whole map, sees, as if padding were pixels.</param>
/// <param name="Patch">The part of it inside the picture that really matters; all other pixels are zero.</param>
public sealed record Projection(Seed Seed, int Y, int X, double Activation, bool IsZero, PixelBox ReceptiveField, PixelBox Patch);

/// <summary>Projections to pixels, in the order of their seeds.</summary>
public sealed class Projections : IDisposable
{
    internal Projections(Tensor images, IReadOnlyList<Projection> items) => (Images, Items) = (images, items);

    /// <summary>
    /// The signed images [N, C, H, W]: channels and size of the network's input, unnormalised. Positive pixels drive the
    /// activation up, negative ones hold it down (paper: no rectifier after the last filter step).
    /// </summary>
    public Tensor Images { get; }

    /// <summary>What each image is.</summary>
    public IReadOnlyList<Projection> Items { get; }

    /// <summary>Number of projections.</summary>
    public int Count => Items.Count;

    /// <summary>One image on the host, (C, H, W) row-major.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public float[] Image(int index)
    {
        using var one = Images.Narrow(0, index, 1);
        return Maps.ReadFloat(one);
    }

    /// <summary>The part of an image inside its <see cref="Projection.Patch"/>, (C, Height, Width) row-major.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public float[] PatchImage(int index)
    {
        var box = Items[index].Patch;
        if (box.IsEmpty)
            return [];
        using var one = Images.Narrow(0, index, 1);
        using var rows = one.Narrow(2, box.Top, box.Height);
        using var part = rows.Narrow(3, box.Left, box.Width);
        return Maps.ReadFloat(part);
    }

    /// <summary>Frees the images.</summary>
    public void Dispose() => Images.Dispose();
}
