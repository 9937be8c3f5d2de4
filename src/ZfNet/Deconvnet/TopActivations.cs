using ZfNet.Engine;

namespace ZfNet;

/// <summary>What <see cref="TopActivations.Find"/> looks for.</summary>
public sealed record TopOptions
{
    /// <summary>Units kept for each map.</summary>
    public int Top { get; init; } = 9;

    /// <summary>Pictures in a forward pass.</summary>
    public int BatchSize { get; init; } = 16;
}

/// <summary>The strongest units of one layer's maps.</summary>
public sealed class LayerTop
{
    private readonly TopUnit[][] units;

    internal LayerTop(string layer, TopUnit[][] units) => (Layer, this.units) = (layer, units);

    /// <summary>Name of the layer.</summary>
    public string Layer { get; }

    /// <summary>Number of feature maps.</summary>
    public int MapCount => units.Length;

    /// <summary>Maps that no picture activates: their strongest unit is not positive.</summary>
    public IEnumerable<int> DeadMaps => Enumerable.Range(0, MapCount).Where(map => !(units[map][0].Activation > 0));

    /// <summary>The units of a map, strongest first; of equal ones the picture that comes first.</summary>
    /// <exception cref="InputException">There is no such map.</exception>
    public IReadOnlyList<TopUnit> this[int map] =>
        map >= 0 && map < MapCount ? units[map] : throw new InputException($"Layer \"{Layer}\" has no map {map}: its maps are 0 to {MapCount - 1}.");

    /// <summary>
    /// Some maps spread evenly over the layer, in order: 0, C/n, 2C/n and so on. Maps have no order of merit, so this is a
    /// fair sample that does not change from run to run.
    /// </summary>
    /// <param name="count">How many; all when there are no more.</param>
    public IReadOnlyList<int> Spread(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return count >= MapCount ? [.. Enumerable.Range(0, MapCount)] : [.. Enumerable.Range(0, count).Select(i => (int)((long)i * MapCount / count))];
    }
}

/// <summary>
/// The pictures of a set that activate each feature map most (paper, Fig. 2), found in one pass: a picture counts by the
/// map's strongest unit on it. Besides a batch of activations only the best few of each map are held.
/// </summary>
public sealed class TopActivations
{
    private readonly Dictionary<string, LayerTop> layers;
    private readonly LayerChain chain;

    private TopActivations(LayerChain chain, Dictionary<string, LayerTop> layers, int pictures) =>
        (this.chain, this.layers, Pictures) = (chain, layers, pictures);

    /// <summary>The layers that were looked at, in the order asked for.</summary>
    public IReadOnlyCollection<LayerTop> Layers => layers.Values;

    /// <summary>Pictures in the set.</summary>
    public int Pictures { get; }

    /// <summary>One layer's units.</summary>
    /// <exception cref="InputException">There is no such layer, or it was not looked at.</exception>
    public LayerTop this[string layer] =>
        layers.TryGetValue(chain.Resolve(layer), out var top) ? top : throw new InputException($"The search did not look at layer \"{layer}\".");

    /// <summary>Passes all pictures through the network once.</summary>
    /// <param name="network">Any sequential network, or one of the catalogue.</param>
    /// <param name="inputs">The pictures; at least one.</param>
    /// <param name="layers">Layers to look at; every map of each.</param>
    /// <param name="options">How many units to keep.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="InputException">There is no such layer, no picture, or an activation is NaN.</exception>
    public static TopActivations Find(
        LayerChain network, INetworkInputs inputs, IReadOnlyCollection<string> layers, TopOptions? options = null,
        IProgress<WorkProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(layers);
        options ??= new TopOptions();
        if (options.Top < 1)
            throw new InputException($"The number of pictures for each map must be at least 1, not {options.Top}.");
        if (layers.Count == 0)
            throw new InputException("No layer was named to search.");
        if (inputs.Count == 0)
            throw new InputException("There is no picture to search.");
        var asked = layers.Select(network.IndexOf).Distinct().ToArray();
        var lists = asked.ToDictionary(index => index, _ => Array.Empty<TopList>());
        var steps = new LayerStep[asked.Max() + 1];
        foreach (var batch in inputs.Batches(options.BatchSize, cancel))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            using var x = network.Input(batch.Values.Span, [batch.Count, .. inputs.Picture.Sizes]);
            _ = network.Run(x, 0, asked.Max(), (index, step, _, output, _) =>
            {
                steps[index] = step;
                if (!lists.TryGetValue(index, out var maps))
                    return;
                Maps.CheckMaps(step);
                if (maps.Length == 0)
                    lists[index] = maps = [.. Enumerable.Range(0, Maps.Count(step.Output)).Select(_ => new TopList(options.Top))];
                Offer(step, output, batch.First, maps);
            });
            progress?.Report(new WorkProgress(batch.First + batch.Count, inputs.Count));
        }
        return new TopActivations(network, asked.ToDictionary(i => network[i].Key, i => Layer(steps, i, lists[i])), inputs.Count);
    }

    /// <summary>
    /// Projects units to pixels, each on its own (paper, Fig. 2): only the pictures that won are passed through the network
    /// again, a few at a time.
    /// </summary>
    /// <param name="network">The network that was searched.</param>
    /// <param name="inputs">The pictures that were searched.</param>
    /// <param name="units">Units of any layers.</param>
    /// <param name="options">Rules; null takes the paper's.</param>
    /// <param name="progress">Told after every few pictures; counts units.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <returns>The projections in the order of the units.</returns>
    /// <exception cref="InputException">A unit is not in the network, or its picture not in the set.</exception>
    public static IReadOnlyList<TopProjection> Project(
        LayerChain network, INetworkInputs inputs, IEnumerable<TopUnit> units, ProjectionOptions? options = null,
        IProgress<WorkProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(units);
        options ??= ProjectionOptions.Deconvnet;
        var all = units.ToArray();
        var results = new TopProjection[all.Length];
        var done = 0;
        foreach (var pictures in Enumerable.Range(0, all.Length).GroupBy(i => all[i].Picture).OrderBy(group => group.Key).Chunk(options.BatchSize))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = new TensorScope();
            var places = pictures.SelectMany((group, row) => group.Select(place => (Place: place, Row: row))).ToArray();
            using var x = Gather(network, inputs, [.. pictures.Select(group => group.Key)]);
            var names = places.Select(p => network.Resolve(all[p.Place].Layer)).Distinct().ToArray();
            using var recording = Recording.Record(network, x, RecordingOptions.For(options, names));
            // One chunk of images at a time is on the device; what is kept is cut to the units' patches.
            foreach (var part in places.Chunk(options.BatchSize))
            {
                var seeds = Array.ConvertAll(part, p => Seed.Unit(all[p.Place].Layer, all[p.Place].Map, all[p.Place].Y, all[p.Place].X, p.Row));
                using var projections = Deconvnet.Project(recording, seeds, options, cancel);
                for (var i = 0; i < part.Length; i++)
                    results[part[i].Place] = new TopProjection(all[part[i].Place], (int)inputs.Picture[0], projections.PatchImage(i), projections.Items[i].IsZero);
                done += part.Length;
                progress?.Report(new WorkProgress(done, all.Length));
            }
        }
        return results;
    }

    /// <summary>Some pictures of a set as one batch.</summary>
    internal static Tensor Gather(LayerChain network, INetworkInputs inputs, int[] pictures)
    {
        var length = checked((int)inputs.Picture.Count);
        var values = new float[checked(pictures.Length * length)];
        for (var row = 0; row < pictures.Length; row++)
        {
            if (pictures[row] < 0 || pictures[row] >= inputs.Count)
                throw new InputException($"There is no picture {pictures[row]}: there are {inputs.Count}.");
            inputs.Read(pictures[row], values.AsSpan(row * length, length));
        }
        return network.Input(values, [pictures.Length, .. inputs.Picture.Sizes]);
    }

    private static void Offer(LayerStep step, Tensor output, int first, TopList[] maps)
    {
        var (values, places) = Maps.Peaks(output);
        for (var i = 0; i < values.Length; i++)
        {
            int picture = first + i / maps.Length, map = i % maps.Length;
            if (double.IsNaN(values[i]))
                throw new InputException($"Map {map} of layer \"{step.Name}\" is NaN on picture {picture}: the weights or the picture are damaged.");
            maps[map].Offer(values[i], picture, places[i]);
        }
    }

    private static LayerTop Layer(LayerStep[] steps, int index, TopList[] lists)
    {
        var step = steps[index];
        var (_, width) = Maps.Size(step.Output);
        return new LayerTop(step.Name, [.. lists.Select((list, map) => list.Best.Select((best, rank) =>
        {
            var (y, x) = (best.Place / width, best.Place % width);
            return new TopUnit(
                step.Name, map, rank, best.Picture, y, x, best.Value, ReceptiveFields.Of(steps, index, (y, x), clip: false),
                ReceptiveFields.Of(steps, index, (y, x), clip: true));
        }).ToArray())]);
    }

    /// <summary>The best few, in order; of equal values the earlier picture stays ahead.</summary>
    private sealed class TopList(int capacity)
    {
        private readonly List<(double Value, int Picture, int Place)> best = [];

        public IReadOnlyList<(double Value, int Picture, int Place)> Best => best;

        public void Offer(double value, int picture, int place)
        {
            var at = best.Count;
            while (at > 0 && (value > best[at - 1].Value || (value == best[at - 1].Value && picture < best[at - 1].Picture)))
                at--;
            if (at >= capacity)
                return;
            if (best.Count == capacity)
                best.RemoveAt(capacity - 1);
            best.Insert(at, (value, picture, place));
        }
    }
}
