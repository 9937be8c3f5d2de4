using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>What is said of statuses, amounts, libraries and versions.</summary>
[TestFixture]
public sealed class SentenceTests
{
    [TestCase(0L, ExpectedResult = "0 B")]
    [TestCase(1023L, ExpectedResult = "1023 B")]
    [TestCase(1536L, ExpectedResult = "1.5 KiB")]
    [TestCase(256L << 20, ExpectedResult = "256 MiB")]
    [TestCase(24L << 30, ExpectedResult = "24 GiB")]
    [TestCase(5000L << 40, ExpectedResult = "5000 TiB")]
    public string Bytes(long bytes) => CudaNames.Bytes(bytes);

    [Test]
    public void A_part_has_the_unit_of_the_whole() =>
        Assert.That(CudaNames.PartOf(1181116006, 24L << 30), Is.EqualTo("1.1 of 24 GiB"));

    [Test]
    public void A_status_has_the_drivers_name_and_its_number()
    {
        using var driver = new FakeDriver();
        Assert.That(CudaNames.Of(driver, CudaStatus.OutOfMemory), Is.EqualTo("CUDA_ERROR_OUT_OF_MEMORY (2)"));
        Assert.That(
            CudaNames.Of(driver, (CudaStatus)12345), Is.EqualTo("an error that the driver does not name (12345)"));
    }

    [Test]
    public void A_good_call_writes_no_text()
    {
        using var gpu = new FakeGpu();
        gpu.Runtime.Context.Check(CudaStatus.Success, $"{Unwanted()}");
        Assert.That(
            () => gpu.Runtime.Context.Check(CudaStatus.InvalidValue, $"cuSomething({3})"),
            Throws.TypeOf<GpuException>().With.Message.EqualTo("cuSomething(3) failed: CUDA_ERROR_INVALID_VALUE (1)."));

        static string Unwanted() => throw new AssertionException("The text of a good call was made.");
    }

    [TestCase(nameof(CudaStatus.IllegalAddress))]
    [TestCase(nameof(CudaStatus.LaunchFailed))]
    [TestCase(nameof(CudaStatus.EccUncorrectable))]
    [TestCase(nameof(CudaStatus.MisalignedAddress))]
    [TestCase(nameof(CudaStatus.LaunchTimeout))]
    public void A_dead_context_is_a_lost_device(string name)
    {
        var status = Enum.Parse<CudaStatus>(name);
        using var gpu = new FakeGpu();
        gpu.Driver.Fail("StreamSynchronize", status);
        Assert.That(
            gpu.Stream.Synchronize,
            Throws.TypeOf<GpuLostException>().With.Message.Contains("nothing more runs on this device"));
        Assert.That(gpu.Runtime.Context.IsLost);
    }

    [Test]
    public void A_late_fault_names_the_last_kernel()
    {
        using var gpu = new FakeGpu();
        using var module = gpu.Module(new FakeKernel("relu_forward_f32"));
        gpu.Runtime.Launch(module.FindKernel("relu_forward_f32"), new(new(1), new(32)), gpu.Stream);
        gpu.Driver.Fail("CtxSynchronize", CudaStatus.IllegalAddress);
        Assert.That(gpu.Runtime.Synchronize, Throws.TypeOf<GpuLostException>().With.Message.StartsWith(
            "cuCtxSynchronize failed: CUDA_ERROR_ILLEGAL_ADDRESS (700). "
            + "The last kernel launched was relu_forward_f32."));
    }

    [Test]
    public void A_missing_library_is_said_with_its_names()
    {
        var missing = CudaLibraries.Load(
            "cuBLAS", ["libcublas.so.13", "libcublas.so.12", "/usr/local/cuda/lib64/libcublas.so.12"], _ => 0);
        Assert.That(missing.Handle, Is.EqualTo((nint)0));
        Assert.That(
            missing.Missing,
            Is.EqualTo("There is no cuBLAS on this machine (neither libcublas.so.13 nor libcublas.so.12 was found)."));
    }

    [Test]
    public void The_first_library_that_loads_is_taken()
    {
        var asked = new List<string>();
        var found = CudaLibraries.Load("cuBLAS", ["a", "b", "c"], name =>
        {
            asked.Add(name);
            return name == "b" ? 7 : 0;
        });
        Assert.That((found.Handle, found.Name, found.Missing), Is.EqualTo(((nint)7, "b", (string?)null)));
        Assert.That(asked, Is.EqualTo(new[] { "a", "b" }));
    }

    [TestCase("12.4", false, ExpectedResult = new[] { "libcublas.so.12" })]
    [TestCase("13.0", false, ExpectedResult = new[] { "libcublas.so.13", "libcublas.so.12" })]
    [TestCase("13.1", true, ExpectedResult = new[] { "cublas64_13.dll", "cublas64_12.dll" })]
    public string[] CuBLAS_is_sought_13_before_12_where_the_driver_can_run_it(string driver, bool windows) =>
        CudaLibraries.CublasFiles(Version.Parse(driver), windows);

    [TestCase(11080, ExpectedResult = "11.8")]
    [TestCase(12040, ExpectedResult = "12.4")]
    [TestCase(13010, ExpectedResult = "13.1")]
    public string The_drivers_version(int number) => DriverStart.OfNumber(number).ToString();

    [TestCase(nameof(CudaStatus.NoDevice), "it finds no GPU (cuInit: CUDA_ERROR_NO_DEVICE (100))")]
    [TestCase(nameof(CudaStatus.StubLibrary), "a stub for building")]
    [TestCase(nameof(CudaStatus.SystemNotReady), "start nvidia-fabricmanager.")]
    [TestCase(nameof(CudaStatus.SystemDriverMismatch), "Restart the machine.")]
    [TestCase(nameof(CudaStatus.Unknown), "does not start (cuInit: CUDA_ERROR_UNKNOWN (999))")]
    public void A_driver_that_does_not_start_says_why(string name, string words)
    {
        var status = Enum.Parse<CudaStatus>(name);
        using var driver = new FakeDriver();
        driver.Fail("Init", status);
        var started = driver.Started;
        Assert.That(started.Driver, Is.Null);
        Assert.That(started.Missing, Does.Contain(words));
        Assert.That(
            () => started.Required, Throws.TypeOf<GpuUnavailableException>().With.Message.EqualTo(started.Missing));
    }

    [Test]
    public void A_GPU_without_room_for_a_context_is_out_of_memory()
    {
        using var driver = new FakeDriver();
        driver.Fail("DevicePrimaryCtxRetain", CudaStatus.OutOfMemory);
        Assert.That(
            () => CudaDriverRuntime.Open(driver.Started, LoadedCublas.Of(new FakeCublas(driver)), 0),
            Throws.TypeOf<GpuOutOfMemoryException>().With.Message.StartsWith("cuDevicePrimaryCtxRetain(GPU "));
    }

    [Test]
    public void A_driver_without_our_entry_points_is_too_old_and_is_not_started()
    {
        using var driver = new FakeDriver { Version = 11020 };
        Assert.That(driver.Started.Missing, Is.EqualTo(
            "The NVIDIA driver is too old: it is made for CUDA 11.2, and CUDA 11.4 is the least. Update the driver."));
        Assert.That(driver.CallsOf("Init"), Is.Zero);
    }
}
