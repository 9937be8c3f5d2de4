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
    /// <param name="weight">[Out, In]; in bfloat16 too, for inference.</param>
    /// <param name="bias">[Out], or null; float32 beside bfloat16.</param>
    public Linear(Tensor weight, Tensor? bias)
        : base(weight, bias, 2, takesBFloat16: true)
    {
    }

    /// <summary>
    /// Keeps the weight in another element type from here on. In bfloat16 it takes half the memory, and half the time where reading it
    /// is what takes time; outputs are those of the rounded weight in float32 (docs/numerics.md), and the layer learns no more. Back in
    /// float32 the weight stays rounded.
    /// </summary>
    /// <param name="storage">BFloat16 or Float32.</param>
    /// <exception cref="ShapeException">The weight is float64, another type is asked for, or the device holds no bfloat16.</exception>
    public void StoreWeightAs(DType storage)
    {
        Check.That(storage is DType.Float32 or DType.BFloat16, "store_weight_as", "storage", "Float32 or BFloat16", $"{storage}");
        if (Weight.DType != storage)
            Restore(storage == DType.BFloat16 ? Weight.ToBFloat16() : Weight.ToFloat32());
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.Linear(Weight, Bias);
}
