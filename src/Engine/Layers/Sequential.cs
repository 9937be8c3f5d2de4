namespace ZfNet.Engine;

/// <summary>Named layers, one after the other. Parameters are called "layer.parameter", as in PyTorch.</summary>
public sealed class Sequential : Layer
{
    private readonly List<KeyValuePair<string, Layer>> layers = [];

    /// <summary>Takes layers in order, and owns them.</summary>
    /// <exception cref="ArgumentException">Two layers have one name.</exception>
    public Sequential(params IEnumerable<KeyValuePair<string, Layer>> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        foreach (var layer in layers)
        {
            if (this.layers.Exists(other => other.Key == layer.Key))
                throw new ArgumentException($"sequential: two layers are called \"{layer.Key}\".");
            this.layers.Add(layer);
        }
    }

    /// <summary>The layers in order.</summary>
    public IReadOnlyList<KeyValuePair<string, Layer>> Layers => layers;

    /// <inheritdoc/>
    public override bool Training
    {
        get => base.Training;
        set
        {
            base.Training = value;
            foreach (var (_, layer) in layers)
                layer.Training = value;
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> Parameters =>
        from layer in layers
        from parameter in layer.Value.Parameters
        select KeyValuePair.Create($"{layer.Key}.{parameter.Key}", parameter.Value);

    /// <summary>The layer called <paramref name="name"/>.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists the names.</exception>
    public Layer this[string name] =>
        layers.Find(layer => layer.Key == name).Value
        ?? throw new KeyNotFoundException($"There is no layer \"{name}\"; there are {string.Join(", ", layers.Select(layer => layer.Key))}.");

    /// <summary>
    /// Runs the layers; a convolution and the rectifier after it in one pass. What lies between two layers is freed as soon
    /// as the next one has run, but for what backward saved.
    /// </summary>
    public override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        var current = x;
        for (var i = 0; i < layers.Count; i++)
        {
            Tensor next;
            if (layers[i].Value is Conv2d conv && i + 1 < layers.Count && layers[i + 1].Value is ReLU relu)
            {
                next = conv.Forward(current, relu);
                i++;
            }
            else
            {
                next = layers[i].Value.Forward(current);
            }
            if (current != x && current != next)
                current.Dispose();
            current = next;
        }
        return current;
    }
}
