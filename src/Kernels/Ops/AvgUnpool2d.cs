using System.Numerics;

namespace ZfNet.Kernels;

public partial interface IBackend
{
    /// <summary>
    /// y [Planes, g.H, g.W] = each pooled value of x [Planes, g.OH, g.OW] filled into its whole window; cells that no
    /// window covers are zero. g is the geometry of the pooling that this undoes.
    /// </summary>
    void AvgUnpool2dForward(in Pool2dGeometry g, UnpoolMode mode, BufferView x, BufferView y);

    /// <summary>dx = the sum of dy over the cells that took x's value.</summary>
    void AvgUnpool2dBackward(in Pool2dGeometry g, UnpoolMode mode, BufferView dy, BufferView dx);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void AvgUnpool2dForward(in Pool2dGeometry g, UnpoolMode mode, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float64)
            AvgUnpool2dForward(g, mode, x.Cpu<double>(), y.Cpu<double>());
        else
            AvgUnpool2dForward(g, mode, x.Cpu<float>(), y.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void AvgUnpool2dBackward(in Pool2dGeometry g, UnpoolMode mode, BufferView dy, BufferView dx)
    {
        if (dy.DType == DType.Float64)
            AvgUnpool2dBackward(g, mode, dy.Cpu<double>(), dx.Cpu<double>());
        else
            AvgUnpool2dBackward(g, mode, dy.Cpu<float>(), dx.Cpu<float>());
    }

    private static void AvgUnpool2dForward<T>(in Pool2dGeometry g, UnpoolMode mode, NativeSpan<T> x, NativeSpan<T> y)
        where T : unmanaged, INumberBase<T>
    {
        y.Fill(T.Zero);
        foreach (var (window, cell) in Cells(g))
            y[cell] = mode == UnpoolMode.Accumulate ? y[cell] + x[window] : x[window];
    }

    private static void AvgUnpool2dBackward<T>(in Pool2dGeometry g, UnpoolMode mode, NativeSpan<T> dy, NativeSpan<T> dx)
        where T : unmanaged, INumberBase<T>
    {
        dx.Fill(T.Zero);
        foreach (var (window, cell) in Cells(g))
            if (mode == UnpoolMode.Accumulate || LastWindow(g, cell) == window)
                dx[window] += dy[cell];
    }

    /// <summary>The last window in row-major order that covers a cell.</summary>
    private static long LastWindow(in Pool2dGeometry g, long cell)
    {
        var plane = (long)g.H * g.W;
        int h = (int)(cell % plane / g.W), w = (int)(cell % g.W);
        var oh = Math.Min((h + g.Padding.H) / g.Stride.H, g.OH - 1);
        var ow = Math.Min((w + g.Padding.W) / g.Stride.W, g.OW - 1);
        return (cell / plane * g.OH + oh) * g.OW + ow;
    }
}
