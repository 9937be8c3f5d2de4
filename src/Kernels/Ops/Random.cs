namespace ZfNet.Kernels;

public partial interface IBackend
{
    /// <summary>y = uniform in [low, high): element i from word i%4 of Philox block i/4 of the stream.</summary>
    void RandomUniform(ulong seed, ulong stream, double low, double high, BufferView y);

    /// <summary>y = normal(mean, deviation): elements i and i+1 (i even) from one Box-Muller pair of words of block i/4.</summary>
    void RandomNormal(ulong seed, ulong stream, double mean, double deviation, BufferView y);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void RandomUniform(ulong seed, ulong stream, double low, double high, BufferView y)
    {
        if (y.DType == DType.Float64)
            RandomUniform(seed, stream, low, high, y.Cpu<double>(), 0, y.Length);
        else
            RandomUniform(seed, stream, low, high, y.Cpu<float>(), 0, y.Length);
    }

    /// <inheritdoc/>
    public virtual void RandomNormal(ulong seed, ulong stream, double mean, double deviation, BufferView y)
    {
        if (y.DType == DType.Float64)
            RandomNormal(seed, stream, mean, deviation, y.Cpu<double>(), 0, y.Length);
        else
            RandomNormal(seed, stream, mean, deviation, y.Cpu<float>(), 0, y.Length);
    }

    /// <summary>Elements <paramref name="start"/> (a multiple of 4) up to <paramref name="end"/>.</summary>
    private protected static void RandomUniform<T>(ulong seed, ulong stream, double low, double high, NativeSpan<T> y, long start, long end)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        Span<uint> words = stackalloc uint[4];
        for (var i = start; i < end; i++)
        {
            if (i % 4 == 0)
                (words[0], words[1], words[2], words[3]) = Philox.Block(seed, stream, (ulong)(i / 4));
            y[i] = T.CreateTruncating(low + (high - low) * Philox.ToUnit(words[(int)(i % 4)]));
        }
    }

    /// <summary>Elements <paramref name="start"/> (a multiple of 4) up to <paramref name="end"/>.</summary>
    private protected static void RandomNormal<T>(ulong seed, ulong stream, double mean, double deviation, NativeSpan<T> y, long start, long end)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        Span<double> normals = stackalloc double[4];
        for (var i = start; i < end; i++)
        {
            if (i % 4 == 0)
            {
                var (a, b, c, d) = Philox.Block(seed, stream, (ulong)(i / 4));
                (normals[0], normals[1]) = BoxMuller(a, b);
                (normals[2], normals[3]) = BoxMuller(c, d);
            }
            y[i] = T.CreateTruncating(mean + deviation * normals[(int)(i % 4)]);
        }
    }

    private static (double First, double Second) BoxMuller(uint a, uint b)
    {
        // (a + 1) / 2^32 keeps the logarithm finite.
        var radius = Math.Sqrt(-2 * Math.Log((a + 1.0) / 4294967296.0));
        var (sine, cosine) = Math.SinCos(2 * Math.PI * (b / 4294967296.0));
        return (radius * cosine, radius * sine);
    }
}
