using System.Numerics;

namespace ZfNet.Kernels;

public partial interface IBackend
{
    /// <summary>
    /// y = the maximum of each window; switches (Int32, as y) = where it was, h*W + w in the unpadded plane. Windows are
    /// scanned row by row with a strict &gt;, so the first maximum wins; the last NaN wins over everything.
    /// </summary>
    void MaxPool2dForward(in Pool2dGeometry g, BufferView x, BufferView y, BufferView switches);

    /// <summary>dx = dy put back to the switches, summed where windows overlap.</summary>
    void MaxPool2dBackward(in Pool2dGeometry g, BufferView dy, BufferView switches, BufferView dx);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void MaxPool2dForward(in Pool2dGeometry g, BufferView x, BufferView y, BufferView switches)
    {
        if (x.DType == DType.Float64)
            MaxPool2dForward(g, x.Cpu<double>(), y.Cpu<double>(), switches.Cpu<int>());
        else
            MaxPool2dForward(g, x.Cpu<float>(), y.Cpu<float>(), switches.Cpu<int>());
    }

    /// <inheritdoc/>
    public virtual void MaxPool2dBackward(in Pool2dGeometry g, BufferView dy, BufferView switches, BufferView dx)
    {
        if (dy.DType == DType.Float64)
            MaxPool2dBackward(g, dy.Cpu<double>(), switches.Cpu<int>(), dx.Cpu<double>());
        else
            MaxPool2dBackward(g, dy.Cpu<float>(), switches.Cpu<int>(), dx.Cpu<float>());
    }

    private static void MaxPool2dForward<T>(in Pool2dGeometry g, NativeSpan<T> x, NativeSpan<T> y, NativeSpan<int> switches)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        long at = 0;
        for (long p = 0; p < g.Planes; p++)
        {
            var plane = x.Slice(p * g.H * g.W, (long)g.H * g.W);
            for (var oh = 0; oh < g.OH; oh++)
            for (var ow = 0; ow < g.OW; ow++, at++)
            {
                var (top, bottom) = g.Rows(oh);
                var (left, right) = g.Columns(ow);
                var best = top * g.W + left;
                var maximum = T.NegativeInfinity;
                for (var h = top; h < bottom; h++)
                for (var w = left; w < right; w++)
                {
                    var value = plane[h * g.W + w];
                    if (value > maximum || T.IsNaN(value))
                    {
                        maximum = value;
                        best = h * g.W + w;
                    }
                }
                y[at] = maximum;
                switches[at] = best;
            }
        }
    }

    private static void MaxPool2dBackward<T>(in Pool2dGeometry g, NativeSpan<T> dy, NativeSpan<int> switches, NativeSpan<T> dx)
        where T : unmanaged, INumberBase<T>
    {
        dx.Fill(T.Zero);
        var windows = (long)g.OH * g.OW;
        for (long i = 0; i < dy.Length; i++)
            dx[i / windows * g.H * g.W + switches[i]] += dy[i];
    }
}
