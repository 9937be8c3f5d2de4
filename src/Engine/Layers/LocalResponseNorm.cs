namespace ZfNet.Engine;

/// <summary>Local response normalisation: <see cref="Ops.LocalResponseNorm"/>.</summary>
public sealed class LocalResponseNorm(int size = 5, double alpha = 5e-4, double beta = 0.75, double k = 2, bool acrossChannels = true) : Layer
{
    /// <summary>Window, in maps or in pixels.</summary>
    public int Size { get; } = size;

    /// <summary>Weight of the squares.</summary>
    public double Alpha { get; } = alpha;

    /// <summary>Exponent.</summary>
    public double Beta { get; } = beta;

    /// <summary>Constant under the power.</summary>
    public double K { get; } = k;

    /// <summary>Window across maps; else a square within each map.</summary>
    public bool AcrossChannels { get; } = acrossChannels;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.LocalResponseNorm(Size, Alpha, Beta, K, AcrossChannels);
}
