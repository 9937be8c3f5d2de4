using System.Runtime.ExceptionServices;
using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Training;

/// <summary>What is subtracted from a network's input.</summary>
public enum MeanRule
{
    /// <summary>The mean of a colour, over all pictures and pixels.</summary>
    Colour,

    /// <summary>The mean of a pixel and colour, over all pictures (paper, section 3).</summary>
    Pixel,
}

/// <summary>What a data set looks like on average, so that a network can be given values around zero.</summary>
public static class PictureStatistics
{
    /// <summary>The preprocessing that gives every colour mean 0 and deviation 1 over the set.</summary>
    /// <param name="pictures">At least one picture.</param>
    /// <param name="shape">Size, resizing and channel order; its mean, deviation and range are ignored.</param>
    /// <param name="cancel">Stops between pictures.</param>
    /// <exception cref="InputException">No pictures, or one that cannot be decoded: of several, the first.</exception>
    public static Preprocessing Normalising(
        IPictureSource pictures, Preprocessing shape, CancellationToken cancel = default) =>
        Normalising(new PreparedPictures(pictures, shape, cacheBytes: 0), MeanRule.Colour, cancel);

    /// <summary>The preprocessing that gives every colour mean 0 and deviation 1 over the set; with
    /// <see cref="MeanRule.Pixel"/>, every pixel mean 0.</summary>
    /// <param name="pictures">At least one picture; size, resizing and channel order are kept.</param>
    /// <param name="rule">Whose mean is subtracted.</param>
    /// <param name="cancel">Stops between pictures.</param>
    /// <exception cref="InputException">No pictures, or one that cannot be decoded: of several, the first.</exception>
    public static Preprocessing Normalising(
        PreparedPictures pictures, MeanRule rule, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        if (pictures.Count == 0)
            throw new InputException("The data set has no pictures.");

        // Sums of whole numbers: the same in any order.
        var shape = pictures.Preprocessing;
        var (sums, squares) = (new long[shape.Length], new long[3]);
        var faults = new InputException?[pictures.Count];
        Parallel.For(
            0, pictures.Count, new ParallelOptions { CancellationToken = cancel },
            () => (Sums: new long[shape.Length], Squares: new long[3]),
            (i, _, local) =>
            {
                try
                {
                    Add(pictures.Get(i).Pixels, local.Sums, local.Squares);
                }
                catch (InputException fault)
                {
                    faults[i] = fault;
                }
                return local;
            },
            local =>
            {
                lock (sums)
                {
                    for (var p = 0; p < sums.Length; p++)
                        sums[p] += local.Sums[p];
                    for (var c = 0; c < 3; c++)
                        squares[c] += local.Squares[c];
                }
            });
        if (faults.FirstOrDefault(fault => fault is not null) is { } first)
            ExceptionDispatchInfo.Throw(first);
        return Of(shape, rule, pictures.Count, sums, squares);
    }

    private static void Add(ReadOnlySpan<byte> pixels, long[] sums, long[] squares)
    {
        for (var p = 0; p < pixels.Length; p += 3)
            for (var c = 0; c < 3; c++)
            {
                sums[p + c] += pixels[p + c];
                squares[c] += pixels[p + c] * pixels[p + c];
            }
    }

    private static Preprocessing Of(Preprocessing shape, MeanRule rule, int pictures, long[] sums, long[] squares)
    {
        var plane = shape.Height * shape.Width;
        var count = (double)pictures * plane;
        var colours = new long[3];
        for (var p = 0; p < sums.Length; p++)
            colours[p % 3] += sums[p];
        var normalising = shape with
        {
            ValueRange = 1, Mean = new(Mean(0), Mean(1), Mean(2)), PixelMean = null, Std = new(Std(0), Std(1), Std(2)),
        };
        if (rule == MeanRule.Colour)
            return normalising;
        var means = new float[shape.Length];
        for (var p = 0; p < sums.Length; p++)
            means[p % 3 * plane + p / 3] = (float)(sums[p] / (double)pictures / 255);
        return normalising with { PixelMean = new(means) };

        float Mean(int c) => (float)(colours[c] / count / 255);

        // A set of one colour has no deviation to divide by.
        float Std(int c)
        {
            var deviation = Math.Sqrt(Math.Max(squares[c] / count - Subtracted(c), 0)) / 255;
            return deviation > 1e-3 ? (float)deviation : 1;
        }

        // The mean square of what is subtracted from a colour.
        double Subtracted(int c)
        {
            if (rule == MeanRule.Colour)
                return colours[c] / count * (colours[c] / count);
            var sum = 0.0;
            for (var p = c; p < sums.Length; p += 3)
                sum += (double)sums[p] / pictures * ((double)sums[p] / pictures);
            return sum / plane;
        }
    }
}
