using ZfNet.Kernels;

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

    /// <summary>The kernels.</summary>
    public IBackend Backend { get; }

    /// <summary>A fast CPU device of its own with a given number of threads (0: one for each processor).</summary>
    public static Device CreateCpu(int threads) => new(new CpuBackend(threads));

    /// <summary>Stops the backend; its tensors are not to be used any more.</summary>
    public void Dispose() => Backend.Dispose();

    /// <summary>The backend's name.</summary>
    public override string ToString() => Backend.Name;
}
