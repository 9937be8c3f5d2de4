using System.Numerics;

namespace ZfNet.Kernels;

/// <summary>
/// Sizes and rules of the cross-entropy of logits x [N, C] with labels [N] (Int32): for each sample that is not ignored
/// (1-e) * w[t] * -log p[t] + e/C * sum over c of w[c] * -log p[c].
/// </summary>
/// <param name="N">Batch.</param>
/// <param name="C">Classes.</param>
/// <param name="IgnoreIndex">Samples with this label count for nothing.</param>
/// <param name="LabelSmoothing">e, in [0, 1].</param>
/// <param name="Mean">Divide by the sum of w[t] of the samples that count (NaN when there are none); else the sum.</param>
public readonly record struct CrossEntropyGeometry(int N, int C, int IgnoreIndex, double LabelSmoothing, bool Mean);

public partial interface IBackend
{
    /// <summary>loss [1]; weight [C] or null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A label is neither a class nor the ignored one.</exception>
    void CrossEntropyForward(CrossEntropyGeometry g, BufferView x, BufferView labels, BufferView? weight, BufferView loss);

    /// <summary>dx [N, C] from dloss [1].</summary>
    void CrossEntropyBackward(CrossEntropyGeometry g, BufferView x, BufferView labels, BufferView? weight, BufferView dloss, BufferView dx);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void CrossEntropyForward(CrossEntropyGeometry g, BufferView x, BufferView labels, BufferView? weight, BufferView loss)
    {
        if (x.DType == DType.Float64)
            CrossEntropyForward(g, x.Cpu<double>(), labels.Cpu<int>(), weight?.Cpu<double>(), loss.Cpu<double>());
        else
            CrossEntropyForward(g, x.Cpu<float>(), labels.Cpu<int>(), weight?.Cpu<float>(), loss.Cpu<float>());
    }

    /// <inheritdoc/>
    public virtual void CrossEntropyBackward(CrossEntropyGeometry g, BufferView x, BufferView labels, BufferView? weight, BufferView dloss, BufferView dx)
    {
        if (x.DType == DType.Float64)
            CrossEntropyBackward(g, x.Cpu<double>(), labels.Cpu<int>(), weight?.Cpu<double>(), dloss.Cpu<double>(), dx.Cpu<double>());
        else
            CrossEntropyBackward(g, x.Cpu<float>(), labels.Cpu<int>(), weight?.Cpu<float>(), dloss.Cpu<float>(), dx.Cpu<float>());
    }

    private static void CrossEntropyForward<T>(CrossEntropyGeometry g, NativeSpan<T> x, NativeSpan<int> labels, NativeSpan<T>? weight, NativeSpan<T> loss)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T total = T.Zero, divisor = T.Zero;
        T smoothing = T.CreateTruncating(g.LabelSmoothing), classes = T.CreateTruncating(g.C);
        for (var n = 0; n < g.N; n++)
        {
            if (!Counts(g, labels, n))
                continue;
            var row = x.Slice((long)n * g.C, g.C);
            var logTotal = LogSumExp(row);
            total += (T.One - smoothing) * ClassWeight(weight, labels[n]) * (logTotal - row[labels[n]]);
            // Left out without smoothing: a logit of -infinity (a masked class) would make it 0 * infinity.
            var smooth = T.Zero;
            for (var c = 0; c < g.C && smoothing > T.Zero; c++)
                smooth += ClassWeight(weight, c) * (logTotal - row[c]);
            total += smoothing / classes * smooth;
            divisor += ClassWeight(weight, labels[n]);
        }
        loss[0] = g.Mean ? total / divisor : total;
    }

    private static void CrossEntropyBackward<T>(CrossEntropyGeometry g, NativeSpan<T> x, NativeSpan<int> labels, NativeSpan<T>? weight, NativeSpan<T> dloss, NativeSpan<T> dx)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T divisor = T.Zero, weightTotal = T.Zero;
        for (var n = 0; n < g.N; n++)
            if (Counts(g, labels, n))
                divisor += ClassWeight(weight, labels[n]);
        for (var c = 0; c < g.C; c++)
            weightTotal += ClassWeight(weight, c);
        T smoothing = T.CreateTruncating(g.LabelSmoothing), perClass = smoothing / T.CreateTruncating(g.C);
        var scale = g.Mean ? dloss[0] / divisor : dloss[0];
        for (var n = 0; n < g.N; n++)
        {
            var row = x.Slice((long)n * g.C, g.C);
            var counts = Counts(g, labels, n);
            var logTotal = counts ? LogSumExp(row) : T.Zero;
            for (var c = 0; c < g.C; c++)
            {
                if (!counts)
                {
                    dx[(long)n * g.C + c] = T.Zero;
                    continue;
                }
                var hard = (T.One - smoothing) * ClassWeight(weight, labels[n]);
                var probability = T.Exp(row[c] - logTotal);
                var gradient = (hard + perClass * weightTotal) * probability - perClass * ClassWeight(weight, c);
                if (c == labels[n])
                    gradient -= hard;
                dx[(long)n * g.C + c] = scale * gradient;
            }
        }
    }

    private static bool Counts(CrossEntropyGeometry g, NativeSpan<int> labels, int n)
    {
        if (labels[n] == g.IgnoreIndex)
            return false;
        if (labels[n] < 0 || labels[n] >= g.C)
            throw new ArgumentOutOfRangeException($"cross_entropy: label {labels[n]} of sample {n} is not one of {g.C} classes.", innerException: null);
        return true;
    }

    private static T ClassWeight<T>(NativeSpan<T>? weight, int c)
        where T : unmanaged, INumberBase<T> => weight is { } w ? w[c] : T.One;

    private static T LogSumExp<T>(NativeSpan<T> row)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var maximum = T.NegativeInfinity;
        for (long c = 0; c < row.Length; c++)
            maximum = T.Max(maximum, row[c]);
        var total = T.Zero;
        for (long c = 0; c < row.Length; c++)
            total += T.Exp(row[c] - maximum);
        return maximum + T.Log(total);
    }
}
