using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>The wide network's forward pass, ours against ONNX Runtime's, interleaved; and the occlusion workload.</summary>
internal sealed class ForwardRace : IDisposable
{
    private readonly Network _network;
    private readonly OnnxPeer _peer;
    private readonly int _rounds;

    public ForwardRace(NetworkSpec spec, int threads, int rounds)
    {
        _network = Network.Create(spec, seed: 1, device: Device.CreateCpu(threads));
        _network.Training = false;
        _peer = new OnnxPeer(_network, threads);
        _rounds = rounds;
        Console.WriteLine($"{spec.Name}, {_network.Plan.Flops / 1e9:F2} GFLOP an image, {threads} threads, ONNX Runtime {OnnxPeer.Version}");
    }

    /// <summary>Prints the medians of both at one batch size.</summary>
    public void Forward(int batch)
    {
        var (x, shape) = Pictures(batch);
        float[] ours = new float[batch * _network.Spec.Classes], theirs = new float[ours.Length];
        using var input = Tensor.From(x, [batch, shape[1], shape[2], shape[3]], _network.Device);
        var times = Timing.Interleave(_rounds, () => Run(input, ours), () => _peer.Run(x, shape, theirs));
        Compare(ours, theirs);
        double mine = Timing.Median(times[0]) / batch, peer = Timing.Median(times[1]) / batch;
        Console.WriteLine(
            $"forward batch {batch}: ZfNet {mine:F1} ms an image ({_network.Plan.Flops / mine / 1e6:F0} GFLOP/s), "
            + $"ONNX Runtime {peer:F1} ms ({_network.Plan.Flops / peer / 1e6:F0} GFLOP/s), ratio of medians {mine / peer:F3}, "
            + $"of best {times[0][0] / times[1][0]:F3}");
    }

    /// <summary>
    /// The occlusion map of Fig. 7, square 32, stride 8: the product's own <see cref="ZfNet.Occlusion"/> over all positions against
    /// brute force by the peer over <paramref name="positions"/> of them, spread over the map and scaled to all; medians, in
    /// turn. The peer's answers check ours.
    /// </summary>
    public void Occlusion(int positions)
    {
        var options = new OcclusionOptions { Fill = OcclusionFill.Zero, KeepAllProbabilities = true };
        var (picture, shape) = Pictures(1);
        Shape one = [shape[1], shape[2], shape[3]];
        var map = ZfNet.Occlusion.Run(_network, picture, one, options);
        var all = map.Rows * map.Columns;
        var batches = Math.Max(1, Math.Min(positions, all) / options.BatchSize);
        var asked = batches * options.BatchSize;
        int[] places = [.. Enumerable.Range(0, asked).Select(i => (int)((long)i * all / asked))];
        var occluded = places
            .Select(place => ZfNet.Occlusion.Occlude(picture, one, map.SquareAt(place / map.Columns, place % map.Columns), options.Fill))
            .Chunk(options.BatchSize).Select(batch => batch.SelectMany(values => values).ToArray()).ToArray();
        var scores = new float[batches][];
        for (var batch = 0; batch < batches; batch++)
            scores[batch] = new float[options.BatchSize * map.Classes];
        var times = Timing.Interleave(
            _rounds, () => ZfNet.Occlusion.Run(_network, picture, one, options), () =>
            {
                for (var batch = 0; batch < batches; batch++)
                    _peer.Run(occluded[batch], [options.BatchSize, shape[1], shape[2], shape[3]], scores[batch]);
            });
        var theirs = scores.SelectMany(batch => batch).Chunk(map.Classes).SelectMany(Softmax).ToArray();
        Compare([.. places.SelectMany(place => map.AllProbabilityGrid.Skip(place * map.Classes).Take(map.Classes))], theirs);
        double mine = Timing.Median(times[0]) / 1000, brute = Timing.Median(times[1]) / 1000 * all / asked;
        Console.WriteLine(
            $"occlusion, {all} positions, batch {options.BatchSize}: ZfNet {mine:F1} s, ONNX Runtime by brute force {brute:F1} s ({asked} positions run), "
            + $"ratio {mine / brute:F3}; medians of {_rounds}; most CPU memory of our tensors {CpuBackend.Memory.PeakInUse / 1e9:F2} GB");
    }

    private static IEnumerable<float> Softmax(float[] scores)
    {
        var largest = scores.Max();
        var sum = scores.Sum(score => Math.Exp(score - largest));
        return scores.Select(score => (float)(Math.Exp(score - largest) / sum));
    }

    /// <summary>Where our time goes: the median of every layer's forward pass.</summary>
    public void Profile(int batch)
    {
        var (x, shape) = Pictures(batch);
        using var noGrad = Autograd.NoGrad();
        using var scope = new TensorScope();
        var current = Tensor.From(x, [batch, shape[1], shape[2], shape[3]], _network.Device);
        foreach (var layer in _network.Plan.Layers)
        {
            if (layer.Spec is LinearSpec && current.Shape.Rank == 4)
                current = current.Flatten();
            var input = current;
            var times = Timing.Interleave(_rounds, () =>
            {
                using var inner = new TensorScope();
                var next = _network.Layer(layer.Name).Forward(input);
                if (next != input)
                    next.Dispose();
            })[0];
            current = _network.Layer(layer.Name).Forward(input);
            var median = Timing.Median(times);
            var rate = layer.Spec is ConvSpec or LinearSpec ? $"{layer.Flops * batch / median / 1e6:F1} GFLOP/s" : "";
            Console.WriteLine($"batch {batch}  {layer.Alias,-10} median {median,8:F2} ms  best {times[0],8:F2} ms  {rate}");
        }
    }

    private void Run(Tensor input, float[] scores)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = new TensorScope();
        _network.Forward(input).CopyTo<float>(scores);
    }

    private (float[] X, long[] Shape) Pictures(int batch)
    {
        var spec = _network.Spec;
        var random = new Random(3);
        var x = new float[batch * spec.Channels * spec.Height * spec.Width];
        for (var i = 0; i < x.Length; i++)
            x[i] = random.NextSingle() * 4 - 2;
        return (x, [batch, spec.Channels, spec.Height, spec.Width]);
    }

    private static void Compare(float[] ours, float[] theirs)
    {
        var largest = theirs.Max(MathF.Abs);
        var worst = ours.Zip(theirs, (a, b) => MathF.Abs(a - b)).Max();
        // Two correct float32 networks of this depth differ by some 1e-6 of the largest score.
        if (!(worst <= 1e-4f * largest))
            throw new InvalidOperationException($"The outputs differ by {worst} where the largest score is {largest}: nothing to time.");
    }

    public void Dispose()
    {
        _peer.Dispose();
        _network.Dispose();
    }
}
