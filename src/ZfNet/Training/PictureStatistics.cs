using System.Runtime.ExceptionServices;
using ZfNet.Data;
using ZfNet.Pictures;

namespace ZfNet.Training;

/// <summary>What a data set looks like on average, so that a network can be given values around zero.</summary>
public static class PictureStatistics
{
    /// <summary>
    /// The preprocessing that gives every colour mean 0 and deviation 1 over the set (paper, section 3: the mean is
    /// subtracted; here by colour, not by pixel).
    /// </summary>
    /// <param name="pictures">At least one picture.</param>
    /// <param name="shape">Size, resizing and channel order; its mean, deviation and range are ignored.</param>
    /// <param name="cancel">Stops between pictures.</param>
    /// <exception cref="InputException">No pictures, or one that cannot be decoded: of several, the first.</exception>
    public static Preprocessing Normalising(IPictureSource pictures, Preprocessing shape, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(shape);
        if (pictures.Count == 0)
            throw new InputException("The data set has no pictures.");

        // Sums of whole numbers: the same in any order.
        var (sums, squares) = (new long[3], new long[3]);
        var faults = new InputException?[pictures.Count];
        Parallel.For(
            0, pictures.Count, new ParallelOptions { CancellationToken = cancel }, i =>
            {
                Span<long> sum = stackalloc long[3], square = stackalloc long[3];
                ReadOnlySpan<byte> pixels;
                try
                {
                    pixels = shape.Prepare(pictures.Get(i)).Pixels;
                }
                catch (InputException fault)
                {
                    faults[i] = fault;
                    return;
                }
                for (var p = 0; p < pixels.Length; p++)
                {
                    sum[p % 3] += pixels[p];
                    square[p % 3] += pixels[p] * pixels[p];
                }
                for (var c = 0; c < 3; c++)
                {
                    Interlocked.Add(ref sums[c], sum[c]);
                    Interlocked.Add(ref squares[c], square[c]);
                }
            });

        if (faults.FirstOrDefault(fault => fault is not null) is { } first)
            ExceptionDispatchInfo.Throw(first);
        var count = (double)pictures.Count * shape.Height * shape.Width;
        return shape with { ValueRange = 1, Mean = new(Mean(0), Mean(1), Mean(2)), Std = new(Std(0), Std(1), Std(2)) };

        float Mean(int c) => (float)(sums[c] / count / 255);

        // A set of one colour has no deviation to divide by.
        float Std(int c) => Math.Sqrt(Math.Max(squares[c] / count - sums[c] / count * (sums[c] / count), 0)) / 255 is var s and > 1e-3 ? (float)s : 1;
    }
}
