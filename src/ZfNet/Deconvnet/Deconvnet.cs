using System.Buffers;
using System.Numerics;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet;

/// <summary>
/// Zeiler and Fergus's deconvnet (paper, section 2.1): an activation goes back down through the layers that made it, by
/// unpooling at the recorded switches, rectifying, and filtering with the transposed filters, until it reaches the pixels.
/// Only what the activation sees is computed; the rest of every layer is zero.
/// </summary>
public static class Deconvnet
{
    /// <summary>
    /// Projects activations of any recorded layer down to pixels. What is seeded is the output of the seed's layer, and the
    /// way down starts with that layer itself: a seed at "relu5" first passes that rectifier by the rule, a seed at "conv5"
    /// is rectified instead where <see cref="ProjectionOptions.RectifySeed"/> says so. Convolutions and linear layers pass
    /// by their transposed weights without bias, max-pooling by its switches, average pooling by filling its windows
    /// (deconvnet rule) or by its gradient (the other two), flattening by reshaping; dropout passes unchanged. The last step,
    /// to the pixels, has no rectifier, so that pixels are signed.
    /// </summary>
    /// <param name="recording">A forward pass that kept the seeded layers and what the options need.</param>
    /// <param name="seeds">Where to start; layers, maps and pictures may be mixed. At least one.</param>
    /// <param name="options">Rules; null takes the paper's.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <returns>One image for each seed, in their order; the caller disposes it.</returns>
    /// <exception cref="InputException">A seed names no layer, map, unit or picture, or a layer that was not kept.</exception>
    /// <exception cref="InvalidOperationException">The recording did not keep what the rule needs.</exception>
    /// <exception cref="NotSupportedException">A layer on the way down is of a kind that the deconvnet does not know.</exception>
    public static Projections Project(
        Recording recording, IReadOnlyList<Seed> seeds, ProjectionOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(recording);
        ArgumentNullException.ThrowIfNull(seeds);
        options ??= ProjectionOptions.Deconvnet;
        if (seeds.Count == 0)
            throw new InputException("There is nothing to project: no seed was given.");
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1, nameof(options));

        using var mode = Autograd.NoGrad();
        using var scope = new TensorScope();
        var way = new WayDown(recording, options);
        var starts = seeds.Select(seed => Start.Of(recording, seed)).ToArray();
        foreach (var layer in starts.Select(start => start.Layer).Distinct())
            way.Check(layer);
        var routes = Array.ConvertAll(starts, start => new Route(recording.Steps, start, options.EffectiveUnpool));

        var shape = recording.InputShape;
        var first = recording.Activations.Values.First();
        var images = Tensor.Zeros([seeds.Count, shape[1], shape[2], shape[3]], first.DType, first.Device);
        var items = new Projection[seeds.Count];
        foreach (var group in Enumerable.Range(0, seeds.Count).GroupBy(i => routes[i].Key))
        foreach (var places in group.Chunk(options.BatchSize))
        {
            cancel.ThrowIfCancellationRequested();
            using var inner = new TensorScope();
            var batch = Array.ConvertAll(places, place => routes[place]);
            var pixels = batch[0].IsEmpty ? null : way.Run(batch);
            var zero = images.DType == DType.Float64 ? Paint<double>(pixels, batch, places, images) : Paint<float>(pixels, batch, places, images);
            for (var row = 0; row < places.Length; row++)
                items[places[row]] = Item(recording, batch[row], zero[row]);
        }
        return new Projections(scope.Keep(images), items);
    }

    /// <summary>Writes a batch's windows into its images, which are zero.</summary>
    /// <param name="pixels">The windows [routes, C, h, w]; null for seeds that see no pixel.</param>
    /// <param name="routes">Their routes.</param>
    /// <param name="places">Which images.</param>
    /// <param name="images">All images.</param>
    /// <returns>For each whether every pixel is zero.</returns>
    private static bool[] Paint<T>(Tensor? pixels, Route[] routes, int[] places, Tensor images)
        where T : unmanaged, INumberBase<T>
    {
        var zero = new bool[routes.Length];
        if (pixels is null)
        {
            Array.Fill(zero, true);
            return zero;
        }
        // Large arrays of the host are rented: fresh ones cost more than what they carry.
        var values = ArrayPool<T>.Shared.Rent(checked((int)pixels.Count));
        var all = values.AsSpan(0, (int)pixels.Count);
        pixels.CopyTo(all);
        var length = all.Length / routes.Length;
        for (var row = 0; row < routes.Length; row++)
        {
            zero[row] = !all.Slice(row * length, length).ContainsAnyExcept(T.Zero);
            using var image = images.Narrow(0, places[row], 1);
            using var target = Windows.Cut(image, Window.Whole(images.Shape), routes[row][0]);
            using var own = pixels.Narrow(0, row, 1);
            target.CopyFrom(own);
        }
        ArrayPool<T>.Shared.Return(values);
        return zero;
    }

    private static Projection Item(Recording recording, Route route, bool isZero)
    {
        var start = route.Start;
        return new Projection(
            start.Seed, start.Y, start.X, start.Activation, isZero,
            ReceptiveFields.Of(recording.Steps, start.Layer, start.Unit, clip: false), route[0].ToPixelBox());
    }

    /// <summary>A seed found in the recording.</summary>
    internal readonly record struct Start(Seed Seed, int Layer, int Y, int X, double Activation)
    {
        /// <summary>The unit, or null for a whole map.</summary>
        public (int Y, int X)? Unit => Seed.Kind == SeedKind.WholeMap ? null : (Y, X);

        public static Start Of(Recording recording, Seed seed)
        {
            ArgumentNullException.ThrowIfNull(seed);
            var layer = recording.Kept(seed.Layer);
            var step = recording.Steps[layer];
            Maps.CheckMap(step, seed.Map);
            if (seed.Picture < 0 || seed.Picture >= recording.Pictures)
                throw new InputException($"There is no picture {seed.Picture} in the recording: its pictures are 0 to {recording.Pictures - 1}.");
            using var plane = Maps.Plane(recording.Activations[layer], seed.Picture, seed.Map);
            var values = Maps.Read(plane);
            var (_, width) = Maps.Size(step.Output);
            var place = 0;
            if (seed.Kind == SeedKind.Unit)
            {
                Maps.CheckUnit(step, seed.Y, seed.X);
                place = seed.Y * width + seed.X;
            }
            else
                for (var i = 1; i < values.Length; i++)
                    if (values[i] > values[place] || (double.IsNaN(values[i]) && !double.IsNaN(values[place])))
                        place = i;
            return new Start(seed, layer, place / width, place % width, values[place]);
        }
    }
}
