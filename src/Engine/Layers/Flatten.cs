namespace ZfNet.Engine;

/// <summary>[N, C, H, W] to [N, C*H*W].</summary>
public sealed class Flatten : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.Flatten();
}
