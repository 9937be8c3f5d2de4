using System.Numerics;

namespace ZfNet.Kernels;

/// <summary>
/// Sizes of a 2-d convolution (cross-correlation, as everywhere in the field). x [N, Cin, H, W],
/// w [Cout, Cin/Groups, KH, KW], y [N, Cout, OH, OW] with OH = (H + 2p - d(KH-1) - 1)/s + 1, rounded down.
/// </summary>
/// <param name="N">Batch.</param>
/// <param name="Cin">Input channels.</param>
/// <param name="H">Input height.</param>
/// <param name="W">Input width.</param>
/// <param name="Cout">Output channels.</param>
/// <param name="Kernel">Filter size.</param>
/// <param name="Stride">Step between windows.</param>
/// <param name="Padding">Zeros on each side.</param>
/// <param name="Dilation">Step inside a window.</param>
/// <param name="Groups">Channel groups that do not see each other.</param>
/// <param name="PartOf">
/// Size of the map that y is a part of: it is computed in the way that suits that map. Null where y is all of it.
/// </param>
public readonly record struct Conv2dGeometry(
    int N, int Cin, int H, int W, int Cout, Pair Kernel, Pair Stride, Pair Padding, Pair Dilation, int Groups, Pair? PartOf = null)
{
    /// <summary>Output height.</summary>
    public int OH => OutputSize(H, Kernel.H, Stride.H, Padding.H, Dilation.H);

    /// <summary>Output width.</summary>
    public int OW => OutputSize(W, Kernel.W, Stride.W, Padding.W, Dilation.W);

    /// <summary>Floating-point operations of one pass (a multiplication and an addition count as two).</summary>
    public double Flops => 2.0 * N * Cout * OH * OW * (Cin / Groups) * Kernel.H * Kernel.W;

    /// <summary>Windows along one direction; below 1 when the window does not fit.</summary>
    public static int OutputSize(int input, int kernel, int stride, int padding, int dilation)
    {
        var room = (long)input + 2L * padding - (long)dilation * (kernel - 1) - 1;
        return room < 0 ? 0 : checked((int)(room / stride + 1));
    }
}

public partial interface IBackend
{
    /// <summary>y = conv(x, w) + bias, bias [Cout] or null; rectified if <paramref name="relu"/> says so.</summary>
    void Conv2dForward(
        in Conv2dGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y, bool relu = false);

    /// <summary>
    /// Rows and columns of a tile of y: outputs that <see cref="Conv2dForward"/> computes together, counted from y's first, so that a
    /// change of one tile's input may change the last bits of all its outputs. But inputs that only the tile's first (or last) row or
    /// column of outputs sees change no others. A part of a map that begins at a tile has the bits of the map
    /// (<see cref="Conv2dGeometry.PartOf"/>). 1x1 where every output is a sum of its own.
    /// </summary>
    Pair Conv2dTile(in Conv2dGeometry g, DType dtype);

    /// <summary>dx = the gradient of x: each dy spread over its window by w.</summary>
    void Conv2dBackwardInput(in Conv2dGeometry g, BufferView dy, BufferView w, BufferView dx);

    /// <summary>dw = the gradient of w: each dy times its window, summed over batch and positions.</summary>
    void Conv2dBackwardWeight(in Conv2dGeometry g, BufferView x, BufferView dy, BufferView dw);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void Conv2dForward(
        in Conv2dGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y, bool relu = false)
    {
        if (x.DType == DType.Float64)
            Conv2dForward(g, x.Cpu<double>(), w.Cpu<double>(), bias?.Cpu<double>(), y.Cpu<double>());
        else
            Conv2dForward(g, x.Cpu<float>(), w.Cpu<float>(), bias?.Cpu<float>(), y.Cpu<float>());
        if (relu)
            ReLUForward(y, y);
    }

    /// <inheritdoc/>
    public virtual Pair Conv2dTile(in Conv2dGeometry g, DType dtype) => 1;

    /// <inheritdoc/>
    public virtual void Conv2dBackwardInput(in Conv2dGeometry g, BufferView dy, BufferView w, BufferView dx)
    {
        if (dy.DType == DType.Float64)
            Conv2dBackwardInput(g, dy.Cpu<double>(), w.Cpu<double>(), dx.Cpu<double>());
        else
            Conv2dBackwardInput(g, dy.Cpu<float>(), w.Cpu<float>(), dx.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void Conv2dBackwardWeight(in Conv2dGeometry g, BufferView x, BufferView dy, BufferView dw)
    {
        if (x.DType == DType.Float64)
            Conv2dBackwardWeight(g, x.Cpu<double>(), dy.Cpu<double>(), dw.Cpu<double>());
        else
            Conv2dBackwardWeight(g, x.Cpu<float>(), dy.Cpu<float>(), dw.Cpu<float>());
    }

    private static void Conv2dForward<T>(in Conv2dGeometry g, NativeSpan<T> x, NativeSpan<T> w, NativeSpan<T>? bias, NativeSpan<T> y)
        where T : unmanaged, INumberBase<T>
    {
        if (bias is { } b)
        {
            var plane = (long)g.OH * g.OW;
            for (long i = 0; i < y.Length; i++)
                y[i] = b[i / plane % g.Cout];
        }
        else
        {
            y.Fill(T.Zero);
        }
        foreach (var tap in Taps(g))
            y[tap.Y] += x[tap.X] * w[tap.W];
    }

    private static void Conv2dBackwardInput<T>(in Conv2dGeometry g, NativeSpan<T> dy, NativeSpan<T> w, NativeSpan<T> dx)
        where T : unmanaged, INumberBase<T>
    {
        dx.Fill(T.Zero);
        foreach (var tap in Taps(g))
            dx[tap.X] += dy[tap.Y] * w[tap.W];
    }

    private static void Conv2dBackwardWeight<T>(in Conv2dGeometry g, NativeSpan<T> x, NativeSpan<T> dy, NativeSpan<T> dw)
        where T : unmanaged, INumberBase<T>
    {
        dw.Fill(T.Zero);
        foreach (var tap in Taps(g))
            dw[tap.W] += x[tap.X] * dy[tap.Y];
    }

    /// <summary>Every (output, input, weight) triple of the convolution that is not padding, in index order.</summary>
    private static IEnumerable<(long Y, long X, long W)> Taps(Conv2dGeometry g)
    {
        int cinGroup = g.Cin / g.Groups, coutGroup = g.Cout / g.Groups;
        for (var n = 0; n < g.N; n++)
        for (var co = 0; co < g.Cout; co++)
        for (var oh = 0; oh < g.OH; oh++)
        for (var ow = 0; ow < g.OW; ow++)
        for (var ci = 0; ci < cinGroup; ci++)
        for (var kh = 0; kh < g.Kernel.H; kh++)
        {
            var h = oh * g.Stride.H - g.Padding.H + kh * g.Dilation.H;
            if (h < 0 || h >= g.H)
                continue;
            for (var kw = 0; kw < g.Kernel.W; kw++)
            {
                var v = ow * g.Stride.W - g.Padding.W + kw * g.Dilation.W;
                if (v < 0 || v >= g.W)
                    continue;
                var cx = co / coutGroup * cinGroup + ci;
                yield return (
                    (((long)n * g.Cout + co) * g.OH + oh) * g.OW + ow,
                    (((long)n * g.Cin + cx) * g.H + h) * g.W + v,
                    (((long)co * cinGroup + ci) * g.Kernel.H + kh) * g.Kernel.W + kw);
            }
        }
    }
}
