using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet;

/// <summary>The deconvnet's steps: from a batch of seeds at one layer to pixels.</summary>
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

    /// <summary>All starts are at one layer.</summary>
    /// <returns>Pixels [starts, C, H, W].</returns>
    public Tensor Run(Deconvnet.Start[] starts)
    {
        var layer = starts[0].Layer;
        var pictures = Array.ConvertAll(starts, start => start.Seed.Picture);
        var current = Seeds(starts, layer);
        for (var i = layer; i >= 0; i--)
        {
            var below = Back(i, current, pictures);
            if (below != current)
                current.Dispose();
            current = below;
        }
        return current;
    }

    private Tensor Seeds(Deconvnet.Start[] starts, int layer)
    {
        var activations = recording.Activations[layer];
        var shape = recording.Steps[layer].Output;
        var seeds = Tensor.Zeros([starts.Length, .. shape.Sizes[1..]], activations.DType, activations.Device);
        for (var row = 0; row < starts.Length; row++)
        {
            var start = starts[row];
            using var plane = Maps.Plane(seeds, row, start.Seed.Map);
            var one = options.Seed == SeedValue.One;
            if (start.Seed.Kind != SeedKind.WholeMap)
                Cell(plane, start).Fill(one ? 1 : start.Activation);
            else if (one)
                plane.Fill(1);
            else
            {
                using var recorded = Maps.Plane(activations, start.Seed.Picture, start.Seed.Map);
                plane.CopyFrom(recorded);
            }
        }
        return options.Rectifies && recording.IsRectifiedNext(layer) ? seeds.ReLU() : seeds;
    }

    private static Tensor Cell(Tensor plane, in Deconvnet.Start start) =>
        plane.Shape.Rank == 4 ? plane.Narrow(2, start.Y, 1).Narrow(3, start.X, 1) : plane;

    private Tensor Back(int i, Tensor current, int[] pictures)
    {
        var (_, kind, input, _) = recording.Steps[i];
        switch (kind)
        {
            case Conv2d conv:
                return current.ConvTranspose2d(
                    conv.Weight, null, conv.Stride, conv.Padding, OutputPadding(conv, current.Shape, input), conv.Dilation, conv.Groups);
            case Linear linear:
                return current.LinearTranspose(linear.Weight);
            case ReLU:
                return options.Rule == ReLURule.Deconvnet
                    ? current.ReLU()
                    : current.ReLUBackward(Gather(recording.RectifierOutputs[i], pictures), options.Rule);
            case LocalResponseNorm norm when options.Norm == NormRule.Gradient:
                return current.LocalResponseNormBackward(
                    Gather(recording.NormInputs[i], pictures), norm.Size, norm.Alpha, norm.Beta, norm.K, norm.AcrossChannels);
            case MaxPool2d:
                return current.MaxUnpool2d(Gather(recording.Switches[i], pictures), Plane(input), options.EffectiveUnpool);
            case AvgPool2d pool when options.Rule == ReLURule.Deconvnet:
                return current.AvgUnpool2d(Plane(input), pool.Kernel, pool.Stride, pool.Padding, pool.CeilMode, options.EffectiveUnpool);
            case AvgPool2d pool:
                return current.AvgPool2dBackward(Plane(input), pool.Kernel, pool.Stride, pool.Padding, pool.CeilMode, pool.CountIncludePad);
            case Flatten:
                return current.Reshape([pictures.Length, .. input.Sizes[1..]]);
            default:
                return current;
        }
    }

    /// <summary>The rows and columns of the input that no window reached, because the stride did not divide.</summary>
    private static Pair OutputPadding(Conv2d conv, Shape output, Shape input)
    {
        return new Pair(
            One(input[2], output[2], conv.Kernel.H, conv.Stride.H, conv.Padding.H, conv.Dilation.H),
            One(input[3], output[3], conv.Kernel.W, conv.Stride.W, conv.Padding.W, conv.Dilation.W));

        static int One(long size, long windows, int kernel, int stride, int padding, int dilation) =>
            checked((int)(size - ((windows - 1) * stride - 2L * padding + (long)dilation * (kernel - 1) + 1)));
    }

    private static Pair Plane(Shape shape) => new(checked((int)shape[2]), checked((int)shape[3]));

    /// <summary>The recorded rows of the given pictures, in their order.</summary>
    private static Tensor Gather(Tensor recorded, int[] pictures)
    {
        if (recorded.Shape[0] == pictures.Length && pictures.Index().All(pair => pair.Index == pair.Item))
            return recorded;
        Shape shape = [pictures.Length, .. recorded.Shape.Sizes[1..]];
        if (recorded.Shape[0] == 1)
            return recorded.Expand(shape).Contiguous();
        var gathered = Tensor.Empty(shape, recorded.DType, recorded.Device);
        for (var row = 0; row < pictures.Length; row++)
        {
            using var from = recorded.Narrow(0, pictures[row], 1);
            using var to = gathered.Narrow(0, row, 1);
            to.CopyFrom(from);
        }
        return gathered;
    }
}
