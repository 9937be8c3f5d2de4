using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Engine;

/// <summary>Where tensors live and ops run.</summary>
public sealed class Device : IDisposable
{
    private static readonly Lazy<Device> DefaultCpu = new(() => new Device(new CpuBackend()));
    private static readonly Lazy<Device> PlainLoops = new(() => new Device(new ReferenceBackend()));

    /// <summary>Wraps a backend, which the device then owns.</summary>
    public Device(IBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        Backend = backend;
    }

    /// <summary>The fast CPU backend with a thread for each processor: the default.</summary>
    public static Device Cpu => DefaultCpu.Value;

    /// <summary>The plain loops that specify every op: slow, for checking.</summary>
    public static Device Reference => PlainLoops.Value;

    /// <summary>The devices that <see cref="Open"/> knows, with what they compute with here; the fastest first.</summary>
    public static IReadOnlyList<(string Name, string Description)> List()
    {
        using var cpu = new CpuBackend();
        return [("cpu", cpu.Description), ("reference", Reference.Backend.Description)];
    }

    /// <summary>The machine's GPUs, their driver and cuBLAS, or the reason why there is none. It never throws.</summary>
    public static GpuSystem Gpus() => Kernels.Cuda.Driver.Gpus.Find();

    /// <summary>Opens a device, which the caller disposes.</summary>
    /// <param name="name">One of <see cref="List"/>, or "auto" for the fastest.</param>
    /// <param name="threads">Threads of the CPU device; 0 takes one for each processor.</param>
    /// <exception cref="ArgumentException">There is no such device.</exception>
    public static Device Open(string name, int threads = 0) => name switch
    {
        "auto" or "cpu" => CreateCpu(threads),
        "reference" => new Device(new ReferenceBackend()),
        _ => throw new ArgumentException($"There is no device '{name}'; there are auto, cpu and reference."),
    };

    /// <summary>The kernels.</summary>
    public IBackend Backend { get; }

    /// <summary>A fast CPU device of its own with a given number of threads (0: one for each processor).</summary>
    public static Device CreateCpu(int threads) => new(new CpuBackend(threads));

    /// <summary>Stops the backend; its tensors are not to be used any more.</summary>
    public void Dispose() => Backend.Dispose();

    /// <summary>The backend's name.</summary>
    public override string ToString() => Backend.Name;
}
