using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>A fully connected layer: <see cref="Ops.Linear"/> with a learned matrix [Out, In] and bias [Out].</summary>
public sealed class Linear : WeightedLayer
{
    /// <summary>Makes the layer; its parameters are undefined until one of <see cref="Init"/> or a weight file fills them.</summary>
    public Linear(int inFeatures, int outFeatures, bool bias = true, DType dtype = DType.Float32, Device? device = null)
        : base([outFeatures, inFeatures], outFeatures, bias, dtype, device)
    {
    }

    /// <summary>Makes the layer over given parameters, which it owns from here on (memory-mapped weights, say).</summary>
    /// <param name="weight">[Out, In].</param>
    /// <param name="bias">[Out], or null.</param>
    public Linear(Tensor weight, Tensor? bias)
        : base(weight, bias, 2)
    {
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.Linear(Weight, Bias);
}
