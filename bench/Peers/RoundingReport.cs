using System.Numerics;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>How far float32 convolutions of the network's layers, and their weights' gradients, lie from float64, directly and by Winograd's transforms.</summary>
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
            var dy = Normal(random, layer.Output.Count, value => value);
            var expected = Convolve<double>(Device.Reference, layer, conv, x, w, dy);
            foreach (var winograd in new[] { false, true })
            {
                using var device = new Device(new CpuBackend(threads) { Winograd = winograd });
                var actual = Convolve<float>(device, layer, conv, x, w, dy);
                Console.WriteLine(
                    $"{layer.Alias} {(winograd ? "Winograd where it pays" : "direct"),-22}: errors over the outputs' root mean square "
                    + $"{Compare(actual.Y, expected.Y)}; of the weights' gradient {Compare(actual.Dw, expected.Dw)}");
            }
        }
    }

    private static string Compare(double[] actual, double[] expected)
    {
        var size = Math.Sqrt(expected.Average(value => value * value));
        var errors = actual.Zip(expected, (a, b) => Math.Abs(a - b)).ToArray();
        return $"{Math.Sqrt(errors.Average(error => error * error)) / size:E1}, worst of {errors.Length} {errors.Max() / size:E1}";
    }

    private static (double[] Y, double[] Dw) Convolve<T>(Device device, LayerInfo layer, ConvSpec conv, float[] x, float[] w, float[] dy)
        where T : unmanaged, INumber<T>
    {
        using var scope = new TensorScope();
        Tensor From(float[] values, Shape shape) => Tensor.From(Array.ConvertAll(values, T.CreateChecked), shape, device);
        using var weight = From(w, layer.Weight!.Value);
        weight.RequiresGrad = true;
        var output = From(x, [1, .. layer.Input.Sizes]).Conv2d(weight, null, conv.Stride, conv.Padding, 1, conv.Groups);
        output.Multiply(From(dy, output.Shape)).Sum().Backward();
        return (Array.ConvertAll(output.ToArray<T>(), double.CreateChecked), Array.ConvertAll(weight.Grad!.ToArray<T>(), double.CreateChecked));
    }

    private static float[] Normal(Random random, long count, Func<double, double> map)
    {
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)map(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }
}
