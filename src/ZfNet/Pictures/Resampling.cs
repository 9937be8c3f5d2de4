using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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

    /// <summary>A part of a resized picture; the rest is never made.</summary>
    internal static Picture Resize(Picture source, int height, int width, ResizeFilter filter, PixelBox part)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ReadOnlySpan<Tap> columns = Taps(source.Width, width, filter).AsSpan(part.Left, part.Width);
        ReadOnlySpan<Tap> rows = Taps(source.Height, height, filter).AsSpan(part.Top, part.Height);

        // Columns first, for the source rows that are needed; then rows. Vectors only put independent sums side by side.
        int first = rows[0].First, needed = rows[^1].First + rows[^1].Weights.Length - first, line = part.Width * 3;
        var result = new byte[checked(part.Height * line)];
        float[] wide = ArrayPool<float>.Shared.Rent(checked(needed * line + 1));
        var pixels = new Vector128<float>[source.Width];
        for (int y = 0; y < needed; y++)
        {
            Spread(source.Pixels.Slice((first + y) * source.Width * 3, source.Width * 3), pixels);
            Columns(pixels, columns, ref wide[y * line]);
        }
        for (int y = 0; y < rows.Length; y++)
            Rows(wide.AsSpan((rows[y].First - first) * line), line, rows[y].Weights, result.AsSpan(y * line, line));
        ArrayPool<float>.Shared.Return(wide);
        return new(part.Height, part.Width, result);
    }

    /// <summary>A row of pixels as vectors of red, green, blue and something.</summary>
    static void Spread(ReadOnlySpan<byte> row, Span<Vector128<float>> pixels)
    {
        for (int x = 0; x < pixels.Length; x++)
            pixels[x] = Vector128.ConvertToSingle(Vector128.Create(row[3 * x], row[3 * x + 1], row[3 * x + 2], 0));
    }

    /// <summary>A row filtered along its columns. Each pixel's fourth value is overwritten by the next pixel.</summary>
    static void Columns(ReadOnlySpan<Vector128<float>> pixels, ReadOnlySpan<Tap> columns, ref float line)
    {
        for (int x = 0; x < columns.Length; x++)
        {
            Vector128<float> sum = Vector128<float>.Zero;
            float[] weights = columns[x].Weights;
            ReadOnlySpan<Vector128<float>> from = pixels.Slice(columns[x].First, weights.Length);
            for (int k = 0; k < weights.Length; k++) sum += Vector128.Create(weights[k]) * from[k];
            sum.StoreUnsafe(ref line, (nuint)(3 * x));
        }
    }

    /// <summary>Lines one below the other, weighted, summed and rounded.</summary>
    static void Rows(ReadOnlySpan<float> lines, int length, float[] weights, Span<byte> result)
    {
        int x = 0;
        for (; x <= length - 16; x += 16)
        {
            Vector128<float> a = default, b = default, c = default, d = default;
            for (int k = 0; k < weights.Length; k++)
            {
                ref float from = ref Unsafe.AsRef(in lines[k * length + x]);
                Vector128<float> weight = Vector128.Create(weights[k]);
                a += weight * Vector128.LoadUnsafe(ref from);
                b += weight * Vector128.LoadUnsafe(ref from, 4);
                c += weight * Vector128.LoadUnsafe(ref from, 8);
                d += weight * Vector128.LoadUnsafe(ref from, 12);
            }
            Vector128.Narrow(Vector128.Narrow(Rounded(a), Rounded(b)), Vector128.Narrow(Rounded(c), Rounded(d)))
                .AsByte().CopyTo(result[x..]);
        }
        for (; x < length; x++)
        {
            float sum = 0;
            for (int k = 0; k < weights.Length; k++) sum += weights[k] * lines[k * length + x];
            result[x] = (byte)Math.Clamp(sum + 0.5f, 0f, 255f);
        }
    }

    static Vector128<int> Rounded(Vector128<float> sum) =>
        Vector128.ConvertToInt32(Vector128.Min(Vector128.Max(sum + Vector128.Create(0.5f), Vector128<float>.Zero), Vector128.Create(255f)));

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
