using System.Numerics;

namespace ZfNet.Kernels;

/// <summary>Sizes of max-unpooling. x and switches [Planes, H, W] (pooled), y [Planes, OH, OW] (unpooled).</summary>
/// <param name="Planes">Batch times channels.</param>
/// <param name="H">Pooled height.</param>
/// <param name="W">Pooled width.</param>
/// <param name="OH">Unpooled height.</param>
/// <param name="OW">Unpooled width.</param>
/// <param name="Mode">What overlapping windows do.</param>
public readonly record struct MaxUnpool2dGeometry(long Planes, int H, int W, int OH, int OW, UnpoolMode Mode);

public partial interface IBackend
{
    /// <summary>y = zeros, with each x put to its switch (h*OW + w in its plane).</summary>
    /// <exception cref="ArgumentOutOfRangeException">A switch points outside the plane.</exception>
    void MaxUnpool2dForward(in MaxUnpool2dGeometry g, BufferView x, BufferView switches, BufferView y);

    /// <summary>
    /// dx = dy gathered at the switches. In <see cref="UnpoolMode.Overwrite"/> a value that a later window overwrote gets
    /// zero, which is its true gradient.
    /// </summary>
    void MaxUnpool2dBackward(in MaxUnpool2dGeometry g, BufferView dy, BufferView switches, BufferView dx);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void MaxUnpool2dForward(in MaxUnpool2dGeometry g, BufferView x, BufferView switches, BufferView y)
    {
        if (x.DType == DType.Float64)
            MaxUnpool2dForward(g, x.Cpu<double>(), switches.Cpu<int>(), y.Cpu<double>());
        else
            MaxUnpool2dForward(g, x.Cpu<float>(), switches.Cpu<int>(), y.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void MaxUnpool2dBackward(in MaxUnpool2dGeometry g, BufferView dy, BufferView switches, BufferView dx)
    {
        if (dy.DType == DType.Float64)
            MaxUnpool2dBackward(g, dy.Cpu<double>(), switches.Cpu<int>(), dx.Cpu<double>());
        else
            MaxUnpool2dBackward(g, dy.Cpu<float>(), switches.Cpu<int>(), dx.Cpu<float>());
    }

    private static void MaxUnpool2dForward<T>(in MaxUnpool2dGeometry g, NativeSpan<T> x, NativeSpan<int> switches, NativeSpan<T> y)
        where T : unmanaged, INumberBase<T>
    {
        y.Fill(T.Zero);
        long pooled = (long)g.H * g.W, plane = (long)g.OH * g.OW;
        for (long i = 0; i < x.Length; i++)
        {
            if (switches[i] < 0 || switches[i] >= plane)
                ThrowSwitch(switches[i], i, plane);
            var at = i / pooled * plane + switches[i];
            y[at] = g.Mode == UnpoolMode.Accumulate ? y[at] + x[i] : x[i];
        }
    }

    // Without a parameter name, so that the message is the sentence and no more.
    internal static void ThrowSwitch(int value, long element, long plane) =>
        throw new ArgumentOutOfRangeException($"max_unpool2d: switch {value} of element {element} is outside a plane of {plane} pixels.", innerException: null);

    private protected static void MaxUnpool2dBackward<T>(in MaxUnpool2dGeometry g, NativeSpan<T> dy, NativeSpan<int> switches, NativeSpan<T> dx)
        where T : unmanaged, INumberBase<T>
    {
        int pooled = g.H * g.W, plane = g.OH * g.OW;
        var taken = new bool[plane];
        for (long p = 0; p < g.Planes; p++)
        {
            Array.Clear(taken);
            for (var i = pooled - 1; i >= 0; i--)
            {
                var at = switches[p * pooled + i];
                var lost = g.Mode == UnpoolMode.Overwrite && taken[at];
                dx[p * pooled + i] = lost ? T.Zero : dy[p * plane + at];
                taken[at] = true;
            }
        }
    }
}
