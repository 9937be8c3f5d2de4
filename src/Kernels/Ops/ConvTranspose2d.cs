using System.Numerics;

namespace ZfNet.Kernels;

/// <summary>
/// Sizes of a transposed 2-d convolution. x [N, Cin, H, W], w [Cin, Cout/Groups, KH, KW] (a Conv2d weight is passed
/// unchanged, no flip), y [N, Cout, OH, OW] with OH = (H-1)s - 2p + d(KH-1) + outputPadding + 1.
/// </summary>
/// <param name="N">Batch.</param>
/// <param name="Cin">Input channels: the output channels of the convolution that this transposes.</param>
/// <param name="H">Input height.</param>
/// <param name="W">Input width.</param>
/// <param name="Cout">Output channels.</param>
/// <param name="Kernel">Filter size.</param>
/// <param name="Stride">Step between windows in the output.</param>
/// <param name="Padding">Rows and columns cut from each side of the output.</param>
/// <param name="OutputPadding">Rows and columns added at the bottom and right of the output.</param>
/// <param name="Dilation">Step inside a window.</param>
/// <param name="Groups">Channel groups that do not see each other.</param>
public readonly record struct ConvTranspose2dGeometry(
    int N, int Cin, int H, int W, int Cout, Pair Kernel, Pair Stride, Pair Padding, Pair OutputPadding, Pair Dilation, int Groups)
{
    /// <summary>Output height.</summary>
    public int OH => OutputSize(H, Kernel.H, Stride.H, Padding.H, OutputPadding.H, Dilation.H);

    /// <summary>Output width.</summary>
    public int OW => OutputSize(W, Kernel.W, Stride.W, Padding.W, OutputPadding.W, Dilation.W);

    /// <summary>The convolution whose input gradient this is: its x is our y.</summary>
    public Conv2dGeometry Convolution => new(N, Cout, OH, OW, Cin, Kernel, Stride, Padding, Dilation, Groups);

    /// <summary>Size along one direction; below 1 when the padding cuts everything away.</summary>
    public static int OutputSize(int input, int kernel, int stride, int padding, int outputPadding, int dilation) =>
        checked((int)((long)(input - 1) * stride - 2L * padding + (long)dilation * (kernel - 1) + outputPadding + 1));
}

public partial interface IBackend
{
    /// <summary>y = transposed conv(x, w) + bias, bias [Cout] or null.</summary>
    void ConvTranspose2dForward(in ConvTranspose2dGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y);

    /// <summary>dx = the gradient of x: a convolution of dy.</summary>
    void ConvTranspose2dBackwardInput(in ConvTranspose2dGeometry g, BufferView dy, BufferView w, BufferView dx);

    /// <summary>dw = the gradient of w.</summary>
    void ConvTranspose2dBackwardWeight(in ConvTranspose2dGeometry g, BufferView x, BufferView dy, BufferView dw);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void ConvTranspose2dForward(in ConvTranspose2dGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y)
    {
        if (x.DType == DType.Float64)
            ConvTranspose2dForward(g, x.Cpu<double>(), w.Cpu<double>(), bias?.Cpu<double>(), y.Cpu<double>());
        else
            ConvTranspose2dForward(g, x.Cpu<float>(), w.Cpu<float>(), bias?.Cpu<float>(), y.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void ConvTranspose2dBackwardInput(in ConvTranspose2dGeometry g, BufferView dy, BufferView w, BufferView dx)
    {
        if (dy.DType == DType.Float64)
            ConvTranspose2dBackwardInput(g, dy.Cpu<double>(), w.Cpu<double>(), dx.Cpu<double>());
        else
            ConvTranspose2dBackwardInput(g, dy.Cpu<float>(), w.Cpu<float>(), dx.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void ConvTranspose2dBackwardWeight(in ConvTranspose2dGeometry g, BufferView x, BufferView dy, BufferView dw)
    {
        if (x.DType == DType.Float64)
            ConvTranspose2dBackwardWeight(g, x.Cpu<double>(), dy.Cpu<double>(), dw.Cpu<double>());
        else
            ConvTranspose2dBackwardWeight(g, x.Cpu<float>(), dy.Cpu<float>(), dw.Cpu<float>());
    }

    private static void ConvTranspose2dForward<T>(in ConvTranspose2dGeometry g, NativeSpan<T> x, NativeSpan<T> w, NativeSpan<T>? bias, NativeSpan<T> y)
        where T : unmanaged, INumberBase<T>
    {
        var plane = (long)g.OH * g.OW;
        for (long i = 0; i < y.Length; i++)
            y[i] = bias is { } b ? b[i / plane % g.Cout] : T.Zero;
        foreach (var tap in Taps(g))
            y[tap.Y] += x[tap.X] * w[tap.W];
    }

    private static void ConvTranspose2dBackwardInput<T>(in ConvTranspose2dGeometry g, NativeSpan<T> dy, NativeSpan<T> w, NativeSpan<T> dx)
        where T : unmanaged, INumberBase<T>
    {
        dx.Fill(T.Zero);
        foreach (var tap in Taps(g))
            dx[tap.X] += dy[tap.Y] * w[tap.W];
    }

    private static void ConvTranspose2dBackwardWeight<T>(in ConvTranspose2dGeometry g, NativeSpan<T> x, NativeSpan<T> dy, NativeSpan<T> dw)
        where T : unmanaged, INumberBase<T>
    {
        dw.Fill(T.Zero);
        foreach (var tap in Taps(g))
            dw[tap.W] += x[tap.X] * dy[tap.Y];
    }

    /// <summary>Every (output, input, weight) triple, input by input: each input pixel stamps the filter into the output.</summary>
    private static IEnumerable<(long Y, long X, long W)> Taps(ConvTranspose2dGeometry g)
    {
        int cinGroup = g.Cin / g.Groups, coutGroup = g.Cout / g.Groups;
        for (var n = 0; n < g.N; n++)
        for (var ci = 0; ci < g.Cin; ci++)
        for (var h = 0; h < g.H; h++)
        for (var v = 0; v < g.W; v++)
        for (var co = 0; co < coutGroup; co++)
        for (var kh = 0; kh < g.Kernel.H; kh++)
        {
            var oh = h * g.Stride.H - g.Padding.H + kh * g.Dilation.H;
            if (oh < 0 || oh >= g.OH)
                continue;
            for (var kw = 0; kw < g.Kernel.W; kw++)
            {
                var ow = v * g.Stride.W - g.Padding.W + kw * g.Dilation.W;
                if (ow < 0 || ow >= g.OW)
                    continue;
                var cy = ci / cinGroup * coutGroup + co;
                yield return (
                    (((long)n * g.Cout + cy) * g.OH + oh) * g.OW + ow,
                    (((long)n * g.Cin + ci) * g.H + h) * g.W + v,
                    (((long)ci * coutGroup + co) * g.Kernel.H + kh) * g.Kernel.W + kw);
            }
        }
    }
}
