using System.Diagnostics;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>What forward passes of one picture take of memory; to be run alone.</summary>
internal static class MemoryReport
{
    private const double GiB = 1 << 30;

    /// <param name="spec">The network.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="bfloat16">Keeps the linear layers' weights in bfloat16, as read from a file of float32.</param>
    public static void Run(NetworkSpec spec, int threads, bool bfloat16)
    {
        using var device = Device.CreateCpu(threads);
        using var network = bfloat16 ? Stored(spec, device) : Network.Create(spec, seed: 1, device: device);
        network.Training = false;
        // The second pass keeps the packed filters.
        for (var pass = 0; pass < 3; pass++)
            Pass();
        var steady = Allocations.Of(Pass);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(
            $"{spec.Name}, batch 1: parameters {network.Parameters.Sum(p => p.Value.Count * p.Value.DType.Size()) / GiB:F2} GiB, most of our tensors and scratch "
            + $"{CpuBackend.Memory.PeakInUse / GiB:F2} GiB, of the process {process.PeakWorkingSet64 / GiB:F2} GiB; "
            + $"a steady pass allocates {steady}");
        using var mode = Autograd.NoGrad();
        using var picture = Tensor.Zeros([1, spec.Channels, spec.Height, spec.Width], DType.Float32, device);
        using var graph = new DeviceGraph(device, inputs => [network.Forward(inputs[0])]);
        for (var run = 0; run < 3; run++)
            graph.Run(picture);
        Console.WriteLine($"recorded (DeviceGraph), a pass allocates {Allocations.Of(() => graph.Run(picture))}");

        void Pass()
        {
            using var free = Autograd.NoGrad();
            using var scope = new TensorScope();
            _ = network.Forward(Tensor.Zeros([1, spec.Channels, spec.Height, spec.Width], DType.Float32, device));
        }
    }

    // By way of a file, since a network made with fresh weights has them in float32 first.
    private static Network Stored(NetworkSpec spec, Device device)
    {
        var path = Path.GetTempFileName();
        try
        {
            SafetensorsWriter.Write(
                path, spec.Plan().NamedParameters.Select(p => new WeightInfo(p.Name, WeightDType.F32, p.Shape.Sizes)), null, Fill);
            return ModelFile.Load(path, spec, device: device, linearWeights: DType.BFloat16).Network;
        }
        finally
        {
            File.Delete(path);
        }

        static void Fill(SafetensorsWriter writer)
        {
            var (random, values) = (new Random(1), new float[1 << 16]);
            foreach (ref var value in values.AsSpan())
                value = (random.NextSingle() - 0.5f) / 50;
            for (long left = writer.Current.ElementCount; left > 0; left -= values.Length)
                writer.Write<float>(values.AsSpan(0, (int)Math.Min(left, values.Length)));
        }
    }
}
