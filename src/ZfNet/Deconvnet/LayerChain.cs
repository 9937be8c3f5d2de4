using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet;

/// <summary>One layer of a network as a forward pass met it.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Input">Shape that came in, with the batch.</param>
/// <param name="Output">Shape that went out, with the batch.</param>
internal sealed record LayerStep(string Name, Layer Layer, Shape Input, Shape Output);

/// <summary>
/// The layers of any network in one line, each with its name: what projections, searches and occlusion work on. A
/// <see cref="Sequential"/> (bring your own) and a <see cref="Network"/> convert by themselves.
/// </summary>
public sealed class LayerChain
{
    private readonly List<KeyValuePair<string, Layer>> layers = [];
    private readonly Dictionary<string, int> byName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A sequential network. Layers of nested ones are called "outer.inner".</summary>
    /// <exception cref="InputException">It has no layers.</exception>
    public LayerChain(Sequential network)
    {
        ArgumentNullException.ThrowIfNull(network);
        Add("", network);
        if (layers.Count == 0)
            throw new InputException("The network has no layers.");
        for (var i = 0; i < layers.Count; i++)
            byName.TryAdd(layers[i].Key, i);
        Device = FirstParameter?.Device ?? Device.Cpu;
    }

    /// <summary>
    /// A network of the catalogue or of a weights file. Layers are called by their aliases (conv1, relu1, fc6), are found by
    /// PyTorch's names (features.0) too, and "flatten" stands between features and classifier.
    /// </summary>
    public LayerChain(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        foreach (var info in network.Plan.Layers)
        {
            if (info.Name == "classifier.0")
                layers.Add(KeyValuePair.Create<string, Layer>("flatten", new Flatten()));
            byName[info.Name] = layers.Count;
            layers.Add(KeyValuePair.Create(info.Alias, network.Layer(info.Name)));
        }
        for (var i = 0; i < layers.Count; i++)
            byName[layers[i].Key] = i;
        Device = network.Device;
    }

    /// <summary>Names of the layers in order.</summary>
    public IEnumerable<string> Names => layers.Select(layer => layer.Key);

    /// <summary>Where the network lives.</summary>
    public Device Device { get; }

    /// <summary>The element type that the network computes in.</summary>
    public DType DType => FirstParameter is { DType: DType.Float64 } ? DType.Float64 : DType.Float32;

    internal int Count => layers.Count;

    private Tensor? FirstParameter => layers.SelectMany(layer => layer.Value.Parameters).Select(pair => pair.Value).FirstOrDefault();

    internal KeyValuePair<string, Layer> this[int index] => layers[index];

    /// <summary>The layers of a sequential network.</summary>
    public static implicit operator LayerChain(Sequential network) => new(network);

    /// <summary>The layers of a network.</summary>
    public static implicit operator LayerChain(Network network) => new(network);

    /// <summary>The layers of a sequential network.</summary>
    public static LayerChain FromSequential(Sequential network) => new(network);

    /// <summary>The layers of a network.</summary>
    public static LayerChain FromNetwork(Network network) => new(network);

    /// <summary>The name by which a layer is listed, from any name it is found by.</summary>
    /// <exception cref="InputException">There is no such layer; the sentence lists those there are.</exception>
    public string Resolve(string name) => layers[IndexOf(name)].Key;

    internal int IndexOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return byName.TryGetValue(name, out var index)
            ? index
            : throw new InputException($"There is no layer \"{name}\"; there are {string.Join(", ", Names)}.");
    }

    /// <summary>The next layer that is not dropout, or null at the end.</summary>
    internal Layer? Follower(int index)
    {
        for (var next = index + 1; next < layers.Count; next++)
            if (layers[next].Value is not Dropout)
                return layers[next].Value;
        return null;
    }

    /// <summary>Host values as an input of the network's element type, on its device.</summary>
    internal Tensor Input(ReadOnlySpan<float> values, Shape shape)
    {
        if (DType == DType.Float32)
            return Tensor.From(values, shape, Device);
        var wide = new double[values.Length];
        for (var i = 0; i < wide.Length; i++)
            wide[i] = values[i];
        return Tensor.From(wide, shape, Device);
    }

    /// <summary>
    /// Runs the layers from <paramref name="first"/> to <paramref name="last"/> without recording gradients; dropout does
    /// nothing. Tensors shown to <paramref name="visit"/> live until it returns: who wants to keep one keeps a Detach().
    /// </summary>
    /// <returns>The last layer's output, for the caller to dispose.</returns>
    internal Tensor Run(Tensor x, int first, int last, LayerVisit? visit)
    {
        using var mode = Autograd.NoGrad();
        var current = x.Detach();
        for (var i = first; i <= last; i++)
        {
            var (name, layer) = layers[i];
            Tensor? switches = null;
            var next = layer switch
            {
                Dropout => current,
                MaxPool2d pool => Pool(pool, current, out switches),
                _ => layer.Forward(current),
            };
            visit?.Invoke(i, new LayerStep(name, layer, current.Shape, next.Shape), current, next, switches);
            switches?.Dispose();
            if (next != current)
                current.Dispose();
            current = next;
        }
        return current;
    }

    private static Tensor Pool(MaxPool2d pool, Tensor x, out Tensor switches)
    {
        (var y, switches) = pool.ForwardWithSwitches(x);
        return y;
    }

    private void Add(string prefix, Sequential network)
    {
        foreach (var (name, layer) in network.Layers)
            if (layer is Sequential inner)
                Add($"{prefix}{name}.", inner);
            else
                layers.Add(KeyValuePair.Create(prefix + name, layer));
    }
}

/// <summary>What a forward pass shows of each layer; switches only of max-pooling.</summary>
internal delegate void LayerVisit(int index, LayerStep step, Tensor input, Tensor output, Tensor? switches);
