using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Engine;

/// <summary>Where tensors live and ops run.</summary>
public sealed class Device : IDisposable
{
    private static readonly Lazy<Device> DefaultCpu = new(() => new Device(new CpuBackend()));
    private static readonly Lazy<Device> PlainLoops = new(() => new Device(new ReferenceBackend()));

    private readonly IBackend backend;

    /// <summary>Wraps a backend, which the device then owns.</summary>
    public Device(IBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        this.backend = backend;
    }

    /// <summary>The fast CPU backend with a thread for each processor: the default.</summary>
    public static Device Cpu => DefaultCpu.Value;

    /// <summary>The plain loops that specify every op: slow, for checking.</summary>
    public static Device Reference => PlainLoops.Value;

    /// <summary>
    /// A GPU with NVIDIA's driver; matrix products by cuBLAS where it is installed, else by our own kernels. One thread
    /// at a time uses it, and the caller disposes it.
    /// </summary>
    /// <param name="index">Which one, as <see cref="Gpus"/> lists them.</param>
    /// <exception cref="GpuUnavailableException">
    /// There is no driver, no such GPU, or it is too old; the message says which.
    /// </exception>
    /// <exception cref="GpuModuleException">Its driver does not take our kernels (too old for them, for one).</exception>
    /// <exception cref="GpuException">The GPU does not work; the message says what failed.</exception>
    public static Device Cuda(int index = 0) => new(CudaBackend.Open(index));

    /// <inheritdoc cref="Machine.List"/>
    public static IReadOnlyList<(string Name, string Description)> List() => Machine.This.List();

    /// <summary>The machine's GPUs, their driver and cuBLAS, or the reason why there is none. It never throws.</summary>
    public static GpuSystem Gpus() => Machine.This.FindGpus();

    /// <inheritdoc cref="Machine.Open"/>
    public static Device Open(string name, int threads = 0, Action<string>? told = null) =>
        Machine.This.Open(name, threads, told);

    /// <summary>The kernels; in a <see cref="DeviceGraph"/>'s function that is recorded, what writes their calls down.</summary>
    public IBackend Backend => Recording.BackendOf(this) ?? backend;

    /// <summary>
    /// The memory of this device's tensors and scratch. CPU devices share the process's, and count it together.
    /// </summary>
    public MemoryStatistics Memory
    {
        get
        {
            if (backend is CudaBackend cuda)
                return new(cuda.Memory.InUse, cuda.Memory.PeakInUse, cuda.KeptMemory);
            var cpu = CpuBackend.Memory;
            return new(cpu.InUse, cpu.PeakInUse, cpu.Cached);
        }
    }

    /// <summary>A fast CPU device of its own with a given number of threads (0: one for each processor).</summary>
    public static Device CreateCpu(int threads) => new(new CpuBackend(threads));

    /// <summary>Stops the backend; its tensors are not to be used any more.</summary>
    public void Dispose() => backend.Dispose();

    /// <summary>The backend's name.</summary>
    public override string ToString() => backend.Name;
}
