using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;

namespace ZfNet.Tests.Cuda;

/// <summary>The CUDA backend's own: memory, own matrix products, what it looks at, what it refuses.</summary>
[TestFixture]
public sealed class CudaBackendTests
{
    private CudaBackend backend = null!;
    private SoftwareGpu gpu = null!;
    private Device device = null!;

    [SetUp]
    public void Open()
    {
        gpu = new SoftwareGpu(new() { TotalMemory = 1 << 20 });
        backend = new CudaBackend(gpu);
        device = new Device(backend);
    }

    // The software GPU reports what was not given back.
    [TearDown]
    public void Close()
    {
        device.Dispose();
        backend.Dispose();
        gpu.Dispose();
        Assert.That(gpu.Reports.Select(report => report.Sentence), Is.Empty);
    }

    [Test]
    public void Buffers_and_scratch_are_given_back()
    {
        using (new TensorScope())
        {
            Assert.That(Loss(device), Is.Positive);
            Assert.That(backend.Memory.Buffers, Is.Positive);
        }
        Assert.That(backend.Memory.Buffers, Is.Zero);
        Assert.That(backend.Memory.InUse, Is.Zero);
        Assert.That(backend.Memory.PeakInUse, Is.Positive);
    }

    [Test]
    public void Own_matrix_products_and_a_small_workspace_change_nothing_but_rounding()
    {
        using var scope = new TensorScope();
        var usual = Loss(device);
        backend.OwnGemm = true;
        backend.ConvolutionWorkspace = 0;
        Assert.That(backend.Description, Does.Contain("own matrix products"));
        var own = Loss(device);
        var tolerance = Tolerances.For("network", DType.Float32, "reference");
        Assert.That(Compare.Measure([own], [usual], [1], tolerance, "loss").Passed, $"{own} and {usual}");
        var reference = Loss(Backends.Reference);
        Assert.That(Compare.Measure([own], [reference], [1], tolerance, "loss").Passed, $"{own} and {reference}");
    }

    [Test]
    public void Too_much_memory_is_refused_in_a_sentence_and_the_device_goes_on()
    {
        using var scope = new TensorScope();
        var kept = Tensor.From<float>([1, 2, 3], [3], device);
        var error = Assert.Throws<InsufficientMemoryException>(() => Tensor.Empty([1 << 20], DType.Float32, device));
        Assert.That(error.Message, Is.EqualTo(
            "The GPU Software GPU is out of memory: 4 MiB more are needed, 1 of 1 MiB are free, and 12 B are in use by this "
            + "device's tensors; a smaller batch needs less."));
        Assert.That(error.InnerException, Is.TypeOf<GpuOutOfMemoryException>());
        Compare.Equal(kept.Add(kept), [2, 4, 6], [3], "sum");
    }

    [Test]
    public void Another_devices_memory_is_refused()
    {
        using var cpu = new ReferenceBackend();
        using var foreign = cpu.Allocate(16);
        var view = new BufferView(foreign, DType.Float32, 0, 4);
        var error = Assert.Throws<InvalidOperationException>(() => backend.Fill(1, view));
        Assert.That(error.Message, Does.EndWith("of another device reached cuda."));
    }

    [Test]
    public void Copies_of_another_length_are_refused()
    {
        using var buffer = backend.Allocate(16);
        var view = new BufferView(buffer, DType.Float32, 0, 4);
        Assert.Throws<ArgumentException>(() => backend.Upload(new byte[12], view));
        Assert.Throws<ArgumentException>(() => backend.Download(view, new byte[20]));
    }

    [Test]
    public void Unchecked_a_bad_label_counts_as_ignored_and_a_bad_switch_goes_nowhere()
    {
        using var scope = new TensorScope();
        var x = Tensor.From<float>([1, 2, 3, 4, 5, 7], [2, 3], device);
        var good = x.Narrow(0, 0, 1).CrossEntropy(Tensor.From<int>([2], [1], device)).Item();
        var labels = Tensor.From<int>([2, 9], [2], device);
        Assert.Throws<ArgumentOutOfRangeException>(() => x.CrossEntropy(labels));
        var pooled = Tensor.From<float>([5, 6], [1, 1, 1, 2], device);
        var switches = Tensor.From<int>([1, 77], [1, 1, 1, 2], device);
        Assert.Throws<ArgumentOutOfRangeException>(() => pooled.MaxUnpool2d(switches, new Pair(2, 2)));
        backend.ChecksIndices = false;
        Assert.That(x.CrossEntropy(labels).Item(), Is.EqualTo(good));
        Compare.Equal(pooled.MaxUnpool2d(switches, new Pair(2, 2)), [0, 5, 0, 0], [1, 1, 2, 2], "unpooled");
    }

    [Test]
    public void A_buffer_that_nobody_disposed_is_given_back_at_the_next_request()
    {
        Forget();
        for (var i = 0; i < 50 && backend.Memory.Buffers > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            backend.Allocate(4).Dispose();
        }
        Assert.That(backend.Memory.Buffers, Is.Zero);
    }

    [Test]
    public void Buffers_that_nobody_disposed_are_given_back_before_memory_runs_out()
    {
        for (var i = 0; i < 40; i++)
            Forget(100_000);
        Assert.That(backend.Memory.PeakInUse, Is.LessThanOrEqualTo(1 << 20));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private void Forget(long bytes = 64) => _ = backend.Allocate(bytes);

    // Forward and backward through a convolution, pooling, a linear layer and the loss.
    private static double Loss(Device device)
    {
        var x = Argument.Random("x", [3, 2, 7, 6], 1).Make(DType.Float32, device);
        var w = Argument.Random("w", [4, 2, 3, 3], 2).Make(DType.Float32, device);
        var bias = Argument.Random("bias", [4], 3).Make(DType.Float32, device);
        var fc = Argument.Random("fc", [5, 24], 4).Make(DType.Float32, device);
        var y = x.Conv2d(w, bias, padding: 1).ReLU().MaxPool2d(3, 2).Flatten();
        var loss = y.Linear(fc).CrossEntropy(Tensor.From<int>([0, 4, 2], [3], device));
        loss.Backward();
        return loss.Item();
    }
}
