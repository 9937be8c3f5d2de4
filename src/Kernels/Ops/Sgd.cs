using System.Numerics;

namespace ZfNet.Kernels;

/// <summary>Numbers of one step of stochastic gradient descent.</summary>
/// <param name="LearningRate">lr.</param>
/// <param name="Momentum">mu.</param>
/// <param name="WeightDecay">lambda.</param>
public readonly record struct SgdStep(double LearningRate, double Momentum, double WeightDecay)
{
    /// <summary>
    /// In work that is recorded: the float64 element that holds lr at the run; <see cref="LearningRate"/> is not looked
    /// at then.
    /// </summary>
    public BufferView? RateAt { get; init; }
}

public partial interface IBackend
{
    /// <summary>
    /// v = mu v + (gradient + lambda w); w = w - lr v, in place. A velocity of null means mu = 0: w = w - lr (gradient +
    /// lambda w). A velocity of zeros gives the first step, v = gradient + lambda w.
    /// </summary>
    void Sgd(SgdStep step, BufferView gradient, BufferView? velocity, BufferView w);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void Sgd(SgdStep step, BufferView gradient, BufferView? velocity, BufferView w)
    {
        if (w.DType == DType.Float64)
            Sgd(step, gradient.Cpu<double>(), velocity?.Cpu<double>(), w.Cpu<double>());
        else
            Sgd(step, gradient.Cpu<float>(), velocity?.Cpu<float>(), w.Cpu<float>());
    }

    private static void Sgd<T>(SgdStep step, NativeSpan<T> gradient, NativeSpan<T>? velocity, NativeSpan<T> w)
        where T : unmanaged, INumberBase<T>
    {
        T rate = T.CreateTruncating(step.LearningRate), momentum = T.CreateTruncating(step.Momentum), decay = T.CreateTruncating(step.WeightDecay);
        for (long i = 0; i < w.Length; i++)
        {
            var slope = gradient[i] + decay * w[i];
            if (velocity is { } v)
                slope = v[i] = momentum * v[i] + slope;
            w[i] -= rate * slope;
        }
    }
}
