using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// A runtime whose launches get another grid than was asked for; it notes the grids that were asked for.
/// </summary>
internal sealed class ReshapingGpu(IGpuRuntime inner, Func<Extent, Extent> reshape) : IGpuRuntime
{
    /// <summary>The most blocks that launch code asked for, by kernel.</summary>
    public Dictionary<string, long> Asked { get; } = [];

    public GpuDescription Description => inner.Description;

    public long FreeMemory => inner.FreeMemory;

    public IGpuStream DefaultStream => inner.DefaultStream;

    public void Launch(
        IGpuKernel kernel, LaunchShape shape, IGpuStream stream, params ReadOnlySpan<KernelArgument> arguments)
    {
        Asked[kernel.Name] = Math.Max(Asked.GetValueOrDefault(kernel.Name), shape.Grid.Count);
        inner.Launch(kernel, shape with { Grid = reshape(shape.Grid) }, stream, arguments);
    }

    public DevicePointer Allocate(long bytes) => inner.Allocate(bytes);

    public void Free(DevicePointer pointer) => inner.Free(pointer);

    public unsafe void CopyToDevice(DevicePointer destination, void* source, long bytes, IGpuStream stream) =>
        inner.CopyToDevice(destination, source, bytes, stream);

    public unsafe void CopyToHost(void* destination, DevicePointer source, long bytes, IGpuStream stream) =>
        inner.CopyToHost(destination, source, bytes, stream);

    public void CopyOnDevice(DevicePointer destination, DevicePointer source, long bytes, IGpuStream stream) =>
        inner.CopyOnDevice(destination, source, bytes, stream);

    public void Fill(DevicePointer destination, byte value, long bytes, IGpuStream stream) =>
        inner.Fill(destination, value, bytes, stream);

    public IGpuModule LoadModule(string name, ReadOnlySpan<byte> ptx) => inner.LoadModule(name, ptx);

    public void Gemm(in GemmShape shape, DevicePointer a, DevicePointer b, DevicePointer c, IGpuStream stream) =>
        inner.Gemm(shape, a, b, c, stream);

    public IGpuStream CreateStream() => inner.CreateStream();

    public IGpuEvent CreateEvent() => inner.CreateEvent();

    public void Synchronize() => inner.Synchronize();

    public void Dispose() => inner.Dispose();
}
