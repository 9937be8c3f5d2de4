using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>Opening and closing a device, its streams and events.</summary>
[TestFixture]
public sealed class RuntimeTests
{
    [Test]
    public void A_device_is_described()
    {
        using var gpu = new FakeGpu();
        var description = gpu.Runtime.Description;
        Assert.That(description, Is.EqualTo(new GpuDescription
        {
            Name = "Fake GPU",
            ComputeCapability = new(9, 0),
            TotalMemory = 24L << 30,
            Multiprocessors = 132,
            MaxThreadsPerBlock = 1024,
            MaxSharedBytesPerBlock = 48 << 10,
            MaxBlock = new(1024, 1024, 64),
            MaxGrid = new(int.MaxValue, 65535, 65535),
        }));
        Assert.That(gpu.Runtime.FreeMemory, Is.EqualTo(24L << 30));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Everything_is_given_back_children_before_the_context(bool pools)
    {
        var gpu = new FakeGpu(driver => driver.HasPools = pools, cublas: true);
        var module = gpu.Module(new FakeKernel("k"));
        var stream = gpu.Runtime.CreateStream();
        var recorded = gpu.Runtime.CreateEvent();
        gpu.Runtime.Free(gpu.Runtime.Allocate(100));
        module.Dispose();
        recorded.Dispose();
        stream.Dispose();
        gpu.Runtime.Dispose();
        gpu.Driver.AssertClean();
        Assert.That(gpu.Blas!.Handles, Is.Zero);
        Assert.That(gpu.Driver.Calls[^1], Is.EqualTo("DevicePrimaryCtxRelease"));
        gpu.Dispose();
        Assert.That(gpu.Driver.CallsOf("DevicePrimaryCtxRelease"), Is.EqualTo(1), "A second disposal does nothing.");
    }

    [Test]
    public void What_outlives_the_runtime_keeps_the_context()
    {
        var gpu = new FakeGpu();
        var module = gpu.Module();
        var recorded = gpu.Runtime.CreateEvent();
        gpu.Runtime.Dispose();
        Assert.That(gpu.Driver.CallsOf("DevicePrimaryCtxRelease"), Is.Zero);
        module.Dispose();
        Assert.That(gpu.Driver.CallsOf("DevicePrimaryCtxRelease"), Is.Zero);
        recorded.Dispose();
        Assert.That(gpu.Driver.CallsOf("DevicePrimaryCtxRelease"), Is.EqualTo(1));
        Assert.That(() => gpu.Runtime.Allocate(1), Throws.TypeOf<ObjectDisposedException>());
        gpu.Driver.AssertClean();
        gpu.Dispose();
    }

    [TestCase("StreamCreate")]
    [TestCase("MemPoolCreate")]
    [TestCase("MemPoolSetAttribute")]
    [TestCase("DeviceTotalMem")]
    public void A_failure_while_opening_leaves_nothing(string entry)
    {
        using var driver = new FakeDriver();
        driver.Fail(entry, CudaStatus.NotSupported);
        Assert.That(
            () => CudaDriverRuntime.Open(driver.Started, FakeGpu.NoCublas, 0),
            Throws.TypeOf<GpuException>()
                .With.Message.Contains($"cu{entry}").And.Message.Contains("CUDA_ERROR_NOT_SUPPORTED (801)"));
        driver.AssertClean();
    }

    [Test]
    public void Handles_that_are_forgotten_are_released_without_an_exception()
    {
        using var driver = new FakeDriver();
        Forget(driver);
        for (var i = 0; i < 10 && driver.CallsOf("DevicePrimaryCtxRelease") == 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        driver.AssertClean();
        Assert.That(driver.CallsOf("DevicePrimaryCtxRelease"), Is.EqualTo(1));

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget(FakeDriver driver)
        {
            var runtime = CudaDriverRuntime.Open(driver.Started, FakeGpu.NoCublas, 0);
            _ = runtime.CreateStream();
            _ = runtime.CreateEvent();
            _ = runtime.LoadModule("m", ""u8);
        }
    }

    [Test]
    public void A_release_that_throws_is_quiet() =>
        Assert.That(CudaHandle.Quietly(() => throw new EntryPointNotFoundException()), Is.False);

    [Test]
    public void A_lost_device_can_be_disposed()
    {
        using var gpu = new FakeGpu();
        _ = gpu.Runtime.Allocate(1000);
        gpu.Driver.Fail("CtxSynchronize", CudaStatus.IllegalAddress);
        Assert.That(gpu.Runtime.Dispose, Throws.Nothing);
        Assert.That(gpu.Driver.Live, Is.Empty);
        gpu.Driver.Dispose();
    }

    [Test]
    public void Events_have_times_and_streams_wait_for_them()
    {
        using var gpu = new FakeGpu();
        using var stream = gpu.Runtime.CreateStream();
        using var start = gpu.Runtime.CreateEvent();
        using var end = gpu.Runtime.CreateEvent();
        start.Record(gpu.Stream);
        var memory = gpu.Runtime.Allocate(64);
        gpu.Runtime.Fill(memory, 1, 64, gpu.Stream);
        gpu.Runtime.Fill(memory, 2, 64, gpu.Stream);
        end.Record(gpu.Stream);
        stream.Wait(end);
        end.Synchronize();
        Assert.That(end.MillisecondsSince(start), Is.EqualTo(2));
        Assert.That(gpu.Driver.CallsOf("StreamWaitEvent"), Is.EqualTo(1));
        gpu.Runtime.Free(memory);
    }

    [Test]
    public void Things_of_another_runtime_are_refused()
    {
        using var gpu = new FakeGpu();
        using var other = new FakeGpu();
        using var module = other.Module(new FakeKernel("k"));
        using var recorded = other.Runtime.CreateEvent();
        var kernel = module.FindKernel("k");
        Assert.That(() => gpu.Runtime.Launch(kernel, new(new(1), new(1)), gpu.Stream), Throws.ArgumentException);
        Assert.That(() => gpu.Runtime.Fill(default, 0, 1, other.Stream), Throws.ArgumentException);
        Assert.That(() => gpu.Stream.Wait(recorded), Throws.ArgumentException);
        Assert.That(gpu.Driver.Launches, Is.Empty);
    }

    [Test]
    public void The_default_stream_is_the_runtimes_and_waits_for_no_other()
    {
        using var gpu = new FakeGpu();
        gpu.Stream.Dispose();
        gpu.Stream.Synchronize();
        Assert.That(gpu.Driver.Calls, Has.Some.EqualTo("StreamCreate(1)").And.None.EqualTo("StreamCreate(0)"));
    }

    [Test]
    public void Another_thread_may_go_on()
    {
        using var gpu = new FakeGpu();
        var memory = gpu.Runtime.Allocate(10);
        var thread = new Thread(() => gpu.Runtime.Free(memory));
        thread.Start();
        thread.Join();
        Assert.That(gpu.Runtime.MemoryStatistics.Blocks, Is.Zero);
    }
}
