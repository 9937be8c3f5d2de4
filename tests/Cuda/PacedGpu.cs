using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>A runtime whose time a test sets; it has events and a stream, and nothing else.</summary>
internal sealed class PacedGpu : IGpuRuntime
{
    /// <summary>What its events record.</summary>
    public double Milliseconds { get; set; }

    public GpuDescription Description => throw new NotSupportedException();

    public long FreeMemory => throw new NotSupportedException();

    public IGpuStream DefaultStream => null!;

    public IGpuEvent CreateEvent() => new PacedEvent(this);

    public void Synchronize()
    {
    }

    public void Dispose()
    {
    }

    public DevicePointer Allocate(long bytes) => throw new NotSupportedException();

    public void Free(DevicePointer pointer) => throw new NotSupportedException();

    public unsafe void CopyToDevice(DevicePointer destination, void* source, long bytes, IGpuStream stream) =>
        throw new NotSupportedException();

    public unsafe void CopyToHost(void* destination, DevicePointer source, long bytes, IGpuStream stream) =>
        throw new NotSupportedException();

    public void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes, IGpuStream stream) =>
        throw new NotSupportedException();

    public void Fill(DevicePointer destination, byte value, long bytes, IGpuStream stream) =>
        throw new NotSupportedException();

    public IGpuModule LoadModule(string name, ReadOnlySpan<byte> ptx) => throw new NotSupportedException();

    public void Launch(
        IGpuKernel kernel, LaunchShape shape, IGpuStream stream, params ReadOnlySpan<KernelArgument> arguments) =>
        throw new NotSupportedException();

    public void Gemm(in GemmShape shape, DevicePointer a, DevicePointer b, DevicePointer c, IGpuStream stream) =>
        throw new NotSupportedException();

    public IGpuStream CreateStream() => throw new NotSupportedException();

    private sealed class PacedEvent(PacedGpu gpu) : IGpuEvent
    {
        private double time = double.NaN;

        public void Record(IGpuStream stream) => time = gpu.Milliseconds;

        public void Synchronize()
        {
        }

        public double MillisecondsSince(IGpuEvent start) => time - ((PacedEvent)start).time;

        public void Dispose()
        {
        }
    }
}
