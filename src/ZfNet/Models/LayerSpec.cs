using System.Text.Json.Serialization;

namespace ZfNet;

/// <summary>A layer as data. Sizes are square: one number holds for both directions.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ConvSpec), "conv")]
[JsonDerivedType(typeof(ReluSpec), "relu")]
[JsonDerivedType(typeof(MaxPoolSpec), "maxpool")]
[JsonDerivedType(typeof(LrnSpec), "lrn")]
[JsonDerivedType(typeof(DropoutSpec), "dropout")]
[JsonDerivedType(typeof(LinearSpec), "linear")]
public abstract record LayerSpec
{
    /// <summary>The name of PyTorch's class, as torchsummary prints it.</summary>
    [JsonIgnore]
    public abstract string TypeName { get; }
}

/// <summary>A layer with weights: the layers that the paper numbers.</summary>
public abstract record WeightedSpec : LayerSpec
{
    /// <summary>
    /// The paper's layer number, from which the alias (<c>conv5</c>, <c>fc7</c>) comes; null for one more than the
    /// weighted layer before. Ablations set it, so that layer 5 is still layer 5 where 3 and 4 are gone.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Number { get; init; }
}

/// <summary>A convolution with bias.</summary>
/// <param name="OutChannels">Feature maps.</param>
/// <param name="Kernel">Side of a filter.</param>
/// <param name="Stride">Step between windows.</param>
/// <param name="Padding">Zeros on each side.</param>
/// <param name="Groups">Channel groups.</param>
public sealed record ConvSpec(int OutChannels, int Kernel, int Stride = 1, int Padding = 0, int Groups = 1) : WeightedSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string TypeName => "Conv2d";
}

/// <summary>A rectifier.</summary>
public sealed record ReluSpec : LayerSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string TypeName => "ReLU";
}

/// <summary>Max-pooling.</summary>
/// <param name="Kernel">Side of a window.</param>
/// <param name="Stride">Step between windows.</param>
/// <param name="Padding">Cells on each side that are never selected; at most half the window.</param>
/// <param name="CeilMode">Whether the number of windows is rounded up.</param>
public sealed record MaxPoolSpec(int Kernel, int Stride, int Padding = 0, bool CeilMode = false) : LayerSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string TypeName => "MaxPool2d";
}

/// <summary>Local response normalisation across maps, in PyTorch's terms: x / (k + alpha/size * sum x^2)^beta.</summary>
/// <param name="Size">Maps in a window.</param>
/// <param name="Alpha">Weight of the squares; Krizhevsky's alpha times size.</param>
/// <param name="Beta">Exponent.</param>
/// <param name="K">Constant under the power.</param>
public sealed record LrnSpec(int Size = 5, double Alpha = 5e-4, double Beta = 0.75, double K = 2) : LayerSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string TypeName => "LocalResponseNorm";
}

/// <summary>Dropout.</summary>
/// <param name="Probability">Chance that an element is dropped while training.</param>
public sealed record DropoutSpec(double Probability = 0.5) : LayerSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string TypeName => "Dropout";
}

/// <summary>A fully connected layer with bias.</summary>
/// <param name="OutFeatures">Outputs.</param>
public sealed record LinearSpec(int OutFeatures) : WeightedSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string TypeName => "Linear";
}
