namespace ZfNet.Pictures;

/// <summary>Turns, resizes and shifts a picture within its own frame.</summary>
static class Warping
{
    /// <summary>Bilinear, between pixel centres; where the source ends, the fill colour begins.</summary>
    /// <param name="picture">The picture; the result has its size.</param>
    /// <param name="scale">Above 1 enlarges what is shown; positive.</param>
    /// <param name="angle">Radians, clockwise as seen.</param>
    /// <param name="dy">Rows that the result is moved down.</param>
    /// <param name="dx">Columns that it is moved right.</param>
    /// <param name="fill">The colour outside the picture.</param>
    internal static Picture Apply(Picture picture, double scale, double angle, double dy, double dx, Rgb fill)
    {
        int height = picture.Height, width = picture.Width;
        double cosine = Math.Cos(angle) / scale, sine = Math.Sin(angle) / scale;
        double middleY = (height - 1) / 2.0, middleX = (width - 1) / 2.0;
        ReadOnlySpan<byte> source = picture.Pixels;
        ReadOnlySpan<byte> outside = [fill.R, fill.G, fill.B];
        var rgb = new byte[source.Length];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                double v = y - middleY - dy, u = x - middleX - dx;
                double sy = middleY + v * cosine - u * sine, sx = middleX + v * sine + u * cosine;
                double top = Math.Floor(sy), left = Math.Floor(sx);
                if (top < -1 || left < -1 || top >= height || left >= width)
                {
                    outside.CopyTo(rgb.AsSpan((y * width + x) * 3));
                    continue;
                }
                double ty = sy - top, tx = sx - left;
                ReadOnlySpan<byte> a = At(source, (int)top, (int)left), b = At(source, (int)top, (int)left + 1);
                ReadOnlySpan<byte> c = At(source, (int)top + 1, (int)left), d = At(source, (int)top + 1, (int)left + 1);
                for (int k = 0; k < 3; k++)
                {
                    // No neighbour beyond the edge is the picture's: the fill shines through in its place.
                    double one = Pick(a, outside, k) * (1 - tx) + Pick(b, outside, k) * tx;
                    double two = Pick(c, outside, k) * (1 - tx) + Pick(d, outside, k) * tx;
                    rgb[(y * width + x) * 3 + k] = (byte)(one * (1 - ty) + two * ty + 0.5);
                }
            }
        return new(height, width, rgb);

        ReadOnlySpan<byte> At(ReadOnlySpan<byte> pixels, int y, int x) =>
            y < 0 || x < 0 || y >= height || x >= width ? [] : pixels.Slice((y * width + x) * 3, 3);

        static byte Pick(ReadOnlySpan<byte> pixel, ReadOnlySpan<byte> outside, int k) => pixel.IsEmpty ? outside[k] : pixel[k];
    }
}
