using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>A fully connected layer: <see cref="Ops.Linear"/> with a learned matrix [Out, In] and bias [Out].</summary>
public sealed class Linear(int inFeatures, int outFeatures, bool bias = true, DType dtype = DType.Float32, Device? device = null)
    : WeightedLayer([outFeatures, inFeatures], outFeatures, bias, dtype, device)
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.Linear(Weight, Bias);
}
