namespace ZfNet.Pictures;

/// <summary>The one rule by which signed values become pixels. For a projection: zero is mid-grey (128), and
/// byte = 128 + round(127 * clamp(v / scale, -1, 1)), linear, with one scale for all three channels, by default
/// max |v| over all of them. Nothing is centred, stretched or equalised per channel.</summary>
public static class SignedPixels
{
    /// <summary>The value that is drawn at full strength: the given percentile of |v| over every value (nearest rank),
    /// or max |v| at 100. When a percentile below 100 falls on zero the maximum is used, so that a sparse picture is
    /// not lost.</summary>
    /// <param name="values">Any number of values.</param>
    /// <param name="percentile">Above 0, at most 100.</param>
    /// <returns>0 exactly when every value is zero.</returns>
    /// <exception cref="ArgumentException">A NaN or infinite value, which no picture may hide; no values; a percentile out
    /// of range.</exception>
    public static float Scale(ReadOnlySpan<float> values, double percentile = 100)
    {
        if (!(percentile is > 0 and <= 100))
            throw new ArgumentOutOfRangeException(nameof(percentile), percentile, "A percentile is above 0 and at most 100.");
        if (values.IsEmpty) throw new ArgumentException("There are no values to draw.", nameof(values));
        float max = 0;
        for (int i = 0; i < values.Length; i++)
        {
            float magnitude = Math.Abs(values[i]);
            if (!float.IsFinite(magnitude))
                throw new ArgumentException($"Value {i} of {values.Length} is {values[i]}: it cannot be drawn.", nameof(values));
            max = Math.Max(max, magnitude);
        }
        if (percentile == 100 || max == 0) return max;

        var magnitudes = new float[values.Length];
        for (int i = 0; i < values.Length; i++) magnitudes[i] = Math.Abs(values[i]);
        Array.Sort(magnitudes);
        int rank = (int)Math.Ceiling(percentile / 100 * magnitudes.Length);
        float chosen = magnitudes[Math.Clamp(rank, 1, magnitudes.Length) - 1];
        return chosen > 0 ? chosen : max;
    }

    /// <summary>A signed three-channel image, such as a projection, as a picture.</summary>
    /// <param name="chw">(3, H, W) floats.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="order">The channels' order; the picture is red, green, blue.</param>
    /// <param name="percentile">See <see cref="Scale"/>.</param>
    /// <returns>The picture, or null when every value is zero: the caller says so (<see cref="Tile"/> draws it).</returns>
    /// <exception cref="ArgumentException">Wrong length, or a NaN or infinite value.</exception>
    public static Picture? FromChw(
        ReadOnlySpan<float> chw, int height, int width, ChannelOrder order = ChannelOrder.Rgb, double percentile = 100)
    {
        float scale = Scale(chw, percentile);
        return scale == 0 ? null : FromChw(chw, height, width, scale, order);
    }

    /// <summary>The same with a given scale, so that several images can share one.</summary>
    /// <param name="chw">(3, H, W) floats; values beyond the scale are clamped.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="scale">The value drawn at full strength; positive and finite.</param>
    /// <param name="order">The channels' order.</param>
    /// <exception cref="ArgumentException">Wrong length or scale, or a NaN.</exception>
    public static Picture FromChw(
        ReadOnlySpan<float> chw, int height, int width, float scale, ChannelOrder order = ChannelOrder.Rgb)
    {
        CheckLength(chw, 3, height, width);
        CheckScale(scale);
        int plane = height * width;
        var rgb = new byte[chw.Length];
        for (int c = 0; c < 3; c++)
        {
            int colour = order == ChannelOrder.Rgb ? c : 2 - c;
            for (int i = 0; i < plane; i++) rgb[i * 3 + colour] = ToByte(chw[c * plane + i], scale);
        }
        return new(height, width, rgb);
    }

    /// <summary>A signed single-channel image on the diverging scale: blue below zero, white at zero, red above.</summary>
    /// <param name="values">(H, W) floats.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="percentile">See <see cref="Scale"/>.</param>
    /// <returns>The picture, or null when every value is zero.</returns>
    /// <exception cref="ArgumentException">Wrong length, or a NaN or infinite value.</exception>
    public static Picture? FromPlane(ReadOnlySpan<float> values, int height, int width, double percentile = 100)
    {
        CheckLength(values, 1, height, width);
        float scale = Scale(values, percentile);
        if (scale == 0) return null;
        var rgb = new byte[values.Length * 3];
        for (int i = 0; i < values.Length; i++)
        {
            Rgb colour = ColourMap.Diverging.At(0.5 + 0.5 * Math.Clamp(values[i] / scale, -1, 1));
            (rgb[i * 3], rgb[i * 3 + 1], rgb[i * 3 + 2]) = (colour.R, colour.G, colour.B);
        }
        return new(height, width, rgb);
    }

    static byte ToByte(float value, float scale)
    {
        float part = value / scale;
        if (float.IsNaN(part)) throw new ArgumentException("A value is NaN: it cannot be drawn.");
        return (byte)(128 + (int)MathF.Round(127 * Math.Clamp(part, -1f, 1f), MidpointRounding.AwayFromZero));
    }

    static void CheckScale(float scale)
    {
        if (!(float.IsFinite(scale) && scale > 0))
            throw new ArgumentException($"The scale must be positive and finite, not {scale}.", nameof(scale));
    }

    static void CheckLength(ReadOnlySpan<float> values, int channels, int height, int width)
    {
        if (height < 1 || width < 1 || values.Length != (long)channels * height * width)
            throw new ArgumentException($"{values.Length} values are not {channels} x {height} x {width}.", nameof(values));
    }
}
