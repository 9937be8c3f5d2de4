using ZfNet.Engine;

namespace ZfNet.Peers;

/// <summary>The network's convolutions on one thread against two, in turn.</summary>
internal static class ThreadRace
{
    public static void Run(NetworkSpec spec, int batch, int rounds)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = new TensorScope();
        Device[] devices = [Device.CreateCpu(1), Device.CreateCpu(2)];
        var totals = new double[2];
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
            var times = Timing.Interleave(rounds, passes);
            double one = Timing.Median(times[0]), two = Timing.Median(times[1]);
            Console.WriteLine($"threads batch {batch} {layer.Alias}: one {one:F2} ms, two {two:F2} ms, {one / two:F2} times as fast");
            totals = [totals[0] + one, totals[1] + two];
        }
        Console.WriteLine($"threads batch {batch}, all convolutions: one {totals[0]:F1} ms, two {totals[1]:F1} ms, {totals[0] / totals[1]:F2} times as fast");
        foreach (var device in devices)
            device.Dispose();
    }
}
