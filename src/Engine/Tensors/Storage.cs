using ZfNet.Kernels;

namespace ZfNet.Engine;

/// <summary>A buffer that several tensors look into: freed when the last of them lets go.</summary>
internal sealed class Storage(Device device, DeviceBuffer buffer)
{
    private int leases = 1;

    public Device Device { get; } = device;

    public DeviceBuffer Buffer { get; } = buffer;

    public Storage Retain()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref leases) <= 0, typeof(Tensor));
        Interlocked.Increment(ref leases);
        return this;
    }

    public bool IsShared => Volatile.Read(ref leases) > 1;

    public void Release()
    {
        if (Interlocked.Decrement(ref leases) == 0)
            Buffer.Dispose();
    }
}
