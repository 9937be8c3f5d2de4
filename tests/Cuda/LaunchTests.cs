using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>Modules and launches: what the driver is given, and what is refused before it is asked.</summary>
[TestFixture]
public sealed class LaunchTests
{
    private const string Ptx = "// a comment\n.version 8.4\n.target sm_75\n.address_size 64\n";

    [Test]
    public void Arguments_arrive_byte_for_byte()
    {
        using var gpu = new FakeGpu();
        using var module = gpu.Module(new FakeKernel("k", 8, 4, 4, 8, 4, 8));
        gpu.Runtime.Launch(
            module.FindKernel("k"), new(new(3, 5, 7), new(32, 2, 4), 1024), gpu.Stream,
            new DevicePointer(0x1122334455667788), -2, 1.5f, long.MinValue, 0xDEADBEEFu, Math.PI);
        var launch = gpu.Driver.Launches.Single();
        Assert.That(launch.Arguments, Is.EqualTo(new[]
        {
            BitConverter.GetBytes(0x1122334455667788), BitConverter.GetBytes(-2), BitConverter.GetBytes(1.5f),
            BitConverter.GetBytes(long.MinValue), BitConverter.GetBytes(0xDEADBEEF), BitConverter.GetBytes(Math.PI),
        }));
        Assert.That(launch.Grid, Is.EqualTo(new[] { 3, 5, 7 }));
        Assert.That(launch.Block, Is.EqualTo(new[] { 32, 2, 4 }));
        Assert.That(launch.SharedBytes, Is.EqualTo(1024));
    }

    [Test]
    public void A_launch_allocates_nothing()
    {
        using var gpu = new FakeGpu();
        using var module = gpu.Module(new FakeKernel("k", 8, 4));
        var (kernel, stream) = (module.FindKernel("k"), gpu.Stream);
        gpu.Driver.OnlyCounts = true;
        for (var i = 0; i < 100; i++)
            gpu.Runtime.Launch(kernel, new(new(1), new(32)), stream, 1L, 2);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            gpu.Runtime.Launch(kernel, new(new(1), new(32)), stream, 1L, 2);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(gpu.Driver.Counted, Is.EqualTo(1100));
    }

    [Test]
    public void The_wrong_number_of_arguments_is_refused()
    {
        using var gpu = new FakeGpu();
        using var module = gpu.Module(new FakeKernel("k", 8, 4));
        Assert.That(
            () => gpu.Runtime.Launch(module.FindKernel("k"), new(new(1), new(1)), gpu.Stream, 1L),
            Throws.TypeOf<GpuException>().With.Message.EqualTo("k has 2 parameters but was given 1 arguments."));
        Assert.That(gpu.Driver.Launches, Is.Empty);
    }

    [Test]
    public void An_argument_of_the_wrong_size_is_refused()
    {
        using var gpu = new FakeGpu();
        using var module = gpu.Module(new FakeKernel("k", 8, 4));
        Assert.That(
            () => gpu.Runtime.Launch(module.FindKernel("k"), new(new(1), new(1)), gpu.Stream, 1L, 2L),
            Throws.TypeOf<GpuException>()
                .With.Message.EqualTo("Argument 1 of k has 8 bytes, and the parameter has 4."));
        Assert.That(gpu.Driver.Launches, Is.Empty);
    }

    [Test]
    public void A_driver_before_12_4_is_not_asked_for_parameters()
    {
        using var gpu = new FakeGpu(driver => driver.HasParameterInfo = false);
        using var module = gpu.Module(new FakeKernel("k", 4));
        gpu.Runtime.Launch(module.FindKernel("k"), new(new(1), new(1)), gpu.Stream, 7);
        Assert.That(gpu.Driver.CallsOf("FuncGetParamInfo"), Is.Zero);
        Assert.That(gpu.Driver.Launches, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_kernel_knows_its_limits()
    {
        using var gpu = new FakeGpu();
        using var module = gpu.Module(new FakeKernel("k") { SharedBytes = 4096 });
        var kernel = module.FindKernel("k");
        Assert.That((kernel.Name, kernel.StaticSharedBytes, kernel.MaxThreadsPerBlock), Is.EqualTo(("k", 4096, 256)));
    }

    [Test]
    public void More_shared_memory_than_usual_is_asked_for_once()
    {
        using var gpu = new FakeGpu();
        using var module = gpu.Module(new FakeKernel("k"));
        var kernel = module.FindKernel("k");
        gpu.Runtime.Launch(kernel, new(new(1), new(1), 48 << 10), gpu.Stream);
        Assert.That(gpu.Driver.CallsOf("FuncSetAttribute"), Is.Zero);
        gpu.Runtime.Launch(kernel, new(new(1), new(1), 64 << 10), gpu.Stream);
        gpu.Runtime.Launch(kernel, new(new(1), new(1), 64 << 10), gpu.Stream);
        Assert.That(
            gpu.Driver.Calls.Where(call => call.StartsWith("FuncSetAttribute", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "FuncSetAttribute(MaxDynamicSharedBytes, 65536)" }));
    }

    [Test]
    public void A_refused_launch_is_said_with_its_shape()
    {
        using var gpu = new FakeGpu();
        using var module = gpu.Module(new FakeKernel("k"));
        gpu.Driver.Fail("LaunchKernel", CudaStatus.InvalidValue);
        Assert.That(
            () => gpu.Runtime.Launch(module.FindKernel("k"), new(new(0), new(2048)), gpu.Stream),
            Throws.TypeOf<GpuException>().With.Message.EqualTo(
                "cuLaunchKernel(k, grid (0, 1, 1), block (2048, 1, 1), 0 B of shared memory) "
                + "failed: CUDA_ERROR_INVALID_VALUE (1)."));
    }

    [Test]
    public void A_kernel_of_a_disposed_module_is_refused()
    {
        using var gpu = new FakeGpu();
        var module = gpu.Module(new FakeKernel("k"));
        var kernel = module.FindKernel("k");
        module.Dispose();
        Assert.That(
            () => gpu.Runtime.Launch(kernel, new(new(1), new(1)), gpu.Stream),
            Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void A_missing_kernel()
    {
        using var gpu = new FakeGpu();
        using var module = gpu.Module();
        Assert.That(
            () => module.FindKernel("nothing_f32"),
            Throws.TypeOf<GpuModuleException>()
                .With.Message.EqualTo("test.ptx has no kernel nothing_f32: it is stale, or of another version."));
    }

    [Test]
    public void The_text_is_ended_and_the_compilers_words_are_kept()
    {
        using var gpu = new FakeGpu(driver => driver.InfoLog = "ptxas info : Used 12 registers");
        using var module = gpu.Runtime.LoadModule("k.ptx", System.Text.Encoding.ASCII.GetBytes(Ptx));
        Assert.That(gpu.Driver.Loaded, Is.EqualTo(Ptx));
        Assert.That(((CudaModule)module).Log, Is.EqualTo("ptxas info : Used 12 registers"));
    }

    [TestCase(nameof(CudaStatus.InvalidPtx), "compiler refuses k.ptx. (cuModuleLoadDataEx(k.ptx) failed: CUDA")]
    [TestCase(
        nameof(CudaStatus.UnsupportedPtxVersion),
        "The NVIDIA driver is too old for k.ptx: that is PTX 8.4, which needs a driver of CUDA 12.4, "
        + "and this one is of CUDA 12.2. Update the driver.")]
    [TestCase(
        nameof(CudaStatus.NoBinaryForGpu),
        "k.ptx is made for sm_75 and does not run on this GPU of compute capability 9.0.")]
    [TestCase(nameof(CudaStatus.JitCompilerNotFound), "libnvidia-ptxjitcompiler")]
    [TestCase(nameof(CudaStatus.NotSupported), "cuModuleLoadDataEx(k.ptx) failed: CUDA_ERROR_NOT_SUPPORTED (801)")]
    public void A_refused_module_is_said_with_the_compilers_log(string name, string words)
    {
        var status = Enum.Parse<CudaStatus>(name);
        using var gpu = new FakeGpu(driver =>
        {
            driver.Version = 12020;
            driver.ErrorLog = "ptxas application ptx input, line 7; fatal";
        });
        gpu.Driver.Fail("ModuleLoadDataEx", status);
        Assert.That(
            () => gpu.Runtime.LoadModule("k.ptx", System.Text.Encoding.ASCII.GetBytes(Ptx)),
            Throws.TypeOf<GpuModuleException>().With.Message.Contains(words)
                .And.Message.EndsWith("\nptxas application ptx input, line 7; fatal")
                .And.Property(nameof(GpuModuleException.Log)).EqualTo("ptxas application ptx input, line 7; fatal"));
    }

    [Test]
    public void A_log_longer_than_its_buffer_is_cut()
    {
        using var gpu = new FakeGpu(driver => driver.ErrorLog = new string('x', 1 << 20));
        gpu.Driver.Fail("ModuleLoadDataEx", CudaStatus.InvalidPtx);
        Assert.That(
            () => gpu.Runtime.LoadModule("k.ptx", ""u8),
            Throws.TypeOf<GpuModuleException>()
                .With.Property(nameof(GpuModuleException.Log)).Length.InRange(60_000, 65_535));
    }

    [TestCase(".version 8.4\n.target sm_75", "8.4", "sm_75", "12.4")]
    [TestCase("//\n  .version  9.0 \n.target sm_90a, debug", "9.0", "sm_90a", "13.0")]
    [TestCase(".version 77.1", "77.1", null, null)]
    [TestCase("nothing .version 8.4", null, null, null)]
    [TestCase("", null, null, null)]
    public void The_head_of_a_module(string text, string? version, string? target, string? cuda)
    {
        var header = PtxHeader.Read(System.Text.Encoding.ASCII.GetBytes(text));
        Assert.That(
            (header.Version?.ToString(), header.Target, header.Cuda?.ToString()), Is.EqualTo((version, target, cuda)));
    }

    [Test]
    public void The_committed_PTX_needs_the_driver_that_the_sentence_names()
    {
        var header = PtxHeader.Read(CudaKernels.Ptx());
        Assert.That(
            (header.Version, header.Target, header.Cuda), Is.EqualTo((new Version(8, 4), "sm_75", new Version(12, 4))));
    }
}
