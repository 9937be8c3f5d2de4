using ZfNet.Engine;

namespace ZfNet.Peers;

/// <summary>
/// Units of conv5 to pixels (the paper's deconvnet), the forward pass recorded beforehand, beside the gradient of the same
/// units over whole planes by our own autograd: what other engines do.
/// </summary>
internal sealed class ProjectionRace : IDisposable
{
    /// <summary>libtorch 2.10's dense gradient of one conv5 unit of the wide network, and the peak of that machine in GFLOP/s.
    /// It is not run here.</summary>
    private const double Peer = 103, PeerPeak = 230;

    private const string Layer = "conv5";

    private readonly Network network;
    private readonly Tensor picture;
    private readonly int rounds;

    public ProjectionRace(NetworkSpec spec, int threads, int rounds)
    {
        this.rounds = rounds;
        network = Network.Create(spec, seed: 1, device: Device.CreateCpu(threads));
        network.Training = false;
        foreach (var (_, parameter) in network.Parameters)
            parameter.RequiresGrad = false;
        var random = new Random(3);
        var x = new float[spec.Channels * spec.Height * spec.Width];
        for (var i = 0; i < x.Length; i++)
            x[i] = random.NextSingle() * 4 - 2;
        picture = Tensor.From(x, [1, spec.Channels, spec.Height, spec.Width], network.Device);
        Console.WriteLine($"{spec.Name}, {Layer}, {threads} threads");
    }

    /// <summary>Prints the medians of one unit, of the strongest unit of every map, and of the dense gradient.</summary>
    public void Run(double peak)
    {
        Verify();
        using var recording = Recording.Record(network, picture, RecordingOptions.For(ProjectionOptions.Deconvnet, Layer));
        var all = Enumerable.Range(0, (int)recording.Activation(Layer).Shape[1]).Select(map => Seed.StrongestUnit(Layer, map)).ToArray();
        var one = Inner(recording, all);
        void Project(Seed[] seeds) => Deconvnet.Project(recording, seeds).Dispose();
        // The first passes pack the filters; packed ones are kept.
        for (var i = 0; i < 3; i++)
            Project([one]);
        var single = Timing.Median(Timing.Interleave(4 * rounds, () => Project([one]))[0]);
        var many = Timing.Median(Timing.Interleave(rounds, () => Project(all))[0]);
        var dense = Timing.Median(Dense(one));
        var scaled = Peer * PeerPeak / peak;
        Console.WriteLine($"one unit ({one}): {single:F2} ms; our dense gradient {dense:F1} ms, ratio 1/{dense / single:F0}; "
            + $"libtorch's {Peer} ms at {PeerPeak} GFLOP/s, by the probe {scaled:F0} ms here, ratio 1/{scaled / single:F0}");
        Console.WriteLine($"{all.Length} strongest units: {many / 1000:F3} s, {many / all.Length:F2} ms each; our dense gradient 1/{dense * all.Length / many:F0}, "
            + $"libtorch's by the probe 1/{scaled * all.Length / many:F0}");
    }

    /// <summary>A strongest unit that lies away from the edge, where its receptive field is whole.</summary>
    private static Seed Inner(Recording recording, Seed[] seeds)
    {
        using var projections = Deconvnet.Project(recording, seeds);
        return projections.Items.First(item => item.Activation > 0 && item.Patch == item.ReceptiveField).Seed;
    }

    /// <summary>The gradient rule must find what autograd finds, or there is nothing to time.</summary>
    private void Verify()
    {
        using var scope = new TensorScope();
        using var recording = Recording.Record(network, picture, RecordingOptions.For(ProjectionOptions.Gradient, Layer));
        using var projections = Deconvnet.Project(
            recording, [Seed.StrongestUnit(Layer, 0)], ProjectionOptions.Gradient with { Seed = SeedValue.One });
        var item = projections.Items[0];
        var (output, input) = Forward();
        Backward(output, item);
        var (ours, theirs) = (projections.Image(0), input.Grad!.ToArray<float>());
        var worst = ours.Zip(theirs, (a, b) => MathF.Abs(a - b)).Max();
        // Winograd's rounding on one side only, four layers deep.
        if (!(worst <= 1e-4f * theirs.Max(MathF.Abs)))
            throw new InvalidOperationException($"The projection differs from the gradient by {worst}: nothing to time.");
    }

    private double[] Dense(Seed seed)
    {
        using var scope = new TensorScope();
        using var recording = Recording.Record(network, picture, new() { Layers = [Layer] });
        using var projections = Deconvnet.Project(recording, [seed]);
        var times = new List<double>();
        for (var round = 0; round <= rounds; round++)
        {
            using var inner = new TensorScope();
            var (output, _) = Forward();
            var start = System.Diagnostics.Stopwatch.GetTimestamp();
            Backward(output, projections.Items[0]);
            if (round > 0)
                times.Add(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return [.. times.Order()];
    }

    private (Tensor Output, Tensor Input) Forward()
    {
        var input = picture.Clone();
        input.RequiresGrad = true;
        var current = input;
        foreach (var layer in network.Plan.Layers)
        {
            current = network.Layer(layer.Name).Forward(current);
            if (layer.Alias == Layer)
                break;
        }
        return (current, input);
    }

    private static void Backward(Tensor output, Projection item)
    {
        var upstream = Tensor.Zeros(output.Shape, output.DType, output.Device);
        upstream.Narrow(1, item.Seed.Map, 1).Narrow(2, item.Y, 1).Narrow(3, item.X, 1).Fill(1);
        output.Backward(upstream);
    }

    public void Dispose()
    {
        picture.Dispose();
        network.Dispose();
    }
}
