using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>A layer with a weight and a bias: a convolution or a linear layer.</summary>
public abstract class WeightedLayer : Layer
{
    private protected WeightedLayer(Shape weight, long biases, bool bias, DType dtype, Device? device)
    {
        Weight = Parameter(weight, dtype, device);
        Bias = bias ? Parameter([biases], dtype, device) : null;
    }

    private protected WeightedLayer(Tensor weight, Tensor? bias, int rank, bool takesBFloat16 = false)
    {
        ArgumentNullException.ThrowIfNull(weight);
        var stored = takesBFloat16 && weight.DType == DType.BFloat16;
        if (!stored)
            Check.Float("layer", "weight", weight);
        Check.That(weight.Shape.Rank == rank, "layer", "weight", $"{rank} axes", $"shape {weight.Shape}");
        if (bias is not null)
        {
            if (stored)
                Check.That(
                    bias.DType == DType.Float32 && bias.Device == weight.Device, "layer", "bias", $"Float32 on {weight.Device}, beside a weight in bfloat16", $"{bias}");
            else
                Check.Fits("layer", "bias", bias, weight);
            Check.Shape("layer", "bias", bias, [weight.Shape[0]]);
        }
        Weight = Own(weight);
        Bias = bias is null ? null : Own(bias);
    }

    /// <summary>The filters, or the matrix [Out, In].</summary>
    public Tensor Weight { get; private set; }

    /// <summary>The bias [Out], or null.</summary>
    public Tensor? Bias { get; private set; }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> Parameters =>
        Bias is null ? [new("weight", Weight)] : [new("weight", Weight), new("bias", Bias)];

    /// <summary>Elements of the input that each output sees: Cin/groups * KH * KW, or In.</summary>
    public long FanIn => Weight.Count / Weight.Shape[0];

    /// <summary>Outputs that each input element reaches: Cout * KH * KW (PyTorch's fan_out), or Out.</summary>
    public long FanOut => Weight.Shape[0] * (Weight.Count / (Weight.Shape[0] * Weight.Shape[1]));

    /// <summary>
    /// Puts other tensors in the parameters' place without copying (memory-mapped weights); the layer owns them from here
    /// on, and the old ones are freed.
    /// </summary>
    /// <exception cref="ShapeException">Shape, element type or device differ, or a bias is given where there is none.</exception>
    public void Replace(Tensor weight, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(weight);
        Check.Same("replace", "weight", weight, Weight);
        Check.That((bias is null) == (Bias is null), "replace", "bias", Bias is null ? "none" : "given", bias is null ? "missing" : "given");
        if (bias is not null)
            Check.Same("replace", "bias", bias, Bias!);
        (Weight, weight) = (Adopt(weight, Weight), Weight);
        weight.Dispose();
        if (bias is not null)
        {
            (Bias, bias) = (Adopt(bias, Bias!), Bias!);
            bias.Dispose();
        }
    }

    /// <summary>Puts the same numbers in another element type in the weight's place; the old ones are freed.</summary>
    private protected void Restore(Tensor weight)
    {
        Weight.Dispose();
        Weight = Own(weight);
    }

    private static Tensor Own(Tensor tensor)
    {
        tensor.Unscoped();
        tensor.RequiresGrad = tensor.DType.IsFloat();
        return tensor;
    }

    private static Tensor Adopt(Tensor tensor, Tensor old)
    {
        tensor.Unscoped();
        tensor.RequiresGrad = old.RequiresGrad;
        return tensor;
    }
}
