using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZfNet;

/// <summary>
/// A network as data: convolutional features, flattened, then a classifier, as in the article's PyTorch class, whose
/// parameter names (<c>features.0.weight</c>, <c>classifier.1.bias</c>) it shares. <see cref="Plan"/> works out
/// shapes, counts and receptive fields.
/// </summary>
public sealed record NetworkSpec
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = false,
        AllowOutOfOrderMetadataProperties = true,
        MaxDepth = 16,
    };

    /// <summary>Name in the catalogue or the user's own.</summary>
    public required string Name { get; init; }

    /// <summary>Channels of the input picture.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Height of the input picture in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Width of the input picture in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Number of classes: the outputs of the last layer.</summary>
    public required int Classes { get; init; }

    /// <summary>The layers on maps, in order.</summary>
    public required IReadOnlyList<LayerSpec> Features { get; init; }

    /// <summary>The layers on the flattened maps; the last is a <see cref="LinearSpec"/> of <see cref="Classes"/>.</summary>
    public required IReadOnlyList<LayerSpec> Classifier { get; init; }

    /// <summary>Works out shapes, names, counts and receptive fields.</summary>
    /// <exception cref="NetworkSpecException">A layer cannot be as described.</exception>
    public NetworkPlan Plan() => new(this);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="NetworkSpecException">It is not JSON, not a network, or a network that cannot be.</exception>
    public static NetworkSpec FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        NetworkSpec? spec;
        try
        {
            spec = JsonSerializer.Deserialize<NetworkSpec>(json, Json);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException)
        {
            throw new NetworkSpecException("The description of the network is not one that this version can read: " + OneLine(e.Message), e);
        }

        if (spec is null)
            throw new NetworkSpecException("The description of the network is null.");
        _ = spec.Plan();
        return spec;
    }

    /// <summary>The description as one line of JSON, layers told apart by "type".</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>The same network for another number of classes.</summary>
    public NetworkSpec WithClasses(int classes)
    {
        if (Classifier is not [.., LinearSpec last])
            throw new NetworkSpecException($"Network '{Name}' does not end in a fully connected layer.");
        return this with { Classes = classes, Classifier = [.. Classifier.SkipLast(1), last with { OutFeatures = classes }] };
    }

    /// <summary>The same network with another chance of dropping in every dropout layer.</summary>
    /// <exception cref="NetworkSpecException">It is not a chance.</exception>
    public NetworkSpec WithDropout(double probability)
    {
        if (!(probability is >= 0 and < 1))
            throw new NetworkSpecException($"The dropout of network '{Name}' cannot be {probability}; it must be at least 0 and below 1.");
        return this with { Features = [.. Features.Select(Change)], Classifier = [.. Classifier.Select(Change)] };

        LayerSpec Change(LayerSpec layer) => layer is DropoutSpec ? new DropoutSpec(probability) : layer;
    }

    /// <summary>
    /// The same network without some numbered layers: each goes with its rectifier, normalisation and dropout, while
    /// pools stay. The layers that stay keep their numbers.
    /// </summary>
    /// <param name="numbers">The paper's layer numbers.</param>
    /// <exception cref="NetworkSpecException">There is no such layer, or it is the last.</exception>
    public NetworkSpec WithoutLayers(params ReadOnlySpan<int> numbers)
    {
        var gone = new HashSet<int>();
        foreach (var number in numbers)
            if (!gone.Add(Numbered(number)) || number == LastNumber)
                throw new NetworkSpecException($"Layer {number} of network '{Name}' cannot be removed: it is named twice or is the last.");
        var at = 0;
        var removing = false;
        return this with { Features = Keep(Features), Classifier = Keep(Classifier) };

        List<LayerSpec> Keep(IReadOnlyList<LayerSpec> layers)
        {
            // What follows a pool or the flattening belongs to no removed layer.
            removing = false;
            var kept = new List<LayerSpec>();
            foreach (var layer in layers)
            {
                if (layer is WeightedSpec weighted)
                {
                    var follows = at + 1;
                    at = weighted.Number ?? follows;
                    removing = gone.Contains(at);
                    if (!removing)
                        kept.Add(gone.Contains(at - 1) ? weighted with { Number = at } : weighted);
                }
                else if (layer is MaxPoolSpec || !removing)
                {
                    removing = false;
                    kept.Add(layer);
                }
            }

            return kept;
        }
    }

    /// <summary>The same network with other widths: maps of a convolution, outputs of a fully connected layer.</summary>
    /// <param name="widths">The paper's layer number and its new width.</param>
    /// <exception cref="NetworkSpecException">There is no such layer, or it is the last.</exception>
    public NetworkSpec WithWidths(params ReadOnlySpan<(int Number, int Width)> widths)
    {
        var changed = new Dictionary<int, int>();
        foreach (var (number, width) in widths)
            if (!changed.TryAdd(Numbered(number), width) || number == LastNumber)
                throw new NetworkSpecException($"The width of layer {number} of network '{Name}' cannot be set: it is named twice or is the last.");
        var at = 0;
        return this with { Features = [.. Features.Select(Change)], Classifier = [.. Classifier.Select(Change)] };

        LayerSpec Change(LayerSpec layer)
        {
            if (layer is not WeightedSpec weighted)
                return layer;
            at = weighted.Number ?? at + 1;
            return !changed.TryGetValue(at, out var width)
                ? layer
                : weighted is ConvSpec conv ? conv with { OutChannels = width } : ((LinearSpec)weighted) with { OutFeatures = width };
        }
    }

    /// <summary>Equality by value, layer by layer.</summary>
    public bool Equals(NetworkSpec? other) =>
        other is not null && (Name, Channels, Height, Width, Classes) == (other.Name, other.Channels, other.Height, other.Width, other.Classes)
        && Features.SequenceEqual(other.Features) && Classifier.SequenceEqual(other.Classifier);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Channels, Height, Width, Classes, Features.Count, Classifier.Count);

    private int LastNumber => Weighted().LastOrDefault().Number;

    /// <summary>The layers with weights, with the paper's numbers.</summary>
    internal IEnumerable<(int Number, WeightedSpec Layer)> Weighted()
    {
        var at = 0;
        foreach (var layer in Features.Concat(Classifier).OfType<WeightedSpec>())
            yield return (at = layer.Number ?? at + 1, layer);
    }

    private int Numbered(int number)
    {
        var numbers = Weighted().Select(layer => layer.Number).ToArray();
        return numbers.Contains(number)
            ? number
            : throw new NetworkSpecException(
                $"Network '{Name}' has no layer {number}; it has {string.Join(", ", numbers)}.");
    }

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
