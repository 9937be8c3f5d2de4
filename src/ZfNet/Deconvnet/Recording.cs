using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>What a <see cref="Recording"/> keeps besides pooling switches and sizes.</summary>
public sealed record RecordingOptions
{
    /// <summary>
    /// Layers whose activations are kept, so that projections may start there. The pass ends after the deepest. Empty keeps
    /// the last layer's.
    /// </summary>
    public IReadOnlyCollection<string> Layers { get; init; } = [];

    /// <summary>Keep rectifier outputs: needed by the gradient and guided rules.</summary>
    public bool KeepRectifiers { get; init; }

    /// <summary>Keep the inputs of local response normalisation: needed by <see cref="NormRule.Gradient"/>.</summary>
    public bool KeepNormInputs { get; init; }

    /// <summary>What projections by <paramref name="options"/> from the given layers need, and no more.</summary>
    public static RecordingOptions For(ProjectionOptions options, params IReadOnlyCollection<string> layers)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new()
        {
            Layers = layers,
            KeepRectifiers = options.Rule != Kernels.ReLURule.Deconvnet,
            KeepNormInputs = options.Norm == NormRule.Gradient,
        };
    }
}

/// <summary>
/// One forward pass over a batch, with what the deconvnet needs of it (paper, section 2.1: "switches"): where each pooled
/// maximum was, every layer's input size, and the activations asked for. Everything else is freed as the pass goes on.
/// Dropout does nothing and no gradient graph is built. The tensors belong to the recording; a <see cref="TensorScope"/>
/// that is open when it is made frees them at its end.
/// </summary>
public sealed class Recording : IDisposable
{
    private readonly LayerChain chain;
    private readonly Tensor[] held;

    private Recording(LayerChain chain, RecordingOptions options, LayerStep[] steps, IReadOnlyDictionary<int, Tensor>[] kept)
    {
        this.chain = chain;
        Options = options;
        Steps = steps;
        (Switches, Activations, RectifierOutputs, NormInputs) = (kept[0], kept[1], kept[2], kept[3]);
        held = [.. kept.SelectMany(tensors => tensors.Values)];
    }

    /// <summary>What was kept.</summary>
    public RecordingOptions Options { get; }

    /// <summary>Pictures in the batch.</summary>
    public int Pictures => checked((int)InputShape[0]);

    /// <summary>Shape of the input, [N, C, H, W].</summary>
    public Shape InputShape => Steps[0].Input;

    /// <summary>Names of the layers that ran, in order; nested ones are "outer.inner".</summary>
    public IEnumerable<string> LayerNames => Steps.Select(step => step.Name);

    internal IReadOnlyList<LayerStep> Steps { get; }

    internal IReadOnlyDictionary<int, Tensor> Switches { get; }

    internal IReadOnlyDictionary<int, Tensor> Activations { get; }

    internal IReadOnlyDictionary<int, Tensor> RectifierOutputs { get; }

    internal IReadOnlyDictionary<int, Tensor> NormInputs { get; }

    /// <summary>Runs a network over a batch and records it.</summary>
    /// <param name="network">Any sequential network, or one of the catalogue.</param>
    /// <param name="input">Preprocessed pictures [N, C, H, W], N at least 1, on the network's device.</param>
    /// <param name="options">What to keep; null keeps the last layer's activations.</param>
    /// <exception cref="InputException">There is no such layer.</exception>
    /// <exception cref="ShapeException">The input does not fit the network.</exception>
    public static Recording Record(LayerChain network, Tensor input, RecordingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(input);
        options ??= new RecordingOptions();
        var chain = network;
        HashSet<int> asked = options.Layers.Count == 0 ? [chain.Count - 1] : [.. options.Layers.Select(chain.IndexOf)];
        if (input.Shape.Rank != 4 || input.Shape.Count == 0)
            throw new ShapeException("record", "input", "[N, C, H, W] with at least one picture", $"shape {input.Shape}");

        using var scope = new TensorScope();
        var steps = new List<LayerStep>();
        Dictionary<int, Tensor> switches = [], activations = [], rectified = [], normInputs = [];
        _ = chain.Run(input, 0, asked.Max(), (i, step, before, after, where) =>
        {
            steps.Add(step);
            if (where is not null)
                switches[i] = where.Detach();
            if (asked.Contains(i))
                activations[i] = after.Detach();
            if (options.KeepRectifiers && step.Layer is ReLU)
                rectified[i] = after.Detach();
            if (options.KeepNormInputs && step.Layer is LocalResponseNorm)
                normInputs[i] = before.Detach();
        });
        var recording = new Recording(chain, options, [.. steps], [switches, activations, rectified, normInputs]);
        foreach (var tensor in recording.held)
            scope.Keep(tensor);
        return recording;
    }

    /// <summary>The activations of a layer that was asked for: [N, C, H, W] or [N, F]. They belong to the recording.</summary>
    /// <exception cref="InputException">There is no such layer, or its activations were not kept.</exception>
    public Tensor Activation(string layer) => Activations[Kept(layer)];

    /// <summary>
    /// The smallest rectangle that holds the pixels that a unit of a layer depends on: windows are clipped at the edge of
    /// every layer on the way down. A unit of a flattened or fully connected layer depends on all that the maps below do. (With dilated filters the rectangle may be
    /// wider by less than the dilation.)
    /// </summary>
    /// <param name="layer">Name of a layer that ran.</param>
    /// <param name="y">Row of the unit.</param>
    /// <param name="x">Column of the unit.</param>
    /// <exception cref="InputException">There is no such layer or unit.</exception>
    public PixelBox Patch(string layer, int y, int x) => Field(layer, y, x, clip: true);

    /// <summary>
    /// The receptive field of a unit as if padding were pixels: of the same size for every unit of a layer, and reaching
    /// outside the picture at its border. <see cref="Patch"/> is what of it the unit really sees.
    /// </summary>
    /// <inheritdoc cref="Patch"/>
    public PixelBox ReceptiveField(string layer, int y, int x) => Field(layer, y, x, clip: false);

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        foreach (var tensor in held)
            tensor.Dispose();
    }

    /// <summary>The index of a layer whose activations were kept.</summary>
    internal int Kept(string layer)
    {
        var index = chain.IndexOf(layer);
        return Activations.ContainsKey(index)
            ? index
            : throw new InputException($"The activations of layer \"{layer}\" were not kept: name it when recording.");
    }

    internal bool IsRectifiedNext(int layer) => chain.Follower(layer) is ReLU;

    private PixelBox Field(string layer, int y, int x, bool clip)
    {
        var index = chain.IndexOf(layer);
        if (index >= Steps.Count)
            throw new InputException($"The recorded pass ended before layer \"{layer}\": name it when recording.");
        Maps.CheckUnit(Steps[index], y, x);
        return ReceptiveFields.Of(Steps, index, (y, x), clip);
    }
}
