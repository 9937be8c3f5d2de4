using System.Numerics;

namespace ZfNet.Kernels;

public partial interface IBackend
{
    /// <summary>
    /// sums[c] = the sum of x [outer, channels, inner] over outer and inner: the gradient of a bias, for convolutions
    /// (inner = OH*OW) and for linear layers (inner = 1).
    /// </summary>
    void ChannelSum(long outer, int channels, long inner, BufferView x, BufferView sums);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void ChannelSum(long outer, int channels, long inner, BufferView x, BufferView sums)
    {
        if (x.DType == DType.Float64)
            ChannelSum(outer, channels, inner, x.Cpu<double>(), sums.Cpu<double>());
        else
            ChannelSum(outer, channels, inner, x.Cpu<float>(), sums.Cpu<float>());
    }

    private static void ChannelSum<T>(long outer, int channels, long inner, NativeSpan<T> x, NativeSpan<T> sums)
        where T : unmanaged, INumberBase<T>
    {
        for (var c = 0; c < channels; c++)
        {
            var total = T.Zero;
            for (long o = 0; o < outer; o++)
            for (long i = 0; i < inner; i++)
                total += x[(o * channels + c) * inner + i];
            sums[c] = total;
        }
    }
}
