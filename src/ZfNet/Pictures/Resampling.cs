namespace ZfNet.Pictures;

/// <summary>How a resized pixel is made. Pixel i covers [i, i + 1); the new pixel o has its centre at
/// (o + 0.5) * old / new. Weights sum to 1 and are cut at the border; rows and columns are filtered in turn in float32
/// and rounded once, half up.</summary>
public enum ResizeFilter
{
    /// <summary>A triangle of half-width max(1, old / new): bilinear when enlarging, anti-aliased when shrinking (as PIL's
    /// BILINEAR and torchvision with antialias).</summary>
    Bilinear,

    /// <summary>The mean over the area that the new pixel covers, with fractional borders.</summary>
    Area,
}

/// <summary>Separable resampling in plain C#, so that every machine gives the same bytes.</summary>
static class Resampling
{
    /// <summary>The source pixels of one new pixel: <c>Weights[i]</c> belongs to pixel <c>First + i</c>.</summary>
    internal readonly record struct Tap(int First, float[] Weights);

    internal static Picture Resize(Picture source, int height, int width, ResizeFilter filter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        Tap[] columns = Taps(source.Width, width, filter), rows = Taps(source.Height, height, filter);

        // Columns first, for the source rows that are needed; then rows.
        var wide = new float[(long)source.Height * width * 3];
        ReadOnlySpan<byte> pixels = source.Pixels;
        for (int y = 0; y < source.Height; y++)
        {
            ReadOnlySpan<byte> row = pixels.Slice(y * source.Width * 3, source.Width * 3);
            int j = y * width * 3;
            foreach (Tap tap in columns)
            {
                float r = 0, g = 0, b = 0;
                int i = tap.First * 3;
                foreach (float weight in tap.Weights)
                {
                    r += weight * row[i];
                    g += weight * row[i + 1];
                    b += weight * row[i + 2];
                    i += 3;
                }
                (wide[j], wide[j + 1], wide[j + 2]) = (r, g, b);
                j += 3;
            }
        }

        var result = new byte[checked(height * width * 3)];
        var sums = new float[width * 3];
        for (int y = 0; y < height; y++)
        {
            Array.Clear(sums);
            for (int k = 0; k < rows[y].Weights.Length; k++)
            {
                float weight = rows[y].Weights[k];
                ReadOnlySpan<float> line = wide.AsSpan((rows[y].First + k) * width * 3, width * 3);
                for (int x = 0; x < sums.Length; x++) sums[x] += weight * line[x];
            }
            for (int x = 0; x < sums.Length; x++)
                result[y * sums.Length + x] = (byte)Math.Clamp(sums[x] + 0.5f, 0f, 255f);
        }
        return new(height, width, result);
    }

    internal static Tap[] Taps(int from, int to, ResizeFilter filter)
    {
        double scale = (double)from / to, half = filter == ResizeFilter.Area ? scale / 2 : Math.Max(1, scale);
        var taps = new Tap[to];
        for (int o = 0; o < to; o++)
        {
            double centre = (o + 0.5) * scale;
            int first = Math.Max(0, (int)Math.Floor(centre - half)), last = Math.Min(from - 1, (int)Math.Ceiling(centre + half) - 1);
            var weights = new double[last - first + 1];
            for (int i = 0; i < weights.Length; i++)
            {
                double at = first + i;
                weights[i] = filter == ResizeFilter.Area
                    ? Math.Max(0, Math.Min(at + 1, centre + half) - Math.Max(at, centre - half))
                    : Math.Max(0, 1 - Math.Abs(at + 0.5 - centre) / half);
            }
            double sum = weights.Sum();
            taps[o] = new(first, Array.ConvertAll(weights, w => (float)(w / sum)));
        }
        return taps;
    }
}
