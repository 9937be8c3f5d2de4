using NUnit.Framework;
using ZfNet.Cli.Commands;
using ZfNet.Kernels.Cuda;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>What is found on machines of all kinds.</summary>
[TestFixture]
public sealed class GpusTests
{
    [Test]
    public void Two_gpus_and_cuBLAS()
    {
        using var driver = new FakeDriver { Count = 2 };
        var system = Gpus.Find(driver.Started, _ => new FakeCublas(driver).Loaded);
        Assert.That(system.Gpus, Is.EqualTo(new[]
        {
            new GpuInfo(0, "Fake GPU", new(9, 0), 24L << 30, null),
            new GpuInfo(1, "Fake GPU", new(9, 0), 24L << 30, null),
        }));
        Assert.That(
            (system.DriverCuda, system.NoGpu, system.Cublas, system.NoCublas),
            Is.EqualTo((new Version(12, 4), (string?)null, "12.4.5", (string?)null)));
        Assert.That(driver.CallsOf("DevicePrimaryCtxRetain"), Is.Zero, "Looking makes no context.");
        Assert.That(InfoCommand.GpuLines(system), Is.EqualTo(new[]
        {
            "driver     CUDA 12.4",
            "gpu        0: Fake GPU, compute capability 9.0, 24.0 GiB",
            "gpu        1: Fake GPU, compute capability 9.0, 24.0 GiB",
            "cublas     12.4.5",
        }));
    }

    [Test]
    public void No_driver_is_a_sentence_and_cuBLAS_is_not_sought()
    {
        var system = Gpus.Find(
            new LoadedDriver(null, "There is no NVIDIA driver."), _ => throw new AssertionException("sought"));
        Assert.That(system, Is.EqualTo(new GpuSystem { NoGpu = "There is no NVIDIA driver.", Gpus = system.Gpus }));
        Assert.That(InfoCommand.GpuLines(system), Is.EqualTo(new[] { "gpu        There is no NVIDIA driver." }));
    }

    [Test]
    public void A_gpu_that_is_too_old_is_listed_with_the_reason()
    {
        using var driver = new FakeDriver { Capability = new(6, 1), Name = "Old GPU" };
        var system = Gpus.Find(driver.Started, _ => FakeGpu.NoCublas);
        const string Reason =
            "The GPU Old GPU is too old: it has compute capability 6.1, and the kernels need 7.5 or newer.";
        Assert.That(system.Gpus[0].Unusable, Is.EqualTo(Reason));
        Assert.That(system.NoGpu, Is.EqualTo(Reason));
        Assert.That(system.NoCublas, Is.EqualTo("There is no cuBLAS on this machine."));
        Assert.That(
            () => CudaDriverRuntime.Open(driver.Started, FakeGpu.NoCublas, 0),
            Throws.TypeOf<GpuUnavailableException>().With.Message.EqualTo(Reason));
        driver.AssertClean();
    }

    [Test]
    public void A_driver_without_a_gpu()
    {
        using var driver = new FakeDriver { Count = 0 };
        Assert.That(
            Gpus.Find(driver.Started, _ => FakeGpu.NoCublas).NoGpu,
            Is.EqualTo("The NVIDIA driver is here, but it finds no GPU."));
    }

    [Test]
    public void A_driver_that_fails_in_the_middle_is_a_sentence()
    {
        using var driver = new FakeDriver();
        driver.Fail("DeviceGetName", CudaStatus.InvalidDevice);
        Assert.That(
            Gpus.Find(driver.Started, _ => FakeGpu.NoCublas).NoGpu,
            Is.EqualTo("cuDeviceGetName failed: CUDA_ERROR_INVALID_DEVICE (101)."));
    }

    [TestCase(0, 0, "There is no GPU 0: this machine has none.")]
    [TestCase(1, 1, "There is no GPU 1: this machine has one, GPU 0.")]
    [TestCase(3, -1, "There is no GPU -1: this machine has 3, GPU 0 to GPU 2.")]
    public void An_index_out_of_range(int count, int index, string sentence)
    {
        using var driver = new FakeDriver { Count = count };
        Assert.That(
            () => CudaDriverRuntime.Open(driver.Started, FakeGpu.NoCublas, index),
            Throws.TypeOf<GpuUnavailableException>().With.Message.EqualTo(sentence));
    }

    [Test]
    public void This_machine_is_described_without_an_exception()
    {
        var system = Gpus.Find();
        Assert.That(system.NoGpu is null, Is.EqualTo(system.Gpus.Any(gpu => gpu.Unusable is null)));
        if (system.NoGpu is not null)
            Assert.That(() => CudaDriverRuntime.Open(), Throws.TypeOf<GpuUnavailableException>());
    }
}
