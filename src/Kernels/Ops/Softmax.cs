using System.Numerics;

namespace ZfNet.Kernels;

public partial interface IBackend
{
    /// <summary>y = softmax over the middle axis of x [outer, size, inner]; the maximum is taken off first.</summary>
    void SoftmaxForward(long outer, int size, long inner, BufferView x, BufferView y);

    /// <summary>dx = y (dy - sum of dy y) over the middle axis.</summary>
    void SoftmaxBackward(long outer, int size, long inner, BufferView y, BufferView dy, BufferView dx);

    /// <summary>y = log softmax over the middle axis of x [outer, size, inner].</summary>
    void LogSoftmaxForward(long outer, int size, long inner, BufferView x, BufferView y);

    /// <summary>dx = dy - exp(y) * (sum of dy) over the middle axis.</summary>
    void LogSoftmaxBackward(long outer, int size, long inner, BufferView y, BufferView dy, BufferView dx);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void SoftmaxForward(long outer, int size, long inner, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float64)
            SoftmaxForward(outer, size, inner, x.Cpu<double>(), y.Cpu<double>(), logarithm: false);
        else
            SoftmaxForward(outer, size, inner, x.Cpu<float>(), y.Cpu<float>(), logarithm: false);
    }

    /// <inheritdoc/>
    public virtual void LogSoftmaxForward(long outer, int size, long inner, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float64)
            SoftmaxForward(outer, size, inner, x.Cpu<double>(), y.Cpu<double>(), logarithm: true);
        else
            SoftmaxForward(outer, size, inner, x.Cpu<float>(), y.Cpu<float>(), logarithm: true);
    }

    /// <inheritdoc/>
    public virtual void SoftmaxBackward(long outer, int size, long inner, BufferView y, BufferView dy, BufferView dx)
    {
        if (y.DType == DType.Float64)
            SoftmaxBackward(outer, size, inner, y.Cpu<double>(), dy.Cpu<double>(), dx.Cpu<double>(), logarithm: false);
        else
            SoftmaxBackward(outer, size, inner, y.Cpu<float>(), dy.Cpu<float>(), dx.Cpu<float>(), logarithm: false);
    }

    /// <inheritdoc/>
    public virtual void LogSoftmaxBackward(long outer, int size, long inner, BufferView y, BufferView dy, BufferView dx)
    {
        if (y.DType == DType.Float64)
            SoftmaxBackward(outer, size, inner, y.Cpu<double>(), dy.Cpu<double>(), dx.Cpu<double>(), logarithm: true);
        else
            SoftmaxBackward(outer, size, inner, y.Cpu<float>(), dy.Cpu<float>(), dx.Cpu<float>(), logarithm: true);
    }

    private static void SoftmaxForward<T>(long outer, int size, long inner, NativeSpan<T> x, NativeSpan<T> y, bool logarithm)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long o = 0; o < outer; o++)
        for (long i = 0; i < inner; i++)
        {
            var first = o * size * inner + i;
            var maximum = T.NegativeInfinity;
            for (var s = 0; s < size; s++)
                maximum = T.Max(maximum, x[first + s * inner]);
            var total = T.Zero;
            for (var s = 0; s < size; s++)
                total += T.Exp(x[first + s * inner] - maximum);
            for (var s = 0; s < size; s++)
            {
                var shifted = x[first + s * inner] - maximum;
                y[first + s * inner] = logarithm ? shifted - T.Log(total) : T.Exp(shifted) / total;
            }
        }
    }

    private static void SoftmaxBackward<T>(long outer, int size, long inner, NativeSpan<T> y, NativeSpan<T> dy, NativeSpan<T> dx, bool logarithm)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long o = 0; o < outer; o++)
        for (long i = 0; i < inner; i++)
        {
            var first = o * size * inner + i;
            var total = T.Zero;
            for (var s = 0; s < size; s++)
                total += logarithm ? dy[first + s * inner] : dy[first + s * inner] * y[first + s * inner];
            for (var s = 0; s < size; s++)
            {
                var at = first + s * inner;
                dx[at] = logarithm ? dy[at] - T.Exp(y[at]) * total : y[at] * (dy[at] - total);
            }
        }
    }
}
