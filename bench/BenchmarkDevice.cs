using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;

namespace ZfNet.Benchmarks;

/// <summary>
/// What a run computes on and at which sizes: set once, before BenchmarkDotNet looks at the classes, which ask for
/// nothing else. Benchmarks run in this process, so that they see it too.
/// </summary>
public sealed class BenchmarkDevice : IDisposable
{
    private BenchmarkDevice(Device device, Sizes sizes)
    {
        Device = device;
        Sizes = sizes;
        if (device.Backend is not CudaBackend cuda)
            return;
        // A look at labels or switches waits for the device: a pause between kernels, not a part of one.
        cuda.ChecksIndices = false;
        Cuda = cuda;
        Rates = new MachineRates(cuda);
    }

    /// <summary>The run's; set before anything asks for it.</summary>
    public static BenchmarkDevice Current { get; set; } = null!;

    /// <summary>Where tensors live.</summary>
    public Device Device { get; }

    /// <summary>The ops.</summary>
    public IBackend Backend => Device.Backend;

    /// <summary>The same as a GPU; null on the CPU.</summary>
    public CudaBackend? Cuda { get; }

    /// <summary>What the GPU reaches at best; null on the CPU.</summary>
    public MachineRates? Rates { get; }

    /// <summary>How large everything is.</summary>
    public Sizes Sizes { get; }

    /// <summary>What it is, for people.</summary>
    public string Description => Cuda?.Runtime.Description.Name ?? Backend.Description;

    /// <summary>The CPU, at batches of 1 and 8.</summary>
    public static BenchmarkDevice Cpu() => new(Device.CreateCpu(0), new Sizes(1, 8));

    /// <summary>A GPU, at a batch of 128 where its memory holds a training step of that many.</summary>
    /// <exception cref="GpuException">There is no GPU that works; the message says why.</exception>
    public static BenchmarkDevice Gpu(int index)
    {
        var device = Device.Cuda(index);
        // Weights, gradients and velocities take 4.7 GB, and a picture of a step some 40 MB.
        var batch = 128;
        while (batch > 1 && 6e9 + 40e6 * batch > ((CudaBackend)device.Backend).Runtime.Description.TotalMemory)
            batch /= 2;
        return new(device, new Sizes(batch));
    }

    /// <summary>Sizes alone, as on a GPU: nothing runs.</summary>
    public static BenchmarkDevice Desk(int batch) => new(new Device(new ReferenceBackend()), new Sizes(batch));

    /// <summary>A software GPU; <paramref name="launched"/> is told of each kernel.</summary>
    public static BenchmarkDevice Software(Sizes sizes, Action<string>? launched = null) =>
        new(new Device(new CudaBackend(new SoftwareGpu { Launched = launched })), sizes);

    /// <summary>
    /// Sizes for a software GPU: the network's layers, a hundredth as wide, for pictures of 31 x 31.
    /// </summary>
    public static Sizes Small =>
        new(Shrunken(Networks.Wide), Shrunken(Networks.PaperWith(NormOrder.PoolThenNorm)), 700, 2);

    /// <inheritdoc/>
    public void Dispose()
    {
        Rates?.Dispose();
        Device.Dispose();
    }

    private static NetworkSpec Shrunken(NetworkSpec spec)
    {
        return spec with
        {
            Name = $"{spec.Name}-shrunken",
            Height = 31,
            Width = 31,
            Classes = 10,
            Features = [.. spec.Features.Select(Narrow)],
            Classifier = [.. spec.Classifier.Select(Narrow)],
        };

        static LayerSpec Narrow(LayerSpec layer) => layer switch
        {
            ConvSpec conv => conv with { OutChannels = conv.OutChannels / 64 + 2, Padding = conv.Kernel / 2 },
            LinearSpec linear => linear with { OutFeatures = linear.OutFeatures == 1000 ? 10 : 24 },
            _ => layer,
        };
    }
}
