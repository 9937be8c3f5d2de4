using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// Device memory: both allocators, their counts, running out, leaks, and copies through page-locked slots.
/// </summary>
[TestFixture(true)]
[TestFixture(false)]
public sealed class MemoryTests(bool pools)
{
    private string Entry => pools ? "MemAllocFromPoolAsync" : "MemAlloc";

    [Test]
    public void Blocks_are_counted()
    {
        using var gpu = Gpu();
        var a = gpu.Runtime.Allocate(1000);
        var b = gpu.Runtime.Allocate(1);
        Assert.That(gpu.Runtime.MemoryStatistics, Is.EqualTo(new GpuMemoryStatistics(1536, 0, 1536, 2)));
        gpu.Runtime.Free(a);
        Assert.That(gpu.Runtime.MemoryStatistics, Is.EqualTo(new GpuMemoryStatistics(512, 1024, 1536, 1)));
        Assert.That(gpu.Runtime.FreeMemory, Is.EqualTo((24L << 30) - 512));
        gpu.Runtime.Free(b);
        Assert.That(a.Address % 256, Is.Zero);
    }

    [Test]
    public void The_pool_keeps_what_it_has()
    {
        using var gpu = Gpu();
        gpu.Runtime.Free(gpu.Runtime.Allocate(100_000));
        if (pools)
        {
            Assert.That(gpu.Driver.Calls, Has.Some.EqualTo($"MemPoolSetAttribute(ReleaseThreshold, {ulong.MaxValue})"));
            return;
        }
        var before = gpu.Driver.CallsOf("MemAlloc");
        var again = gpu.Runtime.Allocate(100_000);
        Assert.That(gpu.Driver.CallsOf("MemAlloc"), Is.EqualTo(before));
        Assert.That(gpu.Runtime.MemoryStatistics.Cached, Is.Zero);
        gpu.Runtime.Free(again);
    }

    [Test]
    public void Out_of_memory_is_tried_again_with_what_is_kept()
    {
        using var gpu = Gpu();
        gpu.Runtime.Free(gpu.Runtime.Allocate(1 << 20));
        gpu.Driver.Fail(Entry, CudaStatus.OutOfMemory);
        var block = gpu.Runtime.Allocate(2 << 20);
        Assert.That(gpu.Runtime.MemoryStatistics, Is.EqualTo(new GpuMemoryStatistics(2 << 20, 0, 2 << 20, 1)));
        gpu.Runtime.Free(block);
    }

    [Test]
    public void Out_of_memory_says_how_much_was_asked_for_and_the_next_may_succeed()
    {
        using var gpu = Gpu();
        gpu.Driver.Total = 4L << 30;
        var most = gpu.Runtime.Allocate(3L << 30);
        Assert.That(
            () => gpu.Runtime.Allocate(1536L << 20),
            Throws.TypeOf<GpuOutOfMemoryException>().With.Message.EqualTo(
                $"cu{Entry}(1.5 GiB) failed: CUDA_ERROR_OUT_OF_MEMORY (2); 1 of 4 GiB free, "
                + "3 GiB held by this process's tensors."));
        gpu.Runtime.Free(gpu.Runtime.Allocate(512L << 20));
        gpu.Runtime.Free(most);
        Assert.That(gpu.Runtime.MemoryStatistics.InUse, Is.Zero);
    }

    [Test]
    public void Sizes_that_cannot_be()
    {
        using var gpu = Gpu();
        Assert.That(() => gpu.Runtime.Allocate(0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => gpu.Runtime.Allocate(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => gpu.Runtime.Allocate(long.MaxValue), Throws.TypeOf<GpuOutOfMemoryException>());
        Assert.That(() => gpu.Runtime.Fill(default, 0, -1, gpu.Stream), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Memory_is_given_back_once()
    {
        using var gpu = Gpu();
        var block = gpu.Runtime.Allocate(10);
        gpu.Runtime.Free(block);
        Assert.That(
            () => gpu.Runtime.Free(block), Throws.TypeOf<GpuException>().With.Message.Contains("given back before"));
        Assert.That(
            () => gpu.Runtime.Free(new DevicePointer(5)),
            Throws.TypeOf<GpuException>().With.Message.StartsWith("0x5 was"));
    }

    [Test]
    public void A_leak_is_reported_and_freed()
    {
        var gpu = Gpu();
        gpu.Runtime.Allocate(3 << 20);
        gpu.Runtime.Allocate(1 << 20);
        gpu.Dispose();
        Assert.That(gpu.Leaks, Is.EqualTo(new[]
        {
            "2 blocks of GPU memory, 4 MiB in all, were not given back before the runtime was disposed; "
            + "the largest has 3 MiB.",
        }));
    }

    [Test]
    public void No_leak_no_report()
    {
        var gpu = Gpu();
        gpu.Runtime.Free(gpu.Runtime.Allocate(3 << 20));
        gpu.Dispose();
        Assert.That(gpu.Leaks, Is.Empty);
    }

    [TestCase(1)]
    [TestCase(443)]
    [TestCase(HostStaging.SlotBytes - 1)]
    [TestCase(HostStaging.SlotBytes)]
    [TestCase(HostStaging.SlotBytes + 1)]
    [TestCase(9 * HostStaging.SlotBytes + 1025)]
    public unsafe void What_is_copied_there_comes_back(int bytes)
    {
        using var gpu = Gpu();
        var sent = new byte[bytes];
        new Random(bytes).NextBytes(sent);
        var expected = sent.ToArray();
        var received = new byte[bytes];
        var (a, b) = (gpu.Runtime.Allocate(bytes), gpu.Runtime.Allocate(bytes));
        fixed (byte* source = sent, destination = received)
        {
            gpu.Runtime.CopyToDevice(a, source, bytes, gpu.Stream);
            // The host may reuse its memory, though the copy has not run.
            sent.AsSpan().Clear();
            gpu.Runtime.CopyOnDevice(b, a, bytes, gpu.Stream);
            gpu.Runtime.CopyToHost(destination, b, bytes, gpu.Stream);
        }
        Assert.That(received.AsSpan().SequenceEqual(expected));
        Assert.That(
            gpu.Driver.Calls.Where(call => call.StartsWith("MemHostAlloc", StringComparison.Ordinal)).Count(),
            Is.LessThanOrEqualTo(4));
        gpu.Runtime.Free(a);
        gpu.Runtime.Free(b);
    }

    [Test]
    public unsafe void Copies_of_nothing_ask_nothing()
    {
        using var gpu = Gpu();
        var before = gpu.Driver.Calls.Count;
        gpu.Runtime.CopyToDevice(default, null, 0, gpu.Stream);
        gpu.Runtime.CopyToHost(null, default, 0, gpu.Stream);
        gpu.Runtime.CopyOnDevice(default, default, 0, gpu.Stream);
        gpu.Runtime.Fill(default, 1, 0, gpu.Stream);
        Assert.That(gpu.Driver.Calls, Has.Count.EqualTo(before));
    }

    [Test]
    public unsafe void A_failed_copy_to_the_host_is_an_exception()
    {
        using var gpu = Gpu();
        var block = gpu.Runtime.Allocate(8);
        gpu.Driver.Fail("EventSynchronize", CudaStatus.LaunchFailed);
        var host = stackalloc byte[8];
        Assert.That(() => gpu.Runtime.CopyToHost(host, block, 8, gpu.Stream), Throws.TypeOf<GpuLostException>());
        gpu.Driver.Fail("CtxSynchronize", CudaStatus.LaunchFailed);
        gpu.Runtime.Dispose();
        gpu.Driver.Dispose();
    }

    [Test]
    public unsafe void Page_locked_memory_may_run_out()
    {
        using var gpu = Gpu();
        var block = gpu.Runtime.Allocate(8);
        gpu.Driver.Fail("MemHostAlloc", CudaStatus.OutOfMemory);
        var values = stackalloc long[2] { 5, 0 };
        Assert.That(
            () => gpu.Runtime.CopyToDevice(block, values, 8, gpu.Stream),
            Throws.TypeOf<GpuOutOfMemoryException>().With.Message.Contains("cuMemHostAlloc(2 MiB) failed"));
        gpu.Runtime.CopyToDevice(block, values, 8, gpu.Stream);
        gpu.Runtime.CopyToHost(values + 1, block, 8, gpu.Stream);
        Assert.That(values[1], Is.EqualTo(5));
        gpu.Runtime.Free(block);
    }

    [Test]
    public unsafe void A_fill_sets_bytes()
    {
        using var gpu = Gpu();
        var block = gpu.Runtime.Allocate(7);
        gpu.Runtime.Fill(block, 0xA5, 7, gpu.Stream);
        var bytes = stackalloc byte[8];
        bytes[7] = 1;
        gpu.Runtime.CopyToHost(bytes, block, 7, gpu.Stream);
        Assert.That(
            new ReadOnlySpan<byte>(bytes, 8).ToArray(),
            Is.EqualTo(new byte[] { 0xA5, 0xA5, 0xA5, 0xA5, 0xA5, 0xA5, 0xA5, 1 }));
        gpu.Runtime.Free(block);
    }

    [Test]
    public void Another_stream_waits_before_it_may_use_new_memory_and_only_then()
    {
        using var gpu = Gpu();
        var old = gpu.Runtime.Allocate(64);
        using var stream = gpu.Runtime.CreateStream();
        gpu.Runtime.Fill(old, 1, 64, stream);
        Assert.That(gpu.Driver.CallsOf("StreamWaitEvent"), Is.EqualTo(1), "memory from before the stream");
        gpu.Runtime.Fill(old, 1, 64, stream);
        Assert.That(gpu.Driver.CallsOf("StreamWaitEvent"), Is.EqualTo(1), "nothing new");
        var fresh = gpu.Runtime.Allocate(64);
        gpu.Runtime.Fill(fresh, 1, 64, gpu.Stream);
        Assert.That(gpu.Driver.CallsOf("StreamWaitEvent"), Is.EqualTo(1), "the default stream has the order");
        gpu.Runtime.Fill(fresh, 1, 64, stream);
        Assert.That(gpu.Driver.CallsOf("StreamWaitEvent"), Is.EqualTo(2), "new memory");
        gpu.Runtime.Synchronize();
        gpu.Runtime.Free(old);
        gpu.Runtime.Free(fresh);
    }

    [Test]
    public void Without_another_stream_memory_costs_no_event()
    {
        using var gpu = Gpu();
        gpu.Runtime.Free(gpu.Runtime.Allocate(64));
        Assert.That(gpu.Driver.CallsOf("EventRecord") + gpu.Driver.CallsOf("EventCreate"), Is.Zero);
    }

    private FakeGpu Gpu() => new(driver => driver.HasPools = pools);
}
