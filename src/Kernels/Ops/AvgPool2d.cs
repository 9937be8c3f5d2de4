using System.Numerics;

namespace ZfNet.Kernels;

public partial interface IBackend
{
    /// <summary>
    /// y = the mean of each window. With <paramref name="countIncludePad"/> the divisor counts the padding too (but not
    /// what hangs over it in ceil mode); else only cells of the input.
    /// </summary>
    void AvgPool2dForward(in Pool2dGeometry g, bool countIncludePad, BufferView x, BufferView y);

    /// <summary>dx = each dy over its divisor, spread over its window, summed where windows overlap.</summary>
    void AvgPool2dBackward(in Pool2dGeometry g, bool countIncludePad, BufferView dy, BufferView dx);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void AvgPool2dForward(in Pool2dGeometry g, bool countIncludePad, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float64)
            AvgPool2dForward(g, countIncludePad, x.Cpu<double>(), y.Cpu<double>());
        else
            AvgPool2dForward(g, countIncludePad, x.Cpu<float>(), y.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void AvgPool2dBackward(in Pool2dGeometry g, bool countIncludePad, BufferView dy, BufferView dx)
    {
        if (dy.DType == DType.Float64)
            AvgPool2dBackward(g, countIncludePad, dy.Cpu<double>(), dx.Cpu<double>());
        else
            AvgPool2dBackward(g, countIncludePad, dy.Cpu<float>(), dx.Cpu<float>());
    }

    private static void AvgPool2dForward<T>(in Pool2dGeometry g, bool countIncludePad, NativeSpan<T> x, NativeSpan<T> y)
        where T : unmanaged, INumberBase<T>
    {
        y.Fill(T.Zero);
        foreach (var (window, cell) in Cells(g))
            y[window] += x[cell];
        for (long i = 0; i < y.Length; i++)
            y[i] /= T.CreateChecked(Divisor(g, countIncludePad, i));
    }

    private static void AvgPool2dBackward<T>(in Pool2dGeometry g, bool countIncludePad, NativeSpan<T> dy, NativeSpan<T> dx)
        where T : unmanaged, INumberBase<T>
    {
        dx.Fill(T.Zero);
        foreach (var (window, cell) in Cells(g))
            dx[cell] += dy[window] / T.CreateChecked(Divisor(g, countIncludePad, window));
    }

    private static int Divisor(in Pool2dGeometry g, bool countIncludePad, long window) =>
        g.RowDivisor((int)(window / g.OW % g.OH), countIncludePad) * g.ColumnDivisor((int)(window % g.OW), countIncludePad);

    /// <summary>Every (window, cell) pair of a pooling that is not padding, window by window.</summary>
    private static IEnumerable<(long Window, long Cell)> Cells(Pool2dGeometry g)
    {
        long window = 0;
        for (long p = 0; p < g.Planes; p++)
        for (var oh = 0; oh < g.OH; oh++)
        for (var ow = 0; ow < g.OW; ow++, window++)
        for (var h = g.Rows(oh).Start; h < g.Rows(oh).End; h++)
        for (var w = g.Columns(ow).Start; w < g.Columns(ow).End; w++)
            yield return (window, (p * g.H + h) * g.W + w);
    }
}
