namespace ZfNet.Pictures;

/// <summary>Other colours of the same picture. Greys stay grey, white stays white and black black, so a plain background
/// does not change.</summary>
static class ColourShift
{
    /// <summary>Every channel v becomes 255 (v / 255)^gamma; then, in YIQ (NTSC 1953), the chroma vector is multiplied by
    /// <paramref name="saturation"/> and turned by <paramref name="hue"/>. Results are rounded and clamped to a byte.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="saturation">0 leaves greys, 1 changes nothing.</param>
    /// <param name="hue">Radians.</param>
    /// <param name="gamma">Above 1 darkens, below 1 lightens.</param>
    public static Picture Apply(Picture picture, double saturation, double hue, double gamma)
    {
        Span<float> curve = stackalloc float[256];
        for (int v = 0; v < curve.Length; v++) curve[v] = (float)(255 * Math.Pow(v / 255.0, gamma));
        float along = (float)(saturation * Math.Cos(hue)), across = (float)(saturation * Math.Sin(hue));
        byte[] pixels = picture.Pixels.ToArray();
        for (int i = 0; i < pixels.Length; i += 3)
        {
            float r = curve[pixels[i]], g = curve[pixels[i + 1]], b = curve[pixels[i + 2]];
            float y = 0.299f * r + 0.587f * g + 0.114f * b;
            float inPhase = 0.596f * r - 0.274f * g - 0.322f * b, quadrature = 0.211f * r - 0.523f * g + 0.312f * b;
            (inPhase, quadrature) = (along * inPhase - across * quadrature, across * inPhase + along * quadrature);
            pixels[i] = Rounded(y + 0.956f * inPhase + 0.621f * quadrature);
            pixels[i + 1] = Rounded(y - 0.272f * inPhase - 0.647f * quadrature);
            pixels[i + 2] = Rounded(y - 1.106f * inPhase + 1.703f * quadrature);
        }
        return new(picture.Height, picture.Width, pixels);
    }

    static byte Rounded(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);
}
