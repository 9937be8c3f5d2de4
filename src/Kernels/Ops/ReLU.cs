using System.Numerics;

namespace ZfNet.Kernels;

/// <summary>What the rectifier lets through on the way back.</summary>
public enum ReLURule
{
    /// <summary>The gradient: dy where the forward output was positive.</summary>
    Gradient,

    /// <summary>Zeiler and Fergus: the positive part of dy, whatever the forward pass was (paper, section 2.1).</summary>
    Deconvnet,

    /// <summary>Guided backpropagation: both conditions (Springenberg et al., 2014).</summary>
    Guided,
}

public partial interface IBackend
{
    /// <summary>y = max(x, 0); NaN stays NaN. y may be x.</summary>
    void ReLUForward(BufferView x, BufferView y);

    /// <summary>dx from dy and the forward output y, by the rule; y is not read by <see cref="ReLURule.Deconvnet"/>. dx may be dy.</summary>
    void ReLUBackward(ReLURule rule, BufferView y, BufferView dy, BufferView dx);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void ReLUForward(BufferView x, BufferView y)
    {
        if (x.DType == DType.Float64)
            ReLUForward(x.Cpu<double>(), y.Cpu<double>());
        else
            ReLUForward(x.Cpu<float>(), y.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void ReLUBackward(ReLURule rule, BufferView y, BufferView dy, BufferView dx)
    {
        if (dy.DType == DType.Float64)
            ReLUBackward(rule, y.Cpu<double>(), dy.Cpu<double>(), dx.Cpu<double>());
        else
            ReLUBackward(rule, y.Cpu<float>(), dy.Cpu<float>(), dx.Cpu<float>());
    }

    private static void ReLUForward<T>(NativeSpan<T> x, NativeSpan<T> y)
        where T : unmanaged, INumber<T>
    {
        for (long i = 0; i < x.Length; i++)
            y[i] = x[i] <= T.Zero ? T.Zero : x[i];
    }

    private static void ReLUBackward<T>(ReLURule rule, NativeSpan<T> y, NativeSpan<T> dy, NativeSpan<T> dx)
        where T : unmanaged, INumber<T>
    {
        for (long i = 0; i < dy.Length; i++)
        {
            var lit = rule == ReLURule.Deconvnet || !(y[i] <= T.Zero);
            var positive = rule == ReLURule.Gradient || !(dy[i] <= T.Zero);
            dx[i] = lit && positive ? dy[i] : T.Zero;
        }
    }
}
