using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>
/// The network's convolutions on one thread against two, in turn. A round counts where each had its core just before and just after
/// its pass: what a machine does that gives two threads one core is no measure of ours (<see cref="CorePair"/>).
/// </summary>
internal static class ThreadRace
{
    public static void Run(NetworkSpec spec, int batch, int rounds)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = new TensorScope();
        using CpuBackend lone = new(1), pair = new(2);
        Device[] devices = [new(lone), new(pair)];
        var cores = new CorePair(lone, pair);
        double[] totals = [0, 0];
        var (leftOut, run) = (0, 0);
        foreach (var layer in spec.Plan().Layers)
        {
            if (layer.Spec is not ConvSpec conv)
                continue;
            using var inner = new TensorScope();
            Action[] passes = [.. devices.Select<Device, Action>(device =>
            {
                var generator = new Generator(5);
                var x = Tensor.Uniform([batch, .. layer.Input.Sizes], generator, -1, 1, device: device);
                var weight = Tensor.Uniform(layer.Weight!.Value, generator, -1, 1, device: device);
                return () => x.Conv2d(weight, null, conv.Stride, conv.Padding, 1, conv.Groups).Dispose();
            })];
            foreach (var pass in passes)
                pass();
            List<double>[] times = [[], []];
            for (var attempts = 0; times[0].Count < rounds; attempts++)
            {
                if (attempts == 20 * rounds)
                    throw new InvalidOperationException("threads: this machine hardly ever gives two threads two cores.");
                run++;
                if (Pass(passes[0], cores.HasOne) is not { } one || Pass(passes[1], cores.HasBoth) is not { } two)
                {
                    leftOut++;
                    continue;
                }
                times[0].Add(one);
                times[1].Add(two);
            }
            var medians = times.Select(list => Timing.Median([.. list.Order()])).ToArray();
            Console.WriteLine($"threads batch {batch} {layer.Alias}: one {medians[0]:F2} ms, two {medians[1]:F2} ms, {medians[0] / medians[1]:F2} times as fast");
            totals = [totals[0] + medians[0], totals[1] + medians[1]];
        }
        Console.WriteLine($"threads batch {batch}, all convolutions: one {totals[0]:F1} ms, two {totals[1]:F1} ms, {totals[0] / totals[1]:F2} times as fast ({leftOut} of {run} rounds left out)");
    }

    /// <summary>
    /// The milliseconds of a pass on threads that are awake, or null where they had not their cores just before and just after it. The
    /// pause lets the other contestant's thread fall asleep.
    /// </summary>
    private static double? Pass(Action pass, Func<bool> cores)
    {
        Thread.Sleep(40);
        cores();
        var before = cores();
        var milliseconds = Timing.Milliseconds(pass);
        return cores() && before ? milliseconds : null;
    }
}
