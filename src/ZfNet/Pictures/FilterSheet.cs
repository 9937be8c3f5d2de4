namespace ZfNet.Pictures;

/// <summary>How strong a filter's picture is relative to the others.</summary>
public enum FilterScale
{
    /// <summary>Every filter reaches full strength on its own: shape, not size.</summary>
    Each,

    /// <summary>One scale for all filters (paper, Fig. 6): a few dominating filters leave the rest grey.</summary>
    Shared,
}

/// <summary>First-layer filters as a grid of small colour pictures.</summary>
public static class FilterSheet
{
    /// <summary>Draws filters over red, green and blue by the signed rule of <see cref="SignedPixels"/>.</summary>
    /// <param name="weights">(filters, 3, height, width) floats, row-major.</param>
    /// <param name="filters">Their number.</param>
    /// <param name="height">Rows of a filter.</param>
    /// <param name="width">Columns of a filter.</param>
    /// <param name="order">The channels' order in the weights.</param>
    /// <param name="scale">One scale each, or a shared one.</param>
    /// <param name="enlarge">Side of the square that a weight becomes; 0 takes about 42 pixels a filter.</param>
    /// <param name="columns">Filters a row; 0 takes the most nearly square grid that is wider than high.</param>
    /// <exception cref="ArgumentException">The sizes do not fit the weights, or a weight is not finite.</exception>
    public static Picture Draw(
        ReadOnlySpan<float> weights, int filters, int height, int width, ChannelOrder order = ChannelOrder.Rgb,
        FilterScale scale = FilterScale.Each, int enlarge = 0, int columns = 0)
    {
        if (filters < 1 || height < 1 || width < 1 || weights.Length != (long)filters * 3 * height * width)
            throw new ArgumentException($"{weights.Length} weights are not {filters} x 3 x {height} x {width}.", nameof(weights));
        float shared = SignedPixels.Scale(weights);
        int size = 3 * height * width;
        var tiles = new Tile[filters];
        for (int f = 0; f < filters; f++)
        {
            ReadOnlySpan<float> one = weights.Slice(f * size, size);
            float own = scale == FilterScale.Shared ? shared : SignedPixels.Scale(one);
            tiles[f] = new(SignedPixels.Scale(one) == 0 ? null : SignedPixels.FromChw(one, height, width, own, order));
        }
        int factor = enlarge > 0 ? enlarge : Math.Max(1, (int)Math.Round(42.0 / Math.Max(height, width)));
        return new ContactSheet
        {
            Columns = columns > 0 ? columns : (int)Math.Ceiling(Math.Sqrt(filters * 1.5)),
            Gutter = 3,
            Margin = 3,
            Enlarge = factor,
            MinimumCell = Math.Max(height, width) * factor,
        }.Draw(tiles);
    }
}
