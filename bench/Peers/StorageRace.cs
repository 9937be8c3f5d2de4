using System.Diagnostics;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>A network's forward pass with its linear layers' weights in float32 and in bfloat16, in turn.</summary>
internal static class StorageRace
{
    public static void Run(NetworkSpec spec, int threads, int rounds)
    {
        using var device = Device.CreateCpu(threads);
        using Network wide = Make(spec, device), narrow = Make(spec, device);
        var start = Stopwatch.GetTimestamp();
        narrow.StoreLinearWeightsAs(DType.BFloat16);
        Console.WriteLine($"{spec.Name}, {threads} threads; linear weights to bfloat16 in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
        foreach (var batch in new[] { 1, 8, 32 })
        {
            var whole = new Pass(spec, device, batch, wide, narrow);
            var times = Timing.Interleave(rounds, whole.Wide, whole.Narrow);
            Report($"storage batch {batch}, forward", times, batch);
            whole.Compare();
            foreach (var layer in spec.Plan().Layers.Where(layer => layer.Spec is LinearSpec))
            {
                using var scope = new TensorScope();
                using var free = Autograd.NoGrad();
                var weight = layer.Weight!.Value;
                var x = Tensor.Uniform([batch, weight[1]], new Generator(5), -1, 1, device: device);
                var dy = Tensor.Uniform([batch, weight[0]], new Generator(6), -1, 1, device: device);
                Linear float32 = (Linear)wide.Layer(layer.Name), bfloat16 = (Linear)narrow.Layer(layer.Name);
                Report(
                    $"storage batch {batch}, {layer.Alias}", Timing.Interleave(rounds, () => float32.Forward(x).Dispose(), () => bfloat16.Forward(x).Dispose()), batch);
                Report(
                    $"storage batch {batch}, {layer.Alias} transposed",
                    Timing.Interleave(rounds, () => dy.LinearTranspose(float32.Weight).Dispose(), () => dy.LinearTranspose(bfloat16.Weight).Dispose()), batch);
            }
        }
    }

    private static Network Make(NetworkSpec spec, Device device)
    {
        var network = Network.Create(spec, seed: 1, device: device);
        network.Training = false;
        return network;
    }

    private static void Report(string what, double[][] times, int batch)
    {
        double wide = Timing.Median(times[0]) / batch, narrow = Timing.Median(times[1]) / batch;
        Console.WriteLine(
            $"{what}: float32 {wide:F2} ms a picture, bfloat16 {narrow:F2} ms, ratio of medians {narrow / wide:F3}, of best {times[1][0] / times[0][0]:F3}");
    }

    /// <summary>The same pictures through both.</summary>
    private sealed class Pass(NetworkSpec spec, Device device, int batch, Network wide, Network narrow)
    {
        private readonly float[] pictures = Pictures(batch * spec.Channels * spec.Height * spec.Width);
        private readonly float[] wideScores = new float[batch * spec.Classes], narrowScores = new float[batch * spec.Classes];

        public void Wide() => Run(wide, wideScores);

        public void Narrow() => Run(narrow, narrowScores);

        /// <summary>Prints how far the scores lie apart.</summary>
        public void Compare()
        {
            double square = 0, error = 0, worst = 0;
            for (var i = 0; i < wideScores.Length; i++)
            {
                var difference = Math.Abs((double)wideScores[i] - narrowScores[i]);
                square += Math.Pow(wideScores[i], 2);
                error += difference * difference;
                worst = Math.Max(worst, difference);
            }
            var size = Math.Sqrt(square / wideScores.Length);
            Console.WriteLine(
                $"storage batch {batch}, scores: root mean square {size:E2}, error {Math.Sqrt(error / wideScores.Length) / size:E1} of it, worst {worst / size:E1}");
        }

        private static float[] Pictures(int count)
        {
            var random = new Random(3);
            var values = new float[count];
            foreach (ref var value in values.AsSpan())
                value = random.NextSingle() * 4 - 2;
            return values;
        }

        private void Run(Network network, float[] scores)
        {
            using var free = Autograd.NoGrad();
            using var scope = new TensorScope();
            network.Forward(Tensor.From(pictures, [batch, spec.Channels, spec.Height, spec.Width], device)).CopyTo<float>(scores);
        }
    }
}
