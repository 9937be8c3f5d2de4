using ZfNet.Kernels;

namespace ZfNet.Training;

/// <summary>What one data set taught, used on another (paper, section 5.2): weights taken over, layers frozen, a new last layer.</summary>
public static class Transfer
{
    /// <summary>The word for every layer but the last, to freeze.</summary>
    public const string All = "all";

    /// <summary>The description of a network that takes a model's weights over.</summary>
    /// <param name="source">The model.</param>
    /// <param name="classes">The classes to learn.</param>
    /// <param name="newHead">Whether the last layer begins anew.</param>
    /// <exception cref="InputException">The classes are others, and the last layer is to be kept.</exception>
    public static NetworkSpec Spec(Model source, IReadOnlyList<string> classes, bool newHead)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(classes);
        var spec = source.Network.Spec;
        if (!newHead && (spec.Classes != classes.Count || (source.Classes.Count > 0 && !source.Classes.SequenceEqual(classes))))
            throw new InputException("The model to begin with knows other classes than the pictures have: a new head gives it a new last layer.");
        return spec.WithClasses(classes.Count);
    }

    /// <summary>Copies a model's weights into a network of the same layers.</summary>
    /// <param name="source">The model.</param>
    /// <param name="network">Of <see cref="Spec"/>.</param>
    /// <param name="newHead">Leaves the last layer's weights as they were initialised.</param>
    public static void Copy(Model source, Network network, bool newHead)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(network);
        var weights = source.Network.Parameters.ToDictionary();
        var last = network.Plan.Layers[^1].Name + ".";
        foreach (var (name, parameter) in network.Parameters)
            if (!newHead || !name.StartsWith(last, StringComparison.Ordinal))
            {
                using var wide = weights[name] is { DType: DType.BFloat16 } stored ? stored.ToFloat32() : weights[name].Detach();
                parameter.CopyFrom<float>(wide.ToArray<float>());
            }
    }

    /// <summary>Freezes layers: their weights get no gradient, no momentum and no decay, and stay bit for bit as they are.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layers">Names with commas between, or <see cref="All"/> for every layer with weights but the last.</param>
    /// <exception cref="InputException">There is no such layer, it has no weights, or nothing would be left to learn.</exception>
    public static void Freeze(Network network, string layers)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(layers);
        var weighted = network.Plan.Layers.Where(layer => layer.Weight is not null).ToArray();
        var frozen = layers == All
            ? weighted[..^1]
            : [.. layers.Split(',', StringSplitOptions.TrimEntries).Select(network.Plan.Layer)];
        if (frozen.FirstOrDefault(layer => layer.Weight is null) is { } bare)
            throw new InputException($"Layer '{bare.Alias}' has no weights: there is nothing to freeze.");
        if (weighted.All(frozen.Contains))
            throw new InputException("Every layer would be frozen: there is nothing left to learn.");
        foreach (var layer in frozen)
            foreach (var (_, parameter) in network.Layer(layer.Name).Parameters)
                parameter.RequiresGrad = false;
    }
}
