using System.Numerics;

namespace ZfNet.Kernels;

/// <summary>Sizes of bilinear resizing. x [Planes, H, W], y [Planes, OH, OW].</summary>
/// <param name="Planes">Batch times channels.</param>
/// <param name="H">Input height.</param>
/// <param name="W">Input width.</param>
/// <param name="OH">Output height.</param>
/// <param name="OW">Output width.</param>
/// <param name="AlignCorners">Whether the corner pixels' centres are matched; else their outer edges are.</param>
public readonly record struct UpsampleBilinear2dGeometry(long Planes, int H, int W, int OH, int OW, bool AlignCorners)
{
    /// <summary>The two rows that output row <paramref name="oh"/> mixes, and the weight of the second.</summary>
    public (int First, int Second, double Weight) Row(int oh) => Source(oh, H, OH);

    /// <summary>The two columns that output column <paramref name="ow"/> mixes, and the weight of the second.</summary>
    public (int First, int Second, double Weight) Column(int ow) => Source(ow, W, OW);

    private (int First, int Second, double Weight) Source(int index, int size, int outputSize)
    {
        var position = AlignCorners
            ? outputSize > 1 ? index * (double)(size - 1) / (outputSize - 1) : 0
            : Math.Max((index + 0.5) * size / outputSize - 0.5, 0);
        var first = Math.Min((int)position, size - 1);
        return (first, Math.Min(first + 1, size - 1), position - first);
    }
}

public partial interface IBackend
{
    /// <summary>y = x resized by mixing the four nearest pixels.</summary>
    void UpsampleBilinear2dForward(in UpsampleBilinear2dGeometry g, BufferView x, BufferView y);

    /// <summary>dx = each dy spread over the four pixels that made it.</summary>
    void UpsampleBilinear2dBackward(in UpsampleBilinear2dGeometry g, BufferView dy, BufferView dx);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void UpsampleBilinear2dForward(in UpsampleBilinear2dGeometry g, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float64)
            UpsampleBilinear2dForward(g, x.Cpu<double>(), y.Cpu<double>());
        else
            UpsampleBilinear2dForward(g, x.Cpu<float>(), y.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void UpsampleBilinear2dBackward(in UpsampleBilinear2dGeometry g, BufferView dy, BufferView dx)
    {
        if (dy.DType == DType.Float64)
            UpsampleBilinear2dBackward(g, dy.Cpu<double>(), dx.Cpu<double>());
        else
            UpsampleBilinear2dBackward(g, dy.Cpu<float>(), dx.Cpu<float>());
    }

    private static void UpsampleBilinear2dForward<T>(in UpsampleBilinear2dGeometry g, NativeSpan<T> x, NativeSpan<T> y)
        where T : unmanaged, INumberBase<T>
    {
        y.Fill(T.Zero);
        foreach (var (output, input, weight) in Mix(g))
            y[output] += x[input] * T.CreateTruncating(weight);
    }

    private static void UpsampleBilinear2dBackward<T>(in UpsampleBilinear2dGeometry g, NativeSpan<T> dy, NativeSpan<T> dx)
        where T : unmanaged, INumberBase<T>
    {
        dx.Fill(T.Zero);
        foreach (var (output, input, weight) in Mix(g))
            dx[input] += dy[output] * T.CreateTruncating(weight);
    }

    private static IEnumerable<(long Output, long Input, double Weight)> Mix(UpsampleBilinear2dGeometry g)
    {
        long output = 0;
        for (long p = 0; p < g.Planes; p++)
        for (var oh = 0; oh < g.OH; oh++)
        for (var ow = 0; ow < g.OW; ow++, output++)
        {
            var (top, bottom, down) = g.Row(oh);
            var (left, right, across) = g.Column(ow);
            yield return (output, (p * g.H + top) * g.W + left, (1 - down) * (1 - across));
            yield return (output, (p * g.H + top) * g.W + right, (1 - down) * across);
            yield return (output, (p * g.H + bottom) * g.W + left, down * (1 - across));
            yield return (output, (p * g.H + bottom) * g.W + right, down * across);
        }
    }
}
