using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet;

/// <summary>
/// What a reader needs to judge projections by. A deconvnet's pictures change little with the chosen unit and owe much to
/// the switches alone (Mahendran and Vedaldi, "Salient Deconvolutional Networks", 2016): so a report shows, beside the
/// units that won, another unit of the same layer, and the same unit in a network that never learned.
/// </summary>
public static class Comparisons
{
    /// <summary>
    /// For each unit another one of the same layer and picture, drawn evenly from the active ones (output above zero) of the
    /// other maps; from all of them where none is active, and its projection then says that it is zero.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="inputs">The pictures.</param>
    /// <param name="units">The units to compare with.</param>
    /// <param name="seed">The same seed draws the same units, whatever else is asked for in the call.</param>
    /// <param name="cancel">Stops between pictures.</param>
    /// <returns>One unit for each, in their order, <see cref="TopUnit.Rank"/> as in the original.</returns>
    /// <exception cref="InputException">A layer has a single map, so that there is no other.</exception>
    public static IReadOnlyList<TopUnit> RandomUnits(
        LayerChain network, INetworkInputs inputs, IReadOnlyList<TopUnit> units, ulong seed = 0, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(units);
        var results = new TopUnit[units.Count];
        foreach (var group in Enumerable.Range(0, units.Count).GroupBy(i => units[i].Picture))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            using var x = TopActivations.Gather(network, inputs, [group.Key]);
            using var recording = Recording.Record(network, x, new() { Layers = [.. group.Select(i => units[i].Layer).Distinct()] });
            foreach (var i in group)
                results[i] = Other(recording, units[i], seed);
        }
        return results;
    }

    /// <summary>
    /// The strongest unit of the same map on the same picture in another network, such as one of <see cref="Untrained"/>
    /// weights.
    /// </summary>
    /// <param name="other">A network of the same layers.</param>
    /// <param name="inputs">The pictures.</param>
    /// <param name="units">The units to compare with.</param>
    /// <param name="cancel">Stops between pictures.</param>
    /// <returns>One unit for each, in their order, to be projected through the other network.</returns>
    public static IReadOnlyList<TopUnit> SameMaps(
        LayerChain other, INetworkInputs inputs, IReadOnlyList<TopUnit> units, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(units);
        var results = new TopUnit[units.Count];
        foreach (var group in Enumerable.Range(0, units.Count).GroupBy(i => units[i].Picture))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            using var x = TopActivations.Gather(other, inputs, [group.Key]);
            using var recording = Recording.Record(other, x, new() { Layers = [.. group.Select(i => units[i].Layer).Distinct()] });
            foreach (var i in group)
            {
                var start = Deconvnet.Start.Of(recording, Seed.StrongestUnit(units[i].Layer, units[i].Map));
                results[i] = At(recording, units[i], start.Seed.Map, start.Y, start.X, start.Activation);
            }
        }
        return results;
    }

    /// <summary>
    /// A network of the same layers with fresh weights, seeded: convolutions normal by fan-out (He et al.), fully connected
    /// layers normal of deviation 0.01, biases 0, as the article begins its training.
    /// </summary>
    /// <param name="network">The network whose shape is taken; its weights are not read.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <returns>A network of its own, in evaluation mode, with the same layer names; the caller disposes it.</returns>
    /// <exception cref="NotSupportedException">A layer with weights is of an unknown kind.</exception>
    public static Sequential Untrained(LayerChain network, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(network);
        var generator = new Generator(seed);
        return new Sequential(Enumerable.Range(0, network.Count).Select(i => KeyValuePair.Create(network[i].Key, Fresh(network[i].Key, network[i].Value, generator))))
        {
            Training = false,
        };
    }

    private static Layer Fresh(string name, Layer layer, Generator generator)
    {
        switch (layer)
        {
            case Conv2d conv:
            {
                var (cout, cin) = ((int)conv.Weight.Shape[0], (int)conv.Weight.Shape[1] * conv.Groups);
                var fresh = new Conv2d(
                    cin, cout, conv.Kernel, conv.Stride, conv.Padding, conv.Dilation, conv.Groups, conv.Bias is not null, conv.Weight.DType, conv.Weight.Device);
                Initialiser.Kaiming.Apply(fresh, generator);
                return fresh;
            }
            case Linear linear:
            {
                var stored = linear.Weight.DType == DType.BFloat16;
                var fresh = new Linear(
                    (int)linear.Weight.Shape[1], (int)linear.Weight.Shape[0], linear.Bias is not null, stored ? DType.Float32 : linear.Weight.DType, linear.Weight.Device);
                Initialiser.Kaiming.Apply(fresh, generator);
                if (stored)
                    fresh.StoreWeightAs(DType.BFloat16);
                return fresh;
            }
            // Of its own, so that switching this network to evaluation leaves the other one's alone.
            case Dropout dropout:
                return new Dropout(dropout.Probability, new Generator(0));
            case ReLU:
                return new ReLU();
            case Flatten:
                return new Flatten();
            case MaxPool2d pool:
                return new MaxPool2d(pool.Kernel, pool.Stride, pool.Padding, pool.CeilMode);
            case AvgPool2d pool:
                return new AvgPool2d(pool.Kernel, pool.Stride, pool.Padding, pool.CeilMode, pool.CountIncludePad);
            case LocalResponseNorm norm:
                return new LocalResponseNorm(norm.Size, norm.Alpha, norm.Beta, norm.K, norm.AcrossChannels);
            default:
                throw new NotSupportedException($"Layer \"{name}\" cannot be made anew: a {layer.GetType().Name} is of an unknown kind.");
        }
    }

    private static TopUnit Other(Recording recording, TopUnit unit, ulong seed)
    {
        var output = recording.Activation(unit.Layer);
        var maps = Maps.Count(output.Shape);
        if (maps < 2)
            throw new InputException($"Layer \"{unit.Layer}\" has a single map: there is no other unit to compare with.");
        var values = Maps.Read(output);
        var (_, width) = Maps.Size(output.Shape);
        var plane = values.Length / maps;
        var candidates = Enumerable.Range(0, values.Length).Where(i => i / plane != unit.Map);
        var active = candidates.Where(i => values[i] > 0).ToArray();
        if (active.Length == 0)
            active = [.. candidates];
        var chosen = active[SeededHash.Below(active.Length, seed, (ulong)unit.Picture, (ulong)unit.Map, (ulong)(unit.Y * width + unit.X))];
        return At(recording, unit, chosen / plane, chosen % plane / width, chosen % width, values[chosen]);
    }

    private static TopUnit At(Recording recording, TopUnit unit, int map, int y, int x, double activation) =>
        unit with
        {
            Map = map,
            Y = y,
            X = x,
            Activation = activation,
            ReceptiveField = recording.ReceptiveField(unit.Layer, y, x),
            Patch = recording.Patch(unit.Layer, y, x),
        };
}
