using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet;

/// <summary>
/// A network that runs and learns: <see cref="NetworkSpec"/> made of the engine's layers. Parameters are named as in the
/// article's PyTorch class.
/// </summary>
public sealed class Network : IDisposable
{
    // Dropout's streams begin far behind those that initialisation takes.
    private const ulong DropoutStreams = 1UL << 32;

    private readonly Dictionary<string, Layer> layers = [];

    internal Network(NetworkPlan plan, ulong seed, Device device, Func<string, Shape, Tensor> parameter)
    {
        Plan = plan;
        Device = device;
        Generator = new Generator(seed) { Stream = DropoutStreams };
        foreach (var layer in plan.Layers)
            layers[layer.Name] = Make(layer, parameter);
        Features = Part("features.");
        Classifier = Part("classifier.");
        Body = new([new("features", Features), new("flatten", new Flatten()), new("classifier", Classifier)]);
    }

    /// <summary>The description.</summary>
    public NetworkSpec Spec => Plan.Spec;

    /// <summary>The description worked out: shapes, counts, receptive fields.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>Where the parameters live.</summary>
    public Device Device { get; }

    /// <summary>Where dropout masks come from; its state is part of a checkpoint.</summary>
    public Generator Generator { get; }

    /// <summary>The layers on maps, named "0", "1" and so on.</summary>
    public Sequential Features { get; }

    /// <summary>The layers on the flattened maps, likewise.</summary>
    public Sequential Classifier { get; }

    /// <summary>
    /// All of it as one sequence: "features", "flatten" and "classifier", so that its parameters and its nested layers
    /// have the names of <see cref="NetworkPlan.Layers"/>.
    /// </summary>
    public Sequential Body { get; }

    /// <summary>Whether dropout drops. True at first, as in PyTorch.</summary>
    public bool Training
    {
        get => Features.Training;
        set => Body.Training = value;
    }

    /// <summary>What the network learns, by name (<c>features.0.weight</c>), in the order of a weights file.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Parameters =>
        from layer in Plan.Layers
        from parameter in layers[layer.Name].Parameters
        select KeyValuePair.Create($"{layer.Name}.{parameter.Key}", parameter.Value);

    /// <summary>Makes a network with fresh weights.</summary>
    /// <param name="spec">The description.</param>
    /// <param name="initialiser">How the weights begin.</param>
    /// <param name="seed">The same seed gives the same weights and dropout masks on every backend.</param>
    /// <param name="device">Where it lives; the default CPU if null.</param>
    /// <param name="dtype">Float32, or Float64 for gradient checks.</param>
    /// <exception cref="NetworkSpecException">The network cannot be as described.</exception>
    public static Network Create(
        NetworkSpec spec, Initialiser initialiser = Initialiser.Kaiming, ulong seed = 0, Device? device = null, DType dtype = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(spec);
        device ??= Device.Cpu;
        var network = new Network(spec.Plan(), seed, device, (_, shape) => Tensor.Empty(shape, dtype, device));
        var generator = new Generator(seed);
        foreach (var layer in network.Plan.Layers)
            if (network.layers[layer.Name] is WeightedLayer weighted)
                initialiser.Apply(weighted, generator);
        return network;
    }

    /// <summary>The layer of a name (<c>features.0</c>) or alias (<c>conv1</c>).</summary>
    /// <exception cref="NetworkSpecException">There is none; the sentence lists those there are.</exception>
    public Layer Layer(string name) => layers[Plan.Layer(name).Name];

    /// <summary>
    /// Keeps the weights of the linear layers in another element type from here on, layer by layer: in bfloat16 they take half the
    /// memory, and a pass of few pictures half the time that reading them takes. For inference on a CPU: scores are those of the
    /// rounded weights in float32 (docs/numerics.md), projections too, and the network learns no more. Convolutions stay as they are.
    /// </summary>
    /// <remarks>A file's weights are better read so (<see cref="ModelFile.Load"/>): float32 is then never in memory.</remarks>
    /// <param name="storage">BFloat16, or Float32 for the way back; the weights stay rounded.</param>
    /// <exception cref="ShapeException">The device holds no bfloat16, the network is float64, or another type is asked for.</exception>
    public void StoreLinearWeightsAs(DType storage)
    {
        foreach (var linear in layers.Values.OfType<Linear>())
            linear.StoreWeightAs(storage);
    }

    /// <summary>The class scores before softmax (logits).</summary>
    /// <param name="x">Pictures [N, C, H, W] of the description's size.</param>
    /// <returns>[N, Classes].</returns>
    /// <exception cref="ShapeException">The pictures have another size.</exception>
    public Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        Shape expected = [x.Shape.Rank > 0 ? x.Shape[0] : 1, Spec.Channels, Spec.Height, Spec.Width];
        if (x.Shape != expected)
            throw new ShapeException($"network '{Spec.Name}'", "x", $"shape [N, {Spec.Channels}, {Spec.Height}, {Spec.Width}]", $"shape {x.Shape}");
        var maps = Features.Forward(x);
        var flat = maps.Flatten();
        if (maps != x && maps != flat)
            maps.Dispose();
        var scores = Classifier.Forward(flat);
        if (scores != flat)
            flat.Dispose();
        return scores;
    }

    /// <summary>Frees the parameters.</summary>
    public void Dispose()
    {
        Features.Dispose();
        Classifier.Dispose();
    }

    private static Tensor Bias(LayerInfo layer, Func<string, Shape, Tensor> parameter) => parameter($"{layer.Name}.bias", [layer.Weight!.Value[0]]);

    private static Tensor Weight(LayerInfo layer, Func<string, Shape, Tensor> parameter) => parameter($"{layer.Name}.weight", layer.Weight!.Value);

    private Layer Make(LayerInfo layer, Func<string, Shape, Tensor> parameter) => layer.Spec switch
    {
        ConvSpec conv => new Conv2d(Weight(layer, parameter), Bias(layer, parameter), conv.Stride, conv.Padding, null, conv.Groups),
        LinearSpec => new Linear(Weight(layer, parameter), Bias(layer, parameter)),
        MaxPoolSpec pool => new MaxPool2d(pool.Kernel, pool.Stride, pool.Padding, pool.CeilMode),
        LrnSpec lrn => new LocalResponseNorm(lrn.Size, lrn.Alpha, lrn.Beta, lrn.K),
        DropoutSpec dropout => new Dropout(dropout.Probability, Generator),
        ReluSpec => new ReLU(),
        _ => throw new NetworkSpecException($"Layer '{layer.Alias}' is of an unknown kind."),
    };

    private Sequential Part(string prefix) => new(
        from layer in Plan.Layers
        where layer.Name.StartsWith(prefix, StringComparison.Ordinal)
        select KeyValuePair.Create(layer.Name[prefix.Length..], layers[layer.Name]));
}
