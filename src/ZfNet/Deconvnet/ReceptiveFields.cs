using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>Which pixels units see, walked down window by window through the layers that a forward pass met.</summary>
internal static class ReceptiveFields
{
    /// <summary>What a unit, or a whole map, of a layer sees.</summary>
    /// <inheritdoc cref="Down"/>
    /// <returns>Empty for a unit that sees nothing but padding.</returns>
    public static PixelBox Of(IReadOnlyList<LayerStep> steps, int layer, (int Y, int X)? unit, bool clip) =>
        Down(steps, layer, unit, clip)[0].ToPixelBox();

    /// <summary>What a unit, or a whole map, of a layer sees of every layer below.</summary>
    /// <param name="steps">The layers, from the input on.</param>
    /// <param name="layer">Index of the unit's layer.</param>
    /// <param name="unit">Row and column; null means the whole map.</param>
    /// <param name="clip">
    /// Clip windows at the edge of every layer, which leaves exactly the pixels that the unit depends on; else padding
    /// counts as pixels, and units of a layer all have fields of one size.
    /// </param>
    /// <returns>At i the window of layer i's input; last, at layer + 1, the unit itself.</returns>
    public static Window[] Down(IReadOnlyList<LayerStep> steps, int layer, (int Y, int X)? unit, bool clip)
    {
        var windows = new Window[layer + 2];
        windows[layer + 1] = unit is { } at ? new(at.Y, at.X, 1, 1) : Window.Whole(steps[layer].Output);
        for (var i = layer; i >= 0; i--)
        {
            var (step, above) = (steps[i], windows[i + 1]);
            if (step.Layer is Flatten or Linear)
                above = above.IsEmpty ? above : Window.Whole(step.Input);
            else if (SlidingWindow.Of(step.Layer) is { } sliding)
                above = sliding.Below(above);
            windows[i] = clip ? above.ClipTo(Window.Whole(step.Input)) : above;
        }
        return windows;
    }
}
