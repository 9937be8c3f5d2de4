using ZfNet.Engine;
using ZfNet.Pictures;

namespace ZfNet;

/// <summary>
/// Occlusion sensitivity (paper, section 4.2 and Fig. 7): a square moves over the picture, and at every position the network
/// is asked again for the class's probability, its best guess, and the activity of a feature map.
/// </summary>
public static class Occlusion
{
    /// <summary>
    /// Number of positions in one direction: floor((size - square) / stride) + 1, from the first pixel on, the square always
    /// whole. 224 pixels, square 32, stride 8: 25, so 625 in all. Where the stride does not divide, the last
    /// (size - square) mod stride pixels are never covered.
    /// </summary>
    public static int Positions(int size, int square, int stride) => size < square ? 0 : (size - square) / stride + 1;

    /// <summary>
    /// Occludes one picture at every position, in batches. Only what a square changes is computed again: feature maps, and so their
    /// activities, have the bits of a pass over every occluded picture, and class scores its values but for the order of one layer's sums
    /// (docs/adr/0023-incremental-occlusion.md).
    /// </summary>
    /// <param name="network">Any sequential network that ends in class scores [N, classes], or one of the catalogue.</param>
    /// <param name="picture">The preprocessed picture (C, H, W), row-major.</param>
    /// <param name="shape">Its shape, [C, H, W].</param>
    /// <param name="options">Square, stride, fill, class, layer.</param>
    /// <param name="progress">Told after every batch; counts positions.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="InputException">
    /// The square is larger than the picture, the stride or batch size below 1, or there is no such class, layer or map.
    /// </exception>
    /// <exception cref="ShapeException">The picture does not fit the network.</exception>
    public static OcclusionMap Run(
        LayerChain network, ReadOnlyMemory<float> picture, Shape shape, OcclusionOptions options,
        IProgress<WorkProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        Check(picture.Length, shape, options);
        using var scope = new TensorScope();
        int height = (int)shape[1], width = (int)shape[2];
        var watch = Watch(network, options);
        var pass = new IncrementalPass(
            network, network.Input(picture.Span, [1, .. shape.Sizes]), Squares(height, options), Squares(width, options));
        var scores = pass.Output(network.Count - 1);
        if (scores.Shape.Rank != 2 || scores.Shape[1] < 1)
            throw new ShapeException("occlude", "the network's output", "class scores [N, classes]", $"shape {scores.Shape}");
        var whole = Probabilities(scores);
        var classes = whole.Length;
        var label = Best(whole);
        var wanted = options.Class ?? label;
        if (wanted < 0 || wanted >= classes)
            throw new InputException($"There is no class {wanted}: the network has {classes}, 0 to {classes - 1}.");
        var activity = watch is { } layer ? new OcclusionActivity(pass, layer, options.ActivityMap) : null;
        var result = new OcclusionMap(options, shape, classes)
        {
            Class = wanted,
            Probability = whole[wanted],
            Label = label,
            ActivityLayer = activity?.Layer,
            ActivityMap = activity?.Map ?? 0,
            Activity = (float)(activity?.Sum ?? 0),
            Activities = activity is null ? [] : new float[Positions(height, options.Square, options.Stride) * Positions(width, options.Square, options.Stride)],
        };
        using var square = network.Input(Filled(options, picture.Span, shape), [1, shape[0], options.Square, options.Square]);
        var total = result.Rows * result.Columns;
        var restBatch = Math.Clamp(options.WaitingElements / pass.LastMaps.Count, 1, total);
        var (waiting, positions) = (new List<MapWindows>(), new List<int>());
        var done = 0;
        foreach (var places in pass.Batches(options.BatchSize))
        {
            cancel.ThrowIfCancellationRequested();
            var batch = Array.ConvertAll(places, place => place.Row * result.Columns + place.Column);
            waiting.Add(pass.RunMaps(square, places, watch, (index, maps) =>
            {
                if (index == watch)
                    Scatter(activity!.Read(maps), batch, result.Activities);
            }));
            positions.AddRange(batch);
            done += batch.Length;
            if (positions.Count >= restBatch || done == total)
            {
                Score(pass, waiting, positions, watch, activity, result);
                positions.Clear();
            }
            progress?.Report(new WorkProgress(done, total));
        }
        return result;
    }

    /// <summary>Occludes a picture of any size, preprocessed for the model.</summary>
    /// <param name="model">The network with its preprocessing.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="options">Square, stride, fill, class, layer; sizes count pixels of the network's input.</param>
    /// <param name="progress">Told after every batch; counts positions.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <inheritdoc cref="Run(LayerChain, ReadOnlyMemory{float}, Shape, OcclusionOptions, IProgress{WorkProgress}?, CancellationToken)"/>
    public static OcclusionMap Run(
        Model model, Picture picture, OcclusionOptions options, IProgress<WorkProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var preprocessing = model.Preprocessing;
        return Run(model.Network, preprocessing.ToChw(picture), [3, preprocessing.Height, preprocessing.Width], options, progress, cancel);
    }

    /// <summary>A picture with one square painted over: panel (a) of Fig. 7.</summary>
    /// <param name="picture">The preprocessed picture (C, H, W).</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="square">The square's pixels; clipped to the picture.</param>
    /// <param name="fill">What it is filled with.</param>
    /// <returns>A painted copy.</returns>
    public static float[] Occlude(ReadOnlySpan<float> picture, Shape shape, PixelBox square, OcclusionFill fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        var painted = picture.ToArray();
        Paint(painted, shape, square.ClipTo((int)shape[1], (int)shape[2]), fill.For(picture, (int)shape[0]));
        return painted;
    }

    private static void Check(int length, Shape shape, OcclusionOptions options)
    {
        if (shape.Rank != 3 || shape.Count != length || length == 0)
            throw new ShapeException("occlude", "picture", $"{shape.Count} floats for [C, H, W] of {shape}", $"{length} floats");
        if (options.Square < 1)
            throw new InputException($"The square's side must be at least 1 pixel, not {options.Square}.");
        if (options.Square > shape[1] || options.Square > shape[2])
            throw new InputException($"A square of {options.Square} pixels is larger than the picture, which the network sees as {shape[1]}x{shape[2]}.");
        if (options.Stride < 1)
            throw new InputException($"The stride must be at least 1 pixel, not {options.Stride}.");
        if (options.BatchSize < 1)
            throw new InputException($"The batch size must be at least 1, not {options.BatchSize}.");
    }

    /// <summary>The layer to watch: the one named, or the last convolution's rectifier, or that convolution.</summary>
    private static int? Watch(LayerChain network, OcclusionOptions options)
    {
        if (options.ActivityLayer is { } name)
            return network.IndexOf(name);
        for (var i = network.Count - 1; i >= 0; i--)
            if (network[i].Value is Conv2d)
                return i + 1 < network.Count && network[i + 1].Value is ReLU ? i + 1 : i;
        return null;
    }

    /// <summary>The pixels of the squares along one direction.</summary>
    private static CellRange[] Squares(int size, OcclusionOptions options) =>
        [.. Enumerable.Range(0, Positions(size, options.Square, options.Stride)).Select(i => new CellRange(i * options.Stride, i * options.Stride + options.Square - 1))];

    /// <summary>A square's pixels, [C, Square, Square].</summary>
    private static float[] Filled(OcclusionOptions options, ReadOnlySpan<float> picture, Shape shape)
    {
        var plane = checked(options.Square * options.Square);
        var fill = options.Fill.For(picture, (int)shape[0]);
        var values = new float[checked(fill.Length * plane)];
        for (var c = 0; c < fill.Length; c++)
            values.AsSpan(c * plane, plane).Fill(fill[c]);
        return values;
    }

    /// <summary>
    /// Runs what is left of the network for the waiting pictures and writes down at their positions what it says; they wait no longer.
    /// </summary>
    private static void Score(
        IncrementalPass pass, List<MapWindows> waiting, List<int> positions, int? watch, OcclusionActivity? activity, OcclusionMap result)
    {
        using var scope = new TensorScope();
        var all = Probabilities(pass.RunRest(waiting, watch, (index, output) =>
        {
            if (index == watch)
                Scatter(activity!.Read(output), positions, result.Activities);
        }));
        for (var i = 0; i < positions.Count; i++)
        {
            var probabilities = all.AsSpan(i * result.Classes, result.Classes);
            result.Probabilities[positions[i]] = probabilities[result.Class];
            result.Labels[positions[i]] = Best(probabilities);
            if (result.AllProbabilities.Length > 0)
                probabilities.CopyTo(result.AllProbabilities.AsSpan(positions[i] * result.Classes));
        }
        waiting.ForEach(windows => windows.Values.Dispose());
        waiting.Clear();
    }

    private static void Scatter(float[] values, IReadOnlyList<int> positions, float[] map)
    {
        for (var i = 0; i < values.Length; i++)
            map[positions[i]] = values[i];
    }

    private static void Paint(Span<float> picture, Shape shape, PixelBox square, float[] fill)
    {
        int height = (int)shape[1], width = (int)shape[2];
        for (var c = 0; c < fill.Length; c++)
        for (var y = square.Top; y < square.Bottom; y++)
            picture.Slice((c * height + y) * width + square.Left, square.Width).Fill(fill[c]);
    }

    /// <summary>Of class scores [N, classes].</summary>
    private static float[] Probabilities(Tensor scores)
    {
        using var mode = Autograd.NoGrad();
        using var softmax = scores.Softmax();
        var probabilities = Maps.ReadFloat(softmax);
        return Array.Exists(probabilities, float.IsNaN)
            ? throw new InputException("The network's class scores are NaN: the weights or the picture are damaged.")
            : probabilities;
    }

    private static int Best(ReadOnlySpan<float> probabilities)
    {
        var best = 0;
        for (var i = 1; i < probabilities.Length; i++)
            if (probabilities[i] > probabilities[best])
                best = i;
        return best;
    }
}
