using System.Numerics;

namespace ZfNet.Kernels;

/// <summary>
/// Local response normalisation, y = x / (k + alpha/count * sum of x^2 over a window)^beta. Across channels the window
/// is Size maps wide, Size/2 before and (Size-1)/2 after, and count = Size; within a channel it is a Size x Size square
/// placed alike, and count = Size^2. Cells outside count as zeros. Krizhevsky's formula does not divide: his alpha is
/// this alpha over count.
/// </summary>
/// <param name="N">Batch.</param>
/// <param name="C">Channels.</param>
/// <param name="H">Height.</param>
/// <param name="W">Width.</param>
/// <param name="Size">Window.</param>
/// <param name="Alpha">Weight of the squares.</param>
/// <param name="Beta">Exponent.</param>
/// <param name="K">Constant under the power.</param>
/// <param name="AcrossChannels">Window across maps; else a square within each map.</param>
public readonly record struct LocalResponseNormGeometry(
    int N, int C, int H, int W, int Size, double Alpha, double Beta, double K, bool AcrossChannels)
{
    /// <summary>Alpha over the number of cells in a window.</summary>
    public double Share => Alpha / (AcrossChannels ? Size : (double)Size * Size);
}

public partial interface IBackend
{
    /// <summary>y = the normalised x.</summary>
    void LocalResponseNormForward(in LocalResponseNormGeometry g, BufferView x, BufferView y);

    /// <summary>dx from x and dy; the normaliser is computed again.</summary>
    void LocalResponseNormBackward(in LocalResponseNormGeometry g, BufferView x, BufferView dy, BufferView dx);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void LocalResponseNormForward(in LocalResponseNormGeometry g, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float64)
            LocalResponseNormForward(g, x.Cpu<double>(), y.Cpu<double>());
        else
            LocalResponseNormForward(g, x.Cpu<float>(), y.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void LocalResponseNormBackward(in LocalResponseNormGeometry g, BufferView x, BufferView dy, BufferView dx)
    {
        if (x.DType == DType.Float64)
            LocalResponseNormBackward(g, x.Cpu<double>(), dy.Cpu<double>(), dx.Cpu<double>());
        else
            LocalResponseNormBackward(g, x.Cpu<float>(), dy.Cpu<float>(), dx.Cpu<float>());
    }

    private protected static void LocalResponseNormForward<T>(in LocalResponseNormGeometry g, NativeSpan<T> x, NativeSpan<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long i = 0; i < x.Length; i++)
            y[i] = x[i] * T.Pow(Normaliser(g, x, i), T.CreateTruncating(-g.Beta));
    }

    // With s = k + share * sum x^2:  dx_j = dy_j s_j^-beta - 2 share beta x_j * sum over windows i that hold j of
    // dy_i x_i s_i^(-beta-1).
    private protected static void LocalResponseNormBackward<T>(in LocalResponseNormGeometry g, NativeSpan<T> x, NativeSpan<T> dy, NativeSpan<T> dx)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T beta = T.CreateTruncating(g.Beta), factor = T.CreateTruncating(2 * g.Share * g.Beta);
        for (long i = 0; i < x.Length; i++)
            dx[i] = dy[i] * T.Pow(Normaliser(g, x, i), -beta);
        for (long i = 0; i < x.Length; i++)
        {
            var pull = factor * dy[i] * x[i] * T.Pow(Normaliser(g, x, i), -beta - T.One);
            foreach (var j in NormWindow(g, i))
                dx[j] -= pull * x[j];
        }
    }

    private static T Normaliser<T>(in LocalResponseNormGeometry g, NativeSpan<T> x, long index)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var squares = T.Zero;
        foreach (var j in NormWindow(g, index))
            squares += x[j] * x[j];
        return T.CreateTruncating(g.K) + T.CreateTruncating(g.Share) * squares;
    }

    private static IEnumerable<long> NormWindow(LocalResponseNormGeometry g, long index)
    {
        long plane = (long)g.H * g.W;
        int before = g.Size / 2, after = (g.Size - 1) / 2;
        if (g.AcrossChannels)
        {
            var c = (int)(index / plane % g.C);
            for (var other = Math.Max(c - before, 0); other <= Math.Min(c + after, g.C - 1); other++)
                yield return index + (other - c) * plane;
            yield break;
        }
        int h = (int)(index % plane / g.W), w = (int)(index % g.W);
        for (var i = Math.Max(h - before, 0); i <= Math.Min(h + after, g.H - 1); i++)
        for (var j = Math.Max(w - before, 0); j <= Math.Min(w + after, g.W - 1); j++)
            yield return index + (long)(i - h) * g.W + (j - w);
    }
}
