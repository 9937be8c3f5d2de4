using System.Numerics;

namespace ZfNet.Kernels;

/// <summary>Which elements a dropout drops: recomputed from these numbers, never stored.</summary>
/// <param name="Probability">Chance that an element is dropped, in [0, 1].</param>
/// <param name="Seed">Philox key.</param>
/// <param name="Stream">Philox stream: one a call, so that no two calls share a mask.</param>
public readonly record struct DropoutMask(double Probability, ulong Seed, ulong Stream)
{
    /// <summary>
    /// In work that is recorded: the float64 element whose bits are the stream of the run; <see cref="Stream"/> is not
    /// looked at then.
    /// </summary>
    public BufferView? StreamAt { get; init; }

    /// <summary>A word below this is dropped.</summary>
    public ulong Threshold => (ulong)Math.Round(Probability * 4294967296.0);

    /// <summary>Factor of the survivors, 1/(1-p); 0 when nothing survives.</summary>
    public double Scale => Probability >= 1 ? 0 : 1 / (1 - Probability);
}

public partial interface IBackend
{
    /// <summary>
    /// y = x times the mask: element i takes word i%4 of Philox block i/4, is zero when the word is below
    /// p*2^32, and x/(1-p) else. The gradient is the same kernel applied to dy. y may be x.
    /// </summary>
    void Dropout(DropoutMask mask, BufferView x, BufferView y);
}

public partial class ReferenceBackend
{
    /// <inheritdoc/>
    public virtual void Dropout(DropoutMask mask, BufferView x, BufferView y)
    {
        if (x.DType == DType.Float64)
            Dropout(mask, x.Cpu<double>(), y.Cpu<double>());
        else
            Dropout(mask, x.Cpu<float>(), y.Cpu<float>());
    }

    private static void Dropout<T>(DropoutMask mask, NativeSpan<T> x, NativeSpan<T> y)
        where T : unmanaged, INumberBase<T>
    {
        var scale = T.CreateTruncating(mask.Scale);
        var threshold = mask.Threshold;
        Span<uint> words = stackalloc uint[4];
        for (long i = 0; i < x.Length; i++)
        {
            if (i % 4 == 0)
                (words[0], words[1], words[2], words[3]) = Philox.Block(mask.Seed, mask.Stream, (ulong)(i / 4));
            y[i] = words[(int)(i % 4)] < threshold ? T.Zero : x[i] * scale;
        }
    }
}
