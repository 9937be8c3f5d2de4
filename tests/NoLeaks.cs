using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests;

/// <summary>Asserts that code gives back every buffer it takes, by its own doing and not the garbage collector's.</summary>
internal static class NoLeaks
{
    /// <summary>Runs the action on a counting device and fails when a buffer is left.</summary>
    public static void In(Action<Device> action)
    {
        using var backend = new CountingBackend();
        action(new Device(backend));
        Assert.That(backend.Live, Is.Zero, $"buffers not given back, of {backend.Taken} taken");
        Assert.That(backend.Taken, Is.Positive, "nothing was measured");
    }
}

/// <summary>The reference backend, counting its buffers.</summary>
internal sealed class CountingBackend : ReferenceBackend
{
    private int live;

    /// <summary>Buffers taken and not yet given back.</summary>
    public int Live => Volatile.Read(ref live);

    /// <summary>Buffers taken so far.</summary>
    public int Taken { get; private set; }

    /// <summary>Most buffers that were live at once since <see cref="ResetPeak"/>.</summary>
    public int Peak { get; private set; }

    public void ResetPeak() => Peak = Live;

    public override unsafe DeviceBuffer Allocate(long byteLength)
    {
        var inner = (CpuBuffer)base.Allocate(byteLength);
        Taken++;
        Peak = Math.Max(Peak, Interlocked.Increment(ref live));
        return new CpuBuffer((nint)inner.Pointer, byteLength, new Lease(this, inner));
    }

    private sealed class Lease(CountingBackend owner, CpuBuffer inner) : IDisposable
    {
        public void Dispose()
        {
            inner.Dispose();
            Interlocked.Decrement(ref owner.live);
        }
    }
}
