using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Seeing;

/// <summary>A projection over whole planes, by nothing but the ops: what windows must equal bit for bit.</summary>
internal static class DenseWalk
{
    /// <summary>The image [1, C, H, W] of one seed.</summary>
    public static Tensor Project(Recording recording, Seed seed, ProjectionOptions options)
    {
        using var mode = Autograd.NoGrad();
        var layer = recording.Kept(seed.Layer);
        var current = Seeded(recording.Activations[layer], seed, options);
        if (options.Rectifies && recording.IsRectifiedNext(layer))
            current = current.ReLU();
        for (var i = layer; i >= 0; i--)
            current = Back(recording, i, current, seed.Picture, options);
        return current;
    }

    private static Tensor Seeded(Tensor activations, Seed seed, ProjectionOptions options)
    {
        var own = activations.Narrow(0, seed.Picture, 1);
        var values = own.DType == DType.Float64 ? own.ToArray<double>() : Array.ConvertAll(own.ToArray<float>(), value => (double)value);
        var plane = own.Shape.Rank == 4 ? (int)(own.Shape[2] * own.Shape[3]) : 1;
        var map = values.AsSpan(seed.Map * plane, plane).ToArray();
        var unit = seed.Kind == SeedKind.Unit ? seed.Y * (own.Shape.Rank == 4 ? (int)own.Shape[3] : 1) + seed.X : Array.IndexOf(map, map.Max());
        var seeded = new double[values.Length];
        for (var i = 0; i < plane; i++)
            if (seed.Kind == SeedKind.WholeMap || i == unit)
                seeded[seed.Map * plane + i] = options.Seed == SeedValue.One ? 1 : map[i];
        return own.DType == DType.Float64
            ? Tensor.From(seeded, own.Shape, own.Device)
            : Tensor.From(Array.ConvertAll(seeded, value => (float)value), own.Shape, own.Device);
    }

    private static Tensor Back(Recording recording, int i, Tensor current, int picture, ProjectionOptions options)
    {
        var (_, kind, input, _) = recording.Steps[i];
        Tensor Own(Tensor recorded) => recorded.Narrow(0, picture, 1);
        Pair Plane() => new((int)input[2], (int)input[3]);
        return kind switch
        {
            Conv2d conv => current.ConvTranspose2d(
                conv.Weight, null, conv.Stride, conv.Padding, OutputPadding(conv, current.Shape, input), conv.Dilation, conv.Groups),
            Linear linear => current.LinearTranspose(linear.Weight),
            ReLU when options.Rule == ReLURule.Deconvnet => current.ReLU(),
            ReLU => current.ReLUBackward(Own(recording.RectifierOutputs[i]), options.Rule),
            LocalResponseNorm norm when options.Norm == NormRule.Gradient => current.LocalResponseNormBackward(
                Own(recording.NormInputs[i]), norm.Size, norm.Alpha, norm.Beta, norm.K, norm.AcrossChannels),
            MaxPool2d => current.MaxUnpool2d(Own(recording.Switches[i]), Plane(), options.EffectiveUnpool),
            AvgPool2d pool when options.Rule == ReLURule.Deconvnet =>
                current.AvgUnpool2d(Plane(), pool.Kernel, pool.Stride, pool.Padding, pool.CeilMode, options.EffectiveUnpool),
            AvgPool2d pool =>
                current.AvgPool2dBackward(Plane(), pool.Kernel, pool.Stride, pool.Padding, pool.CeilMode, pool.CountIncludePad),
            Flatten => current.Reshape([1, .. input.Sizes[1..]]),
            _ => current,
        };
    }

    /// <summary>The rows and columns of the input that no window reached, because the stride did not divide.</summary>
    private static Pair OutputPadding(Conv2d conv, Shape output, Shape input)
    {
        return new Pair(
            One(input[2], output[2], conv.Kernel.H, conv.Stride.H, conv.Padding.H, conv.Dilation.H),
            One(input[3], output[3], conv.Kernel.W, conv.Stride.W, conv.Padding.W, conv.Dilation.W));

        static int One(long size, long windows, int kernel, int stride, int padding, int dilation) =>
            (int)(size - ((windows - 1) * stride - 2L * padding + (long)dilation * (kernel - 1) + 1));
    }
}
