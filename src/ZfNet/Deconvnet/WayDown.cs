using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet;

/// <summary>
/// The deconvnet's steps: from a batch of seeds to pixels, each only in the window that its route reaches. Every window
/// holds exactly the values that a walk over whole planes has there.
/// </summary>
internal sealed class WayDown(Recording recording, ProjectionOptions options)
{
    /// <summary>Refuses, before any work, a way that cannot be gone.</summary>
    public void Check(int layer)
    {
        for (var i = layer; i >= 0; i--)
        {
            var (name, kind, _, _) = recording.Steps[i];
            switch (kind)
            {
                case ReLU when options.Rule != ReLURule.Deconvnet && !recording.RectifierOutputs.ContainsKey(i):
                    throw new InvalidOperationException(
                        $"The recording kept no rectifier outputs, which the rule {options.Rule} needs: record with KeepRectifiers.");
                case LocalResponseNorm when options.Norm == NormRule.Gradient && !recording.NormInputs.ContainsKey(i):
                    throw new InvalidOperationException(
                        "The recording kept no inputs of local response normalisation, which its gradient needs: record with KeepNormInputs.");
                case Conv2d or Linear or ReLU or LocalResponseNorm or MaxPool2d or AvgPool2d or Flatten or Dropout:
                    break;
                default:
                    throw new NotSupportedException(
                        $"The deconvnet knows no way back through layer \"{name}\", a {kind.GetType().Name}.");
            }
        }
    }

    /// <summary>All routes have one key.</summary>
    /// <returns>The pixels of the routes' last windows, [routes, C, h, w].</returns>
    public Tensor Run(Route[] routes)
    {
        var layer = routes[0].Start.Layer;
        var current = Seeds(routes, layer);
        for (var i = layer; i >= 0; i--)
        {
            var below = Back(i, current, routes);
            if (below != current)
                current.Dispose();
            current = below;
        }
        return current;
    }

    private Tensor Seeds(Route[] routes, int layer)
    {
        var activations = recording.Activations[layer];
        Shape shape = activations.Shape.Rank == 4
            ? [routes.Length, activations.Shape[1], routes[0][layer + 1].Height, routes[0][layer + 1].Width]
            : [routes.Length, activations.Shape[1]];
        var seeds = Tensor.Zeros(shape, activations.DType, activations.Device);
        for (var row = 0; row < routes.Length; row++)
        {
            var start = routes[row].Start;
            using var plane = Maps.Plane(seeds, row, start.Seed.Map);
            if (options.Seed == SeedValue.One)
                plane.Fill(1);
            else if (start.Seed.Kind != SeedKind.WholeMap)
                plane.Fill(start.Activation);
            else
            {
                using var recorded = Maps.Plane(activations, start.Seed.Picture, start.Seed.Map);
                plane.CopyFrom(recorded);
            }
        }
        return options.Rectifies && recording.IsRectifiedNext(layer) ? seeds.ReLU() : seeds;
    }

    private Tensor Back(int i, Tensor current, Route[] routes)
    {
        var (_, kind, input, _) = recording.Steps[i];
        switch (kind)
        {
            case Conv2d conv:
                return Filter(conv, current, routes[0][i + 1], routes[0][i]);
            case Linear linear:
                return current.LinearTranspose(linear.Weight);
            case ReLU:
                return options.Rule == ReLURule.Deconvnet
                    ? current.ReLU()
                    : current.ReLUBackward(Recorded(recording.RectifierOutputs[i], routes, i), options.Rule);
            case LocalResponseNorm norm when options.Norm == NormRule.Gradient && norm.AcrossChannels:
                return Normalise(norm, current, Recorded(recording.NormInputs[i], routes, i));
            case LocalResponseNorm norm when options.Norm == NormRule.Gradient:
                return OnWholePlanes(i, current, routes, whole =>
                    Normalise(norm, whole, Windows.Take(recording.NormInputs[i], Pictures(routes), All(routes, Window.Whole(input)))));
            case LocalResponseNorm:
                // Passed unchanged, though within a channel its window is wider.
                return Windows.Place(current, At(routes, i + 1), At(routes, i));
            case MaxPool2d pool:
                return Unpool(pool, i, current, routes);
            case AvgPool2d pool when options.Rule == ReLURule.Deconvnet:
                return OnWholePlanes(i, current, routes, whole =>
                    whole.AvgUnpool2d(Plane(input), pool.Kernel, pool.Stride, pool.Padding, pool.CeilMode, options.EffectiveUnpool));
            case AvgPool2d pool:
                return OnWholePlanes(i, current, routes, whole =>
                    whole.AvgPool2dBackward(Plane(input), pool.Kernel, pool.Stride, pool.Padding, pool.CeilMode, pool.CountIncludePad));
            case Flatten:
                return current.Reshape([routes.Length, .. input.Sizes[1..]]);
            default:
                return current;
        }
    }

    /// <summary>The transposed convolution; what it reaches outside the plane is cut.</summary>
    private static Tensor Filter(Conv2d conv, Tensor current, Window from, Window to)
    {
        var reach = SlidingWindow.Of(conv)!.Value.Below(from);
        var padding = new Pair(
            Math.Min(to.Top - reach.Top, reach.Bottom - to.Bottom), Math.Min(to.Left - reach.Left, reach.Right - to.Right));
        using var filtered = current.ConvTranspose2d(conv.Weight, null, conv.Stride, padding, null, conv.Dilation, conv.Groups);
        return Windows.Cut(filtered, reach.Grow(new(-padding.H, -padding.W)), to);
    }

    private Tensor Unpool(MaxPool2d pool, int i, Tensor current, Route[] routes)
    {
        var step = recording.Steps[i];
        var mode = options.EffectiveUnpool;
        var around = Array.ConvertAll(routes, route => Route.Unpooling(step, pool, route[i + 1], mode));
        Window[] grown = Array.ConvertAll(around, pair => pair.Grown), planes = Array.ConvertAll(around, pair => pair.Plane);
        using var pooled = Windows.Place(current, At(routes, i + 1), grown);
        using var recorded = Windows.Take(recording.Switches[i], Pictures(routes), grown);
        using var switches = planes[0] == Window.Whole(step.Input)
            ? recorded.Detach()
            : SwitchWindows.Move(recorded, pool, grown, planes, Plane(step.Input).W);
        using var unpooled = pooled.MaxUnpool2d(switches, new Pair(planes[0].Height, planes[0].Width), mode);
        return Windows.Cut(unpooled, planes[0], routes[0][i]);
    }

    /// <summary>An op that mixes neighbours by where they lie in the plane: it gets whole planes, zero outside the windows.</summary>
    private Tensor OnWholePlanes(int i, Tensor current, Route[] routes, Func<Tensor, Tensor> op)
    {
        using var whole = Windows.Place(current, At(routes, i + 1), All(routes, Window.Whole(recording.Steps[i].Output)));
        using var below = op(whole);
        return Windows.Take(below, [.. Enumerable.Range(0, routes.Length)], At(routes, i));
    }

    private static Tensor Normalise(LocalResponseNorm norm, Tensor current, Tensor input) =>
        current.LocalResponseNormBackward(input, norm.Size, norm.Alpha, norm.Beta, norm.K, norm.AcrossChannels);

    /// <summary>What was recorded in the routes' windows of a layer's input, which is of the output's size too.</summary>
    private static Tensor Recorded(Tensor recorded, Route[] routes, int i) => Windows.Take(recorded, Pictures(routes), At(routes, i));

    private static Window[] At(Route[] routes, int i) => Array.ConvertAll(routes, route => route[i]);

    private static Window[] All(Route[] routes, Window window) => Array.ConvertAll(routes, _ => window);

    private static int[] Pictures(Route[] routes) => Array.ConvertAll(routes, route => route.Start.Seed.Picture);

    private static Pair Plane(Shape shape) => new(checked((int)shape[2]), checked((int)shape[3]));
}
