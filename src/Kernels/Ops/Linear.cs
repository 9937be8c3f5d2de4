using System.Numerics;

namespace ZfNet.Kernels;

/// <summary>Sizes of a linear layer. x [N, In], w [Out, In], bias [Out], y [N, Out].</summary>
/// <param name="N">Batch.</param>
/// <param name="In">Input features.</param>
/// <param name="Out">Output features.</param>
public readonly record struct LinearGeometry(int N, int In, int Out);

public partial interface IBackend
{
    /// <summary>y = x wT + bias, bias or null. A backend of <see cref="IBFloat16Storage"/> takes w in bfloat16 too.</summary>
    void LinearForward(LinearGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y);

    /// <summary>dx = dy w. A backend of <see cref="IBFloat16Storage"/> takes w in bfloat16 too.</summary>
    void LinearBackwardInput(LinearGeometry g, BufferView dy, BufferView w, BufferView dx);

    /// <summary>dw = dyT x.</summary>
    void LinearBackwardWeight(LinearGeometry g, BufferView x, BufferView dy, BufferView dw);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void LinearForward(LinearGeometry g, BufferView x, BufferView w, BufferView? bias, BufferView y)
    {
        if (x.DType == DType.Float64)
            LinearForward(g, x.Cpu<double>(), w.Cpu<double>(), bias?.Cpu<double>(), y.Cpu<double>());
        else if (w.DType == DType.BFloat16)
            WithWideWeight(w, wide => LinearForward(g, x, wide, bias, y));
        else
            LinearForward(g, x.Cpu<float>(), w.Cpu<float>(), bias?.Cpu<float>(), y.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void LinearBackwardInput(LinearGeometry g, BufferView dy, BufferView w, BufferView dx)
    {
        if (dy.DType == DType.Float64)
            LinearBackwardInput(g, dy.Cpu<double>(), w.Cpu<double>(), dx.Cpu<double>());
        else if (w.DType == DType.BFloat16)
            WithWideWeight(w, wide => LinearBackwardInput(g, dy, wide, dx));
        else
            LinearBackwardInput(g, dy.Cpu<float>(), w.Cpu<float>(), dx.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void LinearBackwardWeight(LinearGeometry g, BufferView x, BufferView dy, BufferView dw)
    {
        if (x.DType == DType.Float64)
            LinearBackwardWeight(g, x.Cpu<double>(), dy.Cpu<double>(), dw.Cpu<double>());
        else
            LinearBackwardWeight(g, x.Cpu<float>(), dy.Cpu<float>(), dw.Cpu<float>());
    }

    // The definition: what the same weight in float32 gives.
    private void WithWideWeight(BufferView weight, Action<BufferView> run)
    {
        using var memory = Allocate(weight.Length * sizeof(float));
        var wide = new BufferView(memory, DType.Float32, 0, weight.Length);
        Widen(weight, wide);
        run(wide);
    }

    private static void LinearForward<T>(LinearGeometry g, NativeSpan<T> x, NativeSpan<T> w, NativeSpan<T>? bias, NativeSpan<T> y)
        where T : unmanaged, INumberBase<T>
    {
        for (var n = 0; n < g.N; n++)
        for (var o = 0; o < g.Out; o++)
        {
            var total = bias is { } b ? b[o] : T.Zero;
            for (var i = 0; i < g.In; i++)
                total += x[(long)n * g.In + i] * w[(long)o * g.In + i];
            y[(long)n * g.Out + o] = total;
        }
    }

    private static void LinearBackwardInput<T>(LinearGeometry g, NativeSpan<T> dy, NativeSpan<T> w, NativeSpan<T> dx)
        where T : unmanaged, INumberBase<T>
    {
        dx.Fill(T.Zero);
        for (var n = 0; n < g.N; n++)
        for (var o = 0; o < g.Out; o++)
        for (var i = 0; i < g.In; i++)
            dx[(long)n * g.In + i] += dy[(long)n * g.Out + o] * w[(long)o * g.In + i];
    }

    private static void LinearBackwardWeight<T>(LinearGeometry g, NativeSpan<T> x, NativeSpan<T> dy, NativeSpan<T> dw)
        where T : unmanaged, INumberBase<T>
    {
        dw.Fill(T.Zero);
        for (var n = 0; n < g.N; n++)
        for (var o = 0; o < g.Out; o++)
        for (var i = 0; i < g.In; i++)
            dw[(long)o * g.In + i] += dy[(long)n * g.Out + o] * x[(long)n * g.In + i];
    }
}
