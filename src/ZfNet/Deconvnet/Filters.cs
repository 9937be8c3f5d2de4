using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>The filters of a network's first convolution as numbers and as pictures (paper, Fig. 6).</summary>
public sealed class Filters
{
    private readonly float[] weights;

    private Filters(string layer, float[] weights, Shape shape)
    {
        (Layer, this.weights) = (layer, weights);
        (Count, Channels, Height, Width) = ((int)shape[0], (int)shape[1], (int)shape[2], (int)shape[3]);
    }

    /// <summary>Name of the layer.</summary>
    public string Layer { get; }

    /// <summary>Number of filters.</summary>
    public int Count { get; }

    /// <summary>Input channels of a filter.</summary>
    public int Channels { get; }

    /// <summary>Rows of a filter.</summary>
    public int Height { get; }

    /// <summary>Columns of a filter.</summary>
    public int Width { get; }

    /// <summary>All weights, (Count, Channels, Height, Width) row-major.</summary>
    public ReadOnlySpan<float> Weights => weights;

    /// <summary>Reads the filters of a network's first convolution.</summary>
    /// <exception cref="InputException">The network has no convolution.</exception>
    public static Filters FirstLayer(LayerChain network)
    {
        ArgumentNullException.ThrowIfNull(network);
        for (var i = 0; i < network.Count; i++)
            if (network[i].Value is Conv2d conv)
                return new Filters(network[i].Key, Maps.ReadFloat(conv.Weight), conv.Weight.Shape);
        throw new InputException("The network has no convolution, so it has no filters to show.");
    }

    /// <summary>One filter's weights, (Channels, Height, Width).</summary>
    public ReadOnlySpan<float> Filter(int index) => weights.AsSpan(index * (weights.Length / Count), weights.Length / Count);

    /// <summary>A filter's root mean square: what the paper's training limits to 0.1 (section 3.1).</summary>
    public double Rms(int index)
    {
        double squares = 0;
        var filter = Filter(index);
        foreach (var weight in filter)
            squares += (double)weight * weight;
        return Math.Sqrt(squares / filter.Length);
    }

    /// <summary>
    /// The filters as small pictures by the signed rule of <see cref="SignedPixels"/>: zero is mid-grey. Three channels are
    /// shown as colours; any other number as grey, the mean over the channels.
    /// </summary>
    /// <param name="order">Order of the three channels.</param>
    /// <param name="scale">Each filter at its own full strength, or all on one scale (paper, Fig. 6).</param>
    /// <returns>One picture for each filter; null where all its weights (or their means) are zero.</returns>
    /// <exception cref="ArgumentException">A weight is not finite.</exception>
    public IReadOnlyList<Picture?> Tiles(ChannelOrder order = ChannelOrder.Rgb, FilterScale scale = FilterScale.Each)
    {
        var colours = Colours();
        var size = colours.Length / Count;
        var shared = SignedPixels.Scale(colours);
        return [.. Enumerable.Range(0, Count).Select(i =>
        {
            var one = colours.AsSpan(i * size, size);
            var own = SignedPixels.Scale(one);
            return own == 0 ? null : SignedPixels.FromChw(one, Height, Width, scale == FilterScale.Shared ? shared : own, order);
        })];
    }

    /// <summary>The filters as one grid.</summary>
    /// <param name="order">Order of the three channels.</param>
    /// <param name="scale">Each filter at its own full strength, or all on one scale.</param>
    /// <param name="enlarge">Side of the square that a weight becomes; 0 takes about 42 pixels a filter.</param>
    /// <param name="columns">Filters a row; 0 takes the most nearly square grid that is wider than high.</param>
    /// <exception cref="ArgumentException">A weight is not finite.</exception>
    public Picture Sheet(ChannelOrder order = ChannelOrder.Rgb, FilterScale scale = FilterScale.Each, int enlarge = 0, int columns = 0) =>
        FilterSheet.Draw(Colours(), Count, Height, Width, order, scale, enlarge, columns);

    /// <summary>Three channels for every filter: its own, or the mean of all three times.</summary>
    private float[] Colours()
    {
        if (Channels == 3)
            return weights;
        var plane = Height * Width;
        var colours = new float[Count * 3 * plane];
        for (var f = 0; f < Count; f++)
        for (var i = 0; i < plane; i++)
        {
            double sum = 0;
            for (var c = 0; c < Channels; c++)
                sum += weights[(f * Channels + c) * plane + i];
            for (var colour = 0; colour < 3; colour++)
                colours[(f * 3 + colour) * plane + i] = (float)(sum / Channels);
        }
        return colours;
    }
}
