using ZfNet.Engine;

namespace ZfNet;

/// <summary>A layer of a network with all that follows from its place.</summary>
/// <param name="Name">PyTorch's name, such as <c>features.0</c>.</param>
/// <param name="Alias">Friendly name, such as <c>conv1</c>, <c>pool5</c>, <c>fc6</c>.</param>
/// <param name="Spec">The layer.</param>
/// <param name="Input">Shape that comes in, without the batch: [C, H, W], or [F] in the classifier.</param>
/// <param name="Output">Shape that goes out, likewise.</param>
/// <param name="Field">What a unit sees of the input picture; null in the classifier, where it is all.</param>
public sealed record LayerInfo(string Name, string Alias, LayerSpec Spec, Shape Input, Shape Output, ReceptiveField? Field)
{
    /// <summary>Shape of the weight: [Cout, Cin/groups, K, K] or [Out, In]; null where there is none.</summary>
    public Shape? Weight => Spec switch
    {
        ConvSpec conv => [conv.OutChannels, Input[0] / conv.Groups, conv.Kernel, conv.Kernel],
        LinearSpec linear => [linear.OutFeatures, Input.Count],
        _ => (Shape?)null,
    };

    /// <summary>Number of weights and biases.</summary>
    public long Parameters => Weight is { } weight ? weight.Count + weight[0] : 0;

    /// <summary>Names and shapes of the parameters, as in a weights file.</summary>
    public IEnumerable<(string Name, Shape Shape)> NamedParameters =>
        Weight is { } weight ? [($"{Name}.weight", weight), ($"{Name}.bias", [weight[0]])] : [];

    /// <summary>Floating-point operations of a forward pass of one picture: two for each weight that an output sums over.</summary>
    public long Flops => Spec switch
    {
        ConvSpec => 2 * Weight!.Value.Count * Output[1] * Output[2],
        LinearSpec => 2 * Weight!.Value.Count,
        _ => 0,
    };
}

/// <summary>What a unit of a layer sees of the input picture, in either direction.</summary>
/// <param name="Size">Side of the square in pixels, padding included.</param>
/// <param name="Stride">Pixels between neighbouring units.</param>
/// <param name="Start">First pixel of unit 0; negative where it reaches into padding.</param>
public readonly record struct ReceptiveField(int Size, int Stride, int Start);
