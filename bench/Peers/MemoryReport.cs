using System.Diagnostics;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Peers;

/// <summary>What forward passes of one picture take of memory; to be run alone.</summary>
internal static class MemoryReport
{
    private const double GiB = 1 << 30;

    public static void Run(NetworkSpec spec, int threads)
    {
        using var device = Device.CreateCpu(threads);
        using var network = Network.Create(spec, seed: 1, device: device);
        network.Training = false;
        // The second pass keeps the packed filters.
        for (var pass = 0; pass < 3; pass++)
            Pass();
        var steady = Allocations.Of(Pass);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(
            $"{spec.Name}, batch 1: parameters {network.Plan.Parameters * sizeof(float) / GiB:F2} GiB, most of our tensors and scratch "
            + $"{CpuBackend.Memory.PeakInUse / GiB:F2} GiB, of the process {process.PeakWorkingSet64 / GiB:F2} GiB; "
            + $"a steady pass allocates {steady}");

        void Pass()
        {
            using var free = Autograd.NoGrad();
            using var scope = new TensorScope();
            _ = network.Forward(Tensor.Zeros([1, spec.Channels, spec.Height, spec.Width], DType.Float32, device));
        }
    }
}
