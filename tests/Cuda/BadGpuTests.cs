using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.Kernels.Cuda.Driver;
using ZfNet.PtxEmulator;
using ZfNet.Tests.Training;
using ZfNet.Training;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// A GPU that has too little memory, the wrong kernels, or is lost: a typed sentence, and nothing leaks.
/// </summary>
[TestFixture]
public sealed class BadGpuTests
{
    private static string Ptx => Encoding.ASCII.GetString(CudaKernels.Ptx());

    [Test]
    public void PTX_without_a_kernel_names_it_and_the_runtime_is_closed()
    {
        var gpu = new SoftwareGpu();
        Refused(gpu, Ptx.Replace("col2im_f64", "col2im_x64", StringComparison.Ordinal), "has no kernel \"col2im_f64\"");
        Assert.That(() => gpu.Allocate(1), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void PTX_whose_kernel_takes_other_parameters_is_stale()
    {
        var stale = new Regex(@"\.param \.f32 scale_f32_param_0").Replace(Ptx, ".param .f64 scale_f32_param_0", 1);
        Assert.That(stale, Is.Not.EqualTo(Ptx));
        Refused(new SoftwareGpu(), stale, "kernels.ptx is stale: its scale_f32 takes other parameters.");
    }

    [Test]
    public void PTX_that_is_cut_or_made_for_another_gpu_is_refused()
    {
        Refused(new SoftwareGpu(), Ptx[..(Ptx.Length / 2)], "kernels.ptx:");
        Refused(new SoftwareGpu(new() { ComputeCapability = new(7, 0) }), Ptx, "the device has compute capability 7.0");
    }

    [Test]
    public void The_driver_finds_kernels_that_are_missing_or_stale_too()
    {
        var all = Kernels();
        const string Name = "relu_forward_f32";
        Refused([.. all.Where(kernel => kernel.Name != Name)], $"kernels.ptx has no kernel {Name}: it is stale");
        Refused(
            [.. all.Where(kernel => kernel.Name != Name), new FakeKernel(Name, 8, 8)],
            $"kernels.ptx is stale: its {Name} takes other parameters.");

        static void Refused(FakeKernel[] kernels, string sentence)
        {
            using var driver = new FakeDriver();
            driver.Kernels.AddRange(kernels);
            BadGpuTests.Refused(CudaDriverRuntime.Open(driver.Started, FakeGpu.NoCublas, 0), Ptx, sentence);
            driver.AssertClean();
        }
    }

    // From too little for the first convolution to all that a step of 12 pictures needs, so that memory runs out at
    // every stage of a step.
    [Test]
    public void Memory_that_runs_out_in_a_training_step_is_a_sentence_and_a_smaller_batch_goes_on()
    {
        var outcomes = new List<bool>();
        var enough = Peak(batch: 12);
        for (var i = 0; i < 8; i++)
        {
            var total = Peak(batch: 1) + (enough - Peak(batch: 1)) * i / 7;
            using var device = SoftwareMachine.Gpu((total + 255) / 256 * 256 + (1 << 16));
            outcomes.Add(Fits(device, enough));
            Assert.That(((CudaBackend)device.Backend).Memory.Buffers, Is.Zero);
        }
        Assert.That(outcomes, Has.Some.True.And.Some.False);
    }

    [TestCase("LaunchKernel")]
    [TestCase("MemFreeAsync")]
    [TestCase("MemAllocFromPoolAsync")]
    [TestCase("MemcpyDtoHAsync")]
    [TestCase("EventSynchronize")]
    public void A_gpu_that_is_lost_in_a_training_step_is_a_sentence_and_can_be_closed(string entry)
    {
        using var driver = new FakeDriver();
        driver.Kernels.AddRange(Kernels());
        var runtime = CudaDriverRuntime.Open(driver.Started, FakeGpu.NoCublas, 0);
        using (var device = new Device(new CudaBackend(runtime) { ChecksIndices = false }))
        using (var scope = new TensorScope())
        using (var network = TinyNetwork.Make(1, device, classes: 2))
        {
            var x = Tensor.Zeros([2, 3, 12, 12], DType.Float32, device);
            var loss = network.Forward(x).CrossEntropy(Tensor.From<int>([0, 1], [2], device));
            driver.Fail(entry, [.. Enumerable.Repeat(CudaStatus.IllegalAddress, 10_000)]);
            var error = Assert.Throws<GpuLostException>(() =>
            {
                loss.Backward();
                foreach (var (_, parameter) in network.Parameters)
                    parameter.Grad!.ToArray<float>();
            });
            Assert.That(error.Message, Does.Contain("CUDA_ERROR_ILLEGAL_ADDRESS (700)"));
            Assert.That(error.Message, Does.EndWith("nothing more runs on this device before a restart."));
        }
        Assert.That(driver.Violations, Is.Empty);
        Assert.That(driver.Live, Is.Empty, "objects left");
    }

    private static void Refused(IGpuRuntime runtime, string ptx, string sentence) =>
        Assert.That(
            () => new CudaBackend(runtime, Encoding.ASCII.GetBytes(ptx)),
            Throws.TypeOf<GpuModuleException>().With.Message.Contains(sentence));

    private static FakeKernel[] Kernels() =>
    [
        .. CudaKernels.Signatures.Select(signature => new FakeKernel(
            signature.Name,
            [.. signature.Parameters.Select(p => p is KernelParameter.I32 or KernelParameter.F32 ? 4 : 8)])),
    ];

    private static long Peak(int batch)
    {
        using var device = SoftwareMachine.Gpu();
        Train(device, batch);
        return ((CudaBackend)device.Backend).Memory.PeakInUse;
    }

    private static bool Fits(Device device, long enough)
    {
        using var network = TinyNetwork.Make(1, device, classes: 2);
        try
        {
            Train(network, device, 12);
            return true;
        }
        catch (InsufficientMemoryException error)
        {
            Assert.That(error.Message, Does.Match(
                "^The GPU Software GPU is out of memory: .+ more are needed, .+ are free, and .+ are in use "));
            Assert.That(error.InnerException, Is.TypeOf<GpuOutOfMemoryException>());
        }
        Train(network, device, 1);
        return false;
    }

    private static void Train(Device device, int batch)
    {
        using var network = TinyNetwork.Make(1, device, classes: 2);
        Train(network, device, batch);
    }

    private static void Train(Sequential network, Device device, int batch)
    {
        var pictures = new StripedPictures(batch, 1, classes: 2).Prepared();
        var recipe = new TrainingOptions { Epochs = 1, BatchSize = batch, LearningRate = 1e-3 };
        using var trainer = new Trainer(network, pictures, device, recipe);
        Assert.That(trainer.Run()[0].Loss, Is.Positive);
    }
}
