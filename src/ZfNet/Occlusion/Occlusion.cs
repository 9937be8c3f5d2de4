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

    /// <summary>Occludes one picture at every position, in batches.</summary>
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
        var watch = Watch(network, options);
        var whole = Look(network, picture.Span, shape, 1, watch, null);
        var classes = whole.Probabilities.Length;
        var label = Best(whole.Probabilities);
        var wanted = options.Class ?? label;
        if (wanted < 0 || wanted >= classes)
            throw new InputException($"There is no class {wanted}: the network has {classes}, 0 to {classes - 1}.");
        var map = watch is null ? 0 : FollowedMap(network[watch.Value].Key, whole.Sums, options.ActivityMap);
        var result = new OcclusionMap(options, shape, classes)
        {
            Class = wanted,
            Probability = whole.Probabilities[wanted],
            Label = label,
            ActivityLayer = watch is { } layer ? network[layer].Key : null,
            ActivityMap = map,
            Activity = watch is null ? 0 : (float)whole.Sums[map],
            Activities = watch is null ? [] : new float[Positions((int)shape[1], options.Square, options.Stride) * Positions((int)shape[2], options.Square, options.Stride)],
        };
        var fill = options.Fill.For(picture.Span, (int)shape[0]);
        var length = picture.Length;
        var total = result.Rows * result.Columns;
        var values = new float[checked(Math.Min(options.BatchSize, total) * length)];
        for (var first = 0; first < total; first += options.BatchSize)
        {
            cancel.ThrowIfCancellationRequested();
            var count = Math.Min(options.BatchSize, total - first);
            for (var i = 0; i < count; i++)
            {
                var one = values.AsSpan(i * length, length);
                picture.Span.CopyTo(one);
                Paint(one, shape, result.SquareAt((first + i) / result.Columns, (first + i) % result.Columns), fill);
            }
            var seen = Look(network, values.AsSpan(0, count * length), shape, count, watch, map);
            for (var i = 0; i < count; i++)
            {
                var probabilities = seen.Probabilities.AsSpan(i * classes, classes);
                result.Probabilities[first + i] = probabilities[wanted];
                result.Labels[first + i] = Best(probabilities);
                if (watch is not null)
                    result.Activities[first + i] = (float)seen.Sums[i];
                if (options.KeepAllProbabilities)
                    probabilities.CopyTo(result.AllProbabilities.AsSpan((first + i) * classes));
            }
            progress?.Report(new WorkProgress(first + count, total));
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

    private static int FollowedMap(string layer, double[] sums, int? asked)
    {
        if (asked is not { } map)
            return Array.IndexOf(sums, sums.Max());
        return map >= 0 && map < sums.Length ? map : throw new InputException($"Layer \"{layer}\" has no map {map}: its maps are 0 to {sums.Length - 1}.");
    }

    private static void Paint(Span<float> picture, Shape shape, PixelBox square, float[] fill)
    {
        int height = (int)shape[1], width = (int)shape[2];
        for (var c = 0; c < fill.Length; c++)
        for (var y = square.Top; y < square.Bottom; y++)
            picture.Slice((c * height + y) * width + square.Left, square.Width).Fill(fill[c]);
    }

    /// <summary>
    /// Probabilities [count * classes] and spatial sums: of every map of a single picture [maps], or of one map [count].
    /// </summary>
    private static (float[] Probabilities, double[] Sums) Look(LayerChain network, ReadOnlySpan<float> pictures, Shape shape, int count, int? watch, int? map)
    {
        using var scope = new TensorScope();
        double[] sums = [];
        var x = network.Input(pictures, [count, .. shape.Sizes]);
        var scores = network.Run(x, network.Count - 1, watch is null ? null : (index, step, _, output, _) =>
        {
            if (index != watch)
                return;
            Maps.CheckMaps(step);
            sums = Sums(map is { } one ? output.Narrow(1, one, 1) : output, map is null ? Maps.Count(output.Shape) : count);
        });
        if (scores.Shape.Rank != 2 || scores.Shape[1] < 1)
            throw new ShapeException("occlude", "the network's output", "class scores [N, classes]", $"shape {scores.Shape}");
        using var mode = Autograd.NoGrad();
        var probabilities = Maps.ReadFloat(scores.Softmax());
        if (Array.Exists(probabilities, float.IsNaN))
            throw new InputException("The network's class scores are NaN: the weights or the picture are damaged.");
        return (probabilities, sums);
    }

    private static double[] Sums(Tensor planes, int count)
    {
        var values = Maps.Read(planes);
        var sums = new double[count];
        for (var i = 0; i < values.Length; i++)
            sums[i / (values.Length / count)] += values[i];
        return sums;
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
