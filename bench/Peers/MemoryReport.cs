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
        long managed = 0, native = 0;
        using (Autograd.NoGrad())
        {
            // The second pass keeps the packed filters; the last is a steady one.
            for (var pass = 0; pass < 4; pass++)
            {
                managed = GC.GetTotalAllocatedBytes(precise: true);
                native = Held();
                using var scope = new TensorScope();
                _ = network.Forward(Tensor.Zeros([1, spec.Channels, spec.Height, spec.Width], DType.Float32, device));
                managed = GC.GetTotalAllocatedBytes(precise: true) - managed;
                native = Held() - native;
            }
        }
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(
            $"{spec.Name}, batch 1: parameters {network.Plan.Parameters * sizeof(float) / GiB:F2} GiB, most of our tensors and scratch "
            + $"{CpuBackend.Memory.PeakInUse / GiB:F2} GiB, of the process {process.PeakWorkingSet64 / GiB:F2} GiB; a steady pass allocates {managed / 1024.0:F1} KiB "
            + $"of objects and {native} bytes of fresh native memory");
    }

    /// <summary>Native bytes that the pool holds, handed out or kept.</summary>
    public static long Held() => CpuBackend.Memory.InUse + CpuBackend.Memory.Cached;
}
