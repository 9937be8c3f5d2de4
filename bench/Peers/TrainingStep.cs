using System.Diagnostics;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>One training step (forward, cross-entropy, backward, SGD with momentum) against the floor of its arithmetic.</summary>
internal static class TrainingStep
{
    /// <returns>Pictures a second.</returns>
    public static double Run(NetworkSpec spec, int threads, int batch, int rounds, double peak)
    {
        using var device = Device.CreateCpu(threads);
        using var network = Network.Create(spec, seed: 1, device: device);
        using var optimiser = new Sgd(network.Parameters, 0.01, 0.9, 5e-4);
        var random = new Random(5);
        var pixels = new float[batch * spec.Channels * spec.Height * spec.Width];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = random.NextSingle() * 4 - 2;
        using var x = Tensor.From(pixels, [batch, spec.Channels, spec.Height, spec.Width], device);
        using var labels = Tensor.From(Enumerable.Range(0, batch).ToArray(), [batch], device);
        var parts = new double[3];
        double loss = 0;
        void Step()
        {
            using var scope = new TensorScope();
            var start = Stopwatch.GetTimestamp();
            var value = network.Forward(x).CrossEntropy(labels);
            loss = value.Item();
            var forward = Stopwatch.GetTimestamp();
            value.Backward();
            var backward = Stopwatch.GetTimestamp();
            optimiser.Step();
            optimiser.ZeroGrad();
            parts = [.. new[] { (start, forward), (forward, backward), (backward, Stopwatch.GetTimestamp()) }
                .Select(pair => Stopwatch.GetElapsedTime(pair.Item1, pair.Item2).TotalSeconds)];
        }
        // The second step is the first without fresh memory.
        Step();
        var times = Timing.Interleave(rounds, Step)[0];
        var steady = Allocations.Of(Step);
        var floor = 3.0 * network.Plan.Flops * batch / (peak * 1e9);
        var median = Timing.Median(times) / 1000;
        Console.WriteLine(
            $"training step batch {batch}: median {median:F2} s, best {times[0] / 1000:F2} s; floor {3.0 * network.Plan.Flops * batch / 1e9:F0} GFLOP at peak "
            + $"{floor:F2} s; ratio {median / floor:F2} (best {times[0] / 1000 / floor:F2}); last step forward {parts[0]:F2}, backward {parts[1]:F2}, "
            + $"update {parts[2]:F2} s; loss {loss:F3}; peak CPU memory {CpuBackend.Memory.PeakInUse / 1e9:F2} GB; "
            + $"one more step allocates {steady}");
        using (var graph = new DeviceGraph(device, inputs =>
        {
            var value = network.Forward(inputs[0]).CrossEntropy(inputs[1]);
            value.Backward();
            optimiser.Step();
            optimiser.ZeroGrad();
            return [value];
        }))
        {
            for (var run = 0; run < 3; run++)
                graph.Run(x, labels);
            var turns = Timing.Interleave(rounds, Step, () => graph.Run(x, labels)[0].Item());
            var recorded = Allocations.Of(() => graph.Run(x, labels));
            Console.WriteLine(
                $"recorded (DeviceGraph), in turn with a called one: {Timing.Median(turns[1]) / 1000:F2} and {Timing.Median(turns[0]) / 1000:F2} s; "
                + $"a step allocates {recorded}");
        }
        return batch / median;
    }
}
