using ZfNet.Pictures;

namespace ZfNet;

/// <summary>One of a map's strongest units over a set of pictures (paper, Fig. 2): at most one for each picture.</summary>
/// <param name="Layer">Name of the layer.</param>
/// <param name="Map">Number of the feature map.</param>
/// <param name="Rank">0 for the strongest.</param>
/// <param name="Picture">Index of the picture in the set.</param>
/// <param name="Y">Row of the unit.</param>
/// <param name="X">Column of the unit.</param>
/// <param name="Activation">Its activation: the output of the layer.</param>
/// <param name="ReceptiveField">What the unit sees as if padding were pixels: one size for all units of a layer.</param>
/// <param name="Patch">The part of it inside the picture.</param>
public sealed record TopUnit(
    string Layer, int Map, int Rank, int Picture, int Y, int X, double Activation, PixelBox ReceptiveField, PixelBox Patch);

/// <summary>A unit's projection, cut to what the unit sees.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="Channels">Channels of the network's input.</param>
/// <param name="Image">
/// Signed floats (Channels, Patch.Height, Patch.Width), row-major: the projection inside the unit's patch. Outside it is zero.
/// </param>
/// <param name="IsZero">Whether every pixel is zero; to be reported, not drawn.</param>
public sealed record TopProjection(TopUnit Unit, int Channels, IReadOnlyList<float> Image, bool IsZero)
{
    /// <summary>
    /// The projection on the whole receptive field, zero where that reaches outside the picture: one size for all units of a
    /// layer, (Channels, Height, Width).
    /// </summary>
    public float[] Padded()
    {
        PixelBox field = Unit.ReceptiveField, patch = Unit.Patch;
        var values = new float[checked(Channels * field.Height * field.Width)];
        for (var c = 0; c < Channels; c++)
        for (var y = 0; y < patch.Height; y++)
        for (var x = 0; x < patch.Width; x++)
            values[(c * field.Height + patch.Top - field.Top + y) * field.Width + patch.Left - field.Left + x] = Image[(c * patch.Height + y) * patch.Width + x];
        return values;
    }
}

/// <summary>How far a long piece of work is.</summary>
/// <param name="Done">Pictures, positions or projections that are done.</param>
/// <param name="Total">All of them.</param>
public readonly record struct WorkProgress(int Done, int Total);
