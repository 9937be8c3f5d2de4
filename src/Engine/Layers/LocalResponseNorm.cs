namespace ZfNet.Engine;

/// <summary>Local response normalisation: <see cref="Ops.LocalResponseNorm"/>.</summary>
public sealed class LocalResponseNorm(int size = 5, double alpha = 5e-4, double beta = 0.75, double k = 2, bool acrossChannels = true) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.LocalResponseNorm(size, alpha, beta, k, acrossChannels);
}
