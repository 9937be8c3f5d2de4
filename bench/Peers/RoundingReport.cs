using System.Numerics;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>How far float32 convolutions of the network's layers lie from float64, directly and by Winograd's transforms.</summary>
internal static class RoundingReport
{
    public static void Run(NetworkSpec spec, int threads)
    {
        foreach (var layer in spec.Plan().Layers)
        {
            if (layer.Spec is not ConvSpec conv)
                continue;
            var random = new Random(11);
            // Inputs as a rectifier leaves them.
            var x = Normal(random, layer.Input.Count, value => Math.Max(value, 0));
            var w = Normal(random, layer.Weight!.Value.Count, value => value);
            var expected = Convolve<double>(Device.Reference, layer, conv, x, w);
            var size = Math.Sqrt(expected.Average(value => value * value));
            foreach (var winograd in new[] { false, true })
            {
                using var device = new Device(new CpuBackend(threads) { Winograd = winograd });
                var errors = Convolve<float>(device, layer, conv, x, w).Zip(expected, (a, b) => Math.Abs(a - b)).ToArray();
                Console.WriteLine(
                    $"{layer.Alias} {(winograd ? "Winograd where it pays" : "direct"),-22}: errors over the outputs' root mean square "
                    + $"{Math.Sqrt(errors.Average(error => error * error)) / size:E1}, worst of {errors.Length} {errors.Max() / size:E1}");
            }
        }
    }

    private static double[] Convolve<T>(Device device, LayerInfo layer, ConvSpec conv, float[] x, float[] w)
        where T : unmanaged, INumber<T>
    {
        using var scope = new TensorScope();
        using var noGrad = Autograd.NoGrad();
        var input = Tensor.From(Array.ConvertAll(x, T.CreateChecked), [1, .. layer.Input.Sizes], device);
        var weight = Tensor.From(Array.ConvertAll(w, T.CreateChecked), layer.Weight!.Value, device);
        var output = input.Conv2d(weight, null, conv.Stride, conv.Padding, 1, conv.Groups).ToArray<T>();
        return Array.ConvertAll(output, double.CreateChecked);
    }

    private static float[] Normal(Random random, long count, Func<double, double> map)
    {
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)map(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }
}
