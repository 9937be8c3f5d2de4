using ZfNet.Data;
using ZfNet.Engine;

namespace ZfNet.Training;

/// <summary>What a softmax on one layer's features can tell.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Features">Features of a picture.</param>
/// <param name="Training">On the pictures that the softmax learned.</param>
/// <param name="HeldOut">On others.</param>
public sealed record ProbeResult(string Layer, long Features, EvaluationResult Training, EvaluationResult HeldOut);

/// <summary>
/// How much of the classes each layer holds ready (paper, Table 7): a softmax is trained on the layer's features, the
/// network itself stays as it is. Features are centred and scaled to norm 1 in the mean, so that one learning rate fits all.
/// </summary>
public static class LinearProbe
{
    private const int Sample = 256;

    /// <summary>The last layer of each step of the depth: what the next layer with weights is given.</summary>
    /// <param name="plan">The network.</param>
    public static IReadOnlyList<string> Layers(NetworkPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var layers = plan.Layers.Where(layer => layer.Spec is not DropoutSpec).ToArray();
        return [.. layers.Zip(layers.Skip(1)).Where(pair => pair.Second.Spec is WeightedSpec).Select(pair => pair.First.Alias)];
    }

    /// <summary>Trains a softmax on each layer.</summary>
    /// <param name="model">The network; not changed, its mode is restored.</param>
    /// <param name="pictures">What the softmax learns, as the network takes them.</param>
    /// <param name="heldOut">What it is measured on, with the same classes.</param>
    /// <param name="layers">Names; null for <see cref="Layers"/>.</param>
    /// <param name="options">The recipe.</param>
    /// <param name="done">Told each layer's result.</param>
    /// <param name="cancel">Stops between steps.</param>
    /// <exception cref="InputException">There is no such layer, or the classes differ.</exception>
    public static IReadOnlyList<ProbeResult> Run(
        Model model, PreparedPictures pictures, PreparedPictures heldOut, IReadOnlyList<string>? layers, TrainingOptions options,
        Action<ProbeResult>? done = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        Labelled.Check(pictures);
        var wasTraining = model.Network.Training;
        model.Network.Training = false;
        try
        {
            var results = new List<ProbeResult>();
            foreach (var layer in layers ?? Layers(model.Network.Plan))
            {
                results.Add(Probe(model.Network, model.Network.Plan.Layer(layer), pictures, heldOut, options, cancel));
                done?.Invoke(results[^1]);
            }
            return results;
        }
        finally
        {
            model.Network.Training = wasTraining;
        }
    }

    private static ProbeResult Probe(
        Network network, LayerInfo layer, PreparedPictures pictures, PreparedPictures heldOut, TrainingOptions options, CancellationToken cancel)
    {
        var device = network.Device;
        using var features = new Features(network, layer);
        using (var batch = new PictureLoader(pictures, Math.Min(Sample, pictures.Count)) { Seed = options.Seed }.Epoch(0, cancel).First())
        {
            using var scope = new TensorScope();
            features.Fit(Labelled.Input(batch, pictures.Preprocessing, device));
        }
        using var linear = new Linear(checked((int)layer.Output.Count), pictures.Classes.Count, device: device);
        linear.Weight.Fill(0);
        linear.Bias!.Fill(0);
        using var probe = new Sequential([new("features", features), new("softmax", linear)]);
        using var trainer = new Trainer(probe, pictures, device, options with { Renormaliser = null, EvaluateEvery = options.Epochs }, heldOut);
        var heldOutResult = trainer.Run(cancel: cancel)[^1].HeldOut!;
        return new(layer.Alias, layer.Output.Count, trainer.Evaluate(pictures, cancel), heldOutResult);
    }

    /// <summary>The network up to a layer, [N, features], centred and scaled; it learns nothing and owns nothing.</summary>
    private sealed class Features : Layer
    {
        private readonly Layer[] layers;
        private readonly int features;
        private float[] means = [];
        private float scale = 1;

        public Features(Network network, LayerInfo last)
        {
            var plan = network.Plan.Layers;
            var count = plan.TakeWhile(layer => layer != last).Count() + 1;
            layers = [.. plan.Take(count).Select(layer => network.Layer(layer.Name))];
            features = checked((int)last.Output.Count);
        }

        /// <summary>Takes centre and scale from some pictures.</summary>
        public void Fit(Tensor x)
        {
            var rows = Raw(x);
            var pictures = rows.Length / features;
            var sums = new double[features];
            for (var i = 0; i < rows.Length; i++)
                sums[i % features] += rows[i];
            means = [.. sums.Select(sum => (float)(sum / pictures))];
            var squares = 0.0;
            for (var i = 0; i < rows.Length; i++)
                squares += (rows[i] - (double)means[i % features]) * (rows[i] - means[i % features]);
            scale = squares > 0 ? (float)(1 / Math.Sqrt(squares / pictures)) : 1;
        }

        public override Tensor Forward(Tensor x)
        {
            var rows = Raw(x);
            for (var i = 0; i < rows.Length; i++)
                rows[i] = (rows[i] - means[i % features]) * scale;
            return Tensor.From(rows, [rows.Length / features, features], x.Device);
        }

        private float[] Raw(Tensor x)
        {
            using var mode = Autograd.NoGrad();
            using var scope = new TensorScope();
            foreach (var layer in layers)
                x = layer.Forward(layer is Linear && x.Shape.Rank > 2 ? x.Flatten() : x);
            return x.ToArray<float>();
        }
    }
}
