using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// Captured work: it runs when launched, its memory stays its own, and what cannot be captured is refused unharmed.
/// </summary>
[TestFixture(true)]
[TestFixture(false)]
public sealed class CaptureTests(bool pools)
{
    [Test]
    public void Captured_work_runs_at_every_launch_and_not_before()
    {
        using var gpu = Gpu();
        var runs = 0;
        using var module = gpu.Module(new FakeKernel("k") { Run = _ => runs++ });
        var kernel = module.FindKernel("k");
        gpu.Stream.BeginCapture();
        gpu.Runtime.Launch(kernel, new(new(1), new(1)), gpu.Stream);
        gpu.Runtime.Launch(kernel, new(new(1), new(1)), gpu.Stream);
        using var graph = gpu.Stream.EndCapture();
        gpu.Runtime.Synchronize();
        Assert.That(runs, Is.Zero);
        graph.Launch(gpu.Stream);
        graph.Launch(gpu.Stream);
        gpu.Runtime.Synchronize();
        Assert.That(runs, Is.EqualTo(4));
        Assert.That(gpu.Driver.Calls, Has.Some.EqualTo("StreamBeginCapture(ThreadLocal)"));
        Assert.That(gpu.Driver.Live, Has.None.EqualTo("graph"), "Only the launchable form is kept.");
    }

    [Test]
    public void Memory_is_taken_during_a_capture_and_stays_the_graphs()
    {
        using var gpu = Gpu();
        gpu.Stream.BeginCapture();
        var temporary = gpu.Runtime.Allocate(1000);
        gpu.Runtime.Fill(temporary, 1, 1000, gpu.Stream);
        gpu.Runtime.Free(temporary);
        var second = gpu.Runtime.Allocate(1000);
        Assert.That(second, Is.EqualTo(temporary), "Captured work runs in order: the block may be used again in it.");
        gpu.Runtime.Fill(second, 2, 1000, gpu.Stream);
        gpu.Runtime.Free(second);
        var graph = gpu.Stream.EndCapture();

        var others = Enumerable.Range(0, 4).Select(_ => gpu.Runtime.Allocate(1000)).ToArray();
        Assert.That(others, Has.None.EqualTo(temporary), "A launch would write over it.");
        graph.Launch(gpu.Stream);
        gpu.Runtime.Synchronize();
        graph.Dispose();
        foreach (var other in others)
            gpu.Runtime.Free(other);
        Assert.That(gpu.Runtime.MemoryStatistics.InUse, Is.Zero);
    }

    [Test]
    public void A_result_of_captured_work_goes_back_to_the_graph_and_from_it_to_all()
    {
        using var gpu = Gpu();
        gpu.Stream.BeginCapture();
        var result = gpu.Runtime.Allocate(5000);
        gpu.Runtime.Fill(result, 1, 5000, gpu.Stream);
        var graph = gpu.Stream.EndCapture();
        var used = gpu.Driver.Used;
        gpu.Runtime.Free(result);
        Assert.That(gpu.Driver.Used, Is.EqualTo(used), "The graph still writes there.");
        Assert.That(gpu.Runtime.MemoryStatistics.Cached, Is.EqualTo(5120));
        graph.Dispose();
        var again = gpu.Runtime.Allocate(5000);
        Assert.That(gpu.Driver.Used, Is.EqualTo(used));
        gpu.Runtime.Free(again);
    }

    [Test]
    public void A_result_may_outlive_its_graph()
    {
        using var gpu = Gpu();
        gpu.Stream.BeginCapture();
        var result = gpu.Runtime.Allocate(64);
        gpu.Stream.EndCapture().Dispose();
        gpu.Runtime.Fill(result, 1, 64, gpu.Stream);
        gpu.Runtime.Free(result);
        Assert.That(gpu.Runtime.MemoryStatistics.Blocks, Is.Zero);
    }

    [Test]
    public void Memory_from_before_that_is_freed_in_a_capture_stays_with_the_graph()
    {
        using var gpu = Gpu();
        var input = gpu.Runtime.Allocate(2048);
        gpu.Stream.BeginCapture();
        gpu.Runtime.Fill(input, 3, 2048, gpu.Stream);
        gpu.Runtime.Free(input);
        using var graph = gpu.Stream.EndCapture();
        Assert.That(gpu.Driver.CallsOf("MemFreeAsync"), Is.Zero);
        graph.Launch(gpu.Stream);
        gpu.Runtime.Synchronize();
    }

    [Test]
    public unsafe void What_cannot_be_captured_is_refused_and_the_capture_goes_on()
    {
        using var gpu = Gpu();
        var block = gpu.Runtime.Allocate(8);
        using var second = gpu.Runtime.CreateStream();
        gpu.Stream.BeginCapture();
        var host = stackalloc byte[8];
        Assert.That(
            () => gpu.Runtime.CopyToDevice(block, host, 8, gpu.Stream),
            Throws.TypeOf<GpuException>().With.Message.Contains("from the host cannot be captured"));
        Assert.That(
            () => gpu.Runtime.CopyToHost(host, block, 8, gpu.Stream),
            Throws.TypeOf<GpuException>().With.Message.Contains("to the host cannot be captured"));
        Assert.That(gpu.Stream.Synchronize, Throws.TypeOf<GpuException>());
        Assert.That(gpu.Runtime.Synchronize, Throws.TypeOf<GpuException>());
        Assert.That(second.BeginCapture, Throws.TypeOf<GpuException>().With.Message.Contains("captures already"));
        gpu.Stream.EndCapture().Dispose();
        gpu.Runtime.Free(block);
    }

    [Test]
    public void There_must_be_a_capture_to_end()
    {
        using var gpu = Gpu();
        Assert.That(gpu.Stream.EndCapture, Throws.TypeOf<GpuException>().With.Message.Contains("nothing to end"));
    }

    [TestCase("StreamEndCapture")]
    [TestCase("GraphInstantiate")]
    public void A_capture_that_fails_leaves_nothing_and_the_next_may_succeed(string entry)
    {
        using var gpu = Gpu();
        gpu.Stream.BeginCapture();
        gpu.Runtime.Free(gpu.Runtime.Allocate(100));
        gpu.Driver.Fail(entry, CudaStatus.StreamCaptureInvalidated);
        Assert.That(
            gpu.Stream.EndCapture,
            Throws.TypeOf<GpuException>().With.Message.Contains("CUDA_ERROR_STREAM_CAPTURE_INVALIDATED (901)"));
        gpu.Stream.BeginCapture();
        gpu.Stream.EndCapture().Dispose();
    }

    [Test]
    public void A_graph_keeps_the_modules_of_its_kernels()
    {
        using var gpu = Gpu();
        var module = gpu.Module(new FakeKernel("k"));
        gpu.Stream.BeginCapture();
        gpu.Runtime.Launch(module.FindKernel("k"), new(new(1), new(1)), gpu.Stream);
        var graph = gpu.Stream.EndCapture();
        module.Dispose();
        Assert.That(gpu.Driver.CallsOf("ModuleUnload"), Is.Zero);
        graph.Launch(gpu.Stream);
        graph.Dispose();
        Assert.That(gpu.Driver.Calls.TakeLast(2), Has.Member("ModuleUnload"));
    }

    [Test]
    public void A_runtime_may_be_disposed_in_the_middle_of_a_capture()
    {
        var gpu = Gpu();
        gpu.Stream.BeginCapture();
        gpu.Runtime.Free(gpu.Runtime.Allocate(100));
        gpu.Dispose();
        Assert.That(gpu.Leaks, Is.Empty);
    }

    [Test]
    public void A_stream_may_be_disposed_in_the_middle_of_a_capture()
    {
        using var gpu = Gpu();
        var stream = gpu.Runtime.CreateStream();
        stream.BeginCapture();
        stream.Dispose();
        gpu.Runtime.Synchronize();
    }

    [Test]
    public void A_graph_may_outlive_the_runtime()
    {
        var gpu = Gpu();
        gpu.Stream.BeginCapture();
        gpu.Runtime.Free(gpu.Runtime.Allocate(100));
        var graph = gpu.Stream.EndCapture();
        gpu.Runtime.Dispose();
        Assert.That(() => graph.Launch(gpu.Stream), Throws.TypeOf<ObjectDisposedException>());
        graph.Dispose();
        gpu.Dispose();
    }

    [Test]
    public void Another_stream_can_capture_too_with_memory_from_before_and_during()
    {
        using var gpu = Gpu();
        using var stream = gpu.Runtime.CreateStream();
        var before = gpu.Runtime.Allocate(64);
        stream.BeginCapture();
        var during = gpu.Runtime.Allocate(64);
        gpu.Runtime.CopyOnDevice(during, before, 64, stream);
        using var graph = stream.EndCapture();
        graph.Launch(stream);
        stream.Synchronize();
        gpu.Runtime.Free(before);
        gpu.Runtime.Free(during);
    }

    [Test]
    public void Running_out_of_memory_in_a_capture_is_tried_again_and_does_not_break_it()
    {
        using var gpu = Gpu();
        gpu.Runtime.Free(gpu.Runtime.Allocate(4096));
        gpu.Stream.BeginCapture();
        gpu.Driver.Fail(pools ? "MemAllocFromPoolAsync" : "MemAlloc", CudaStatus.OutOfMemory);
        var block = gpu.Runtime.Allocate(100_000);
        gpu.Stream.EndCapture().Dispose();
        gpu.Runtime.Free(block);
    }

    [Test]
    public void Memory_that_is_not_there_is_said_in_a_capture_and_does_not_break_it()
    {
        using var gpu = Gpu();
        gpu.Stream.BeginCapture();
        var error = Assert.Throws<GpuOutOfMemoryException>(() => gpu.Runtime.Allocate(1L << 50))!;
        Assert.That(error.Message, Does.Contain(" free"));
        Assert.That(gpu.Runtime.MemoryStatistics.InUse, Is.Zero);
        Assert.That(gpu.Runtime.FreeMemory, Is.Positive);
        gpu.Stream.EndCapture().Dispose();
    }

    [Test]
    public void A_graph_of_a_lost_device_is_disposed_like_any()
    {
        var gpu = Gpu();
        gpu.Runtime.Free(gpu.Runtime.Allocate(1000));
        gpu.Stream.BeginCapture();
        var block = gpu.Runtime.Allocate(1000);
        gpu.Runtime.Fill(block, 1, 1000, gpu.Stream);
        gpu.Runtime.Free(block);
        var graph = gpu.Stream.EndCapture();
        gpu.Driver.Fail("CtxSynchronize", CudaStatus.IllegalAddress, CudaStatus.IllegalAddress);
        Assert.Throws<GpuLostException>(gpu.Runtime.Synchronize);
        Assert.DoesNotThrow(graph.Dispose);
        gpu.Driver.Fail("MemFree", CudaStatus.IllegalAddress, CudaStatus.IllegalAddress);
        Assert.DoesNotThrow(gpu.Runtime.Dispose);
        Assert.That(gpu.Driver.Live, Is.Empty);
        gpu.Driver.Dispose();
    }

    [Test]
    public void A_product_that_fails_in_a_capture_is_not_waited_for()
    {
        using var gpu = Gpu();
        var memory = gpu.Runtime.Allocate(1000);
        gpu.Stream.BeginCapture();
        gpu.Blas!.Failures["Gemm"] = CublasStatus.InternalError;
        Assert.Throws<GpuException>(() => gpu.Runtime.Gemm(Product, memory, memory, memory, gpu.Stream));
        gpu.Stream.EndCapture().Dispose();
        gpu.Runtime.Free(memory);
    }

    [Test]
    public void A_graph_keeps_what_its_products_work_in()
    {
        using var gpu = Gpu();
        var memory = gpu.Runtime.Allocate(1000);
        var stream = gpu.Runtime.CreateStream();
        stream.BeginCapture();
        gpu.Runtime.Gemm(Product, memory, memory, memory, stream);
        var graph = stream.EndCapture();
        var used = gpu.Driver.Used;
        stream.Dispose();
        Assert.That(gpu.Driver.Used, Is.EqualTo(used), "the stream's workspace is the graph's too");
        graph.Dispose();
        Assert.That(gpu.Driver.Used, Is.LessThan(used));
        gpu.Runtime.Free(memory);
    }

    private static GemmShape Product =>
        new() { DType = DType.Float32, M = 2, N = 2, K = 2, LdA = 2, LdB = 2, LdC = 2, Batch = 1 };

    private FakeGpu Gpu() => new(driver => driver.HasPools = pools, cublas: true);
}
