using ZfNet.Engine;

namespace ZfNet.Training;

/// <summary>
/// The paper's rule against a few filters that dominate (section 3.1, Fig. 6): every filter whose root mean square
/// exceeds a radius is scaled back to that radius; the others and the biases are left alone. The root mean square is
/// over one filter's Cin x KH x KW weights, as they are stored: in the scale of the network's own input. The paper's 0.1
/// belongs to inputs of about [-128, 128]; a first layer that sees values s times smaller does the same with a radius
/// s times larger, and deeper layers see what their predecessors make of it.
/// </summary>
public sealed class FilterRenormaliser
{
    private readonly Conv2d[] layers;

    /// <summary>Watches layers.</summary>
    /// <param name="layers">At least one.</param>
    /// <param name="radius">The largest root mean square that a filter may have; the paper's is 0.1.</param>
    /// <exception cref="ArgumentException">No layers, or a radius that is not positive and finite.</exception>
    public FilterRenormaliser(IEnumerable<Conv2d> layers, double radius = 0.1)
    {
        this.layers = [.. layers];
        if (this.layers.Length == 0)
            throw new ArgumentException("Filter renormalisation takes at least one convolution.");
        TrainingOptions.Require(radius > 0 && double.IsFinite(radius), nameof(Radius), radius, "above 0 and finite");
        Radius = radius;
    }

    /// <summary>The largest root mean square that a filter may have.</summary>
    public double Radius { get; }

    /// <summary>The first convolution of a network: what Fig. 6 shows.</summary>
    /// <param name="network">With at least one convolution.</param>
    /// <param name="radius">The radius.</param>
    public static FilterRenormaliser FirstLayer(Sequential network, double radius = 0.1) =>
        new(Convolutions(network).Take(1), radius);

    /// <summary>Every convolution: what the paper's text says.</summary>
    /// <param name="network">With at least one convolution.</param>
    /// <param name="radius">The radius.</param>
    public static FilterRenormaliser AllLayers(Sequential network, double radius = 0.1) =>
        new(Convolutions(network), radius);

    /// <summary>The root mean square of every filter of a layer.</summary>
    /// <param name="layer">A convolution.</param>
    public static double[] RootMeanSquares(Conv2d layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        using var rms = layer.Weight.RenormaliseFilters(double.PositiveInfinity);
        return rms.ToArray<double>();
    }

    /// <summary>Scales back what exceeds the radius; frozen layers are left alone.</summary>
    /// <returns>How many filters that were.</returns>
    public int Apply() => layers.Where(layer => layer.Weight.RequiresGrad).Sum(layer =>
    {
        using var rms = layer.Weight.RenormaliseFilters(Radius);
        return rms.ToArray<double>().Count(before => before > Radius);
    });

    private static IEnumerable<Conv2d> Convolutions(Sequential network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Layers.SelectMany(layer => layer.Value switch
        {
            Conv2d conv => [conv],
            Sequential inner => Convolutions(inner),
            _ => Enumerable.Empty<Conv2d>(),
        });
    }
}
