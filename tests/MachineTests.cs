using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.Tests.Cuda;

namespace ZfNet.Tests;

/// <summary>How a device is chosen by its name, on machines of all kinds.</summary>
[TestFixture]
public sealed class MachineTests
{
    private static readonly GpuInfo Old = new(0, "Old GPU", new(6, 1), 1, "The GPU Old GPU is too old.");

    [TestCase("auto", ExpectedResult = true)]
    [TestCase("cpu", ExpectedResult = true)]
    [TestCase("reference", ExpectedResult = true)]
    [TestCase("cuda", ExpectedResult = true)]
    [TestCase("cuda:0", ExpectedResult = true)]
    [TestCase("cuda:17", ExpectedResult = true)]
    [TestCase("cuda:", ExpectedResult = false)]
    [TestCase("cuda:-1", ExpectedResult = false)]
    [TestCase("cuda: 1", ExpectedResult = false)]
    [TestCase("cuda:1x", ExpectedResult = false)]
    [TestCase("cuda:99999999999", ExpectedResult = false)]
    [TestCase("CUDA", ExpectedResult = false)]
    [TestCase("gpu", ExpectedResult = false)]
    [TestCase("", ExpectedResult = false)]
    public bool Names(string name) => Machine.IsName(name);

    [Test]
    public void A_name_that_is_none_is_refused_with_those_there_are() =>
        Assert.That(
            () => Device.Open("gpu"),
            Throws.TypeOf<ArgumentException>().With.Message.EqualTo(
                "There is no device 'gpu'; there are auto, cpu, reference, cuda or cuda:n."));

    [TestCase("cpu", "cpu")]
    [TestCase("reference", "reference")]
    [TestCase("cuda", "cuda")]
    [TestCase("cuda:1", "cuda")]
    public void A_device_that_is_named_is_opened_without_a_word(string name, string backend)
    {
        using var device = SoftwareMachine.With(1 << 20, 1 << 20).Open(name, 1, _ => Assert.Fail("told"));
        Assert.That(device.Backend.Name, Is.EqualTo(backend));
        using var tensor = Tensor.Full([3], 2, DType.Float32, device);
        Assert.That(tensor.ToArray<float>(), Has.All.EqualTo(2));
    }

    [Test]
    public void A_number_picks_the_gpu()
    {
        var opened = new List<int>();
        var machine = new Machine(() => new GpuSystem(), index =>
        {
            opened.Add(index);
            return Device.CreateCpu(1);
        });
        machine.Open("cuda").Dispose();
        machine.Open("cuda:3").Dispose();
        Assert.That(opened, Is.EqualTo(new[] { 0, 3 }));
    }

    [Test]
    public void A_gpu_that_was_asked_for_and_is_not_there_is_an_error() =>
        Assert.That(
            () => SoftwareMachine.With(1 << 20).Open("cuda:1"),
            Throws.TypeOf<GpuUnavailableException>().With.Message.EqualTo("There is no GPU 1: this machine has 1."));

    [Test]
    public void Auto_takes_the_first_gpu()
    {
        var (backend, told) = Auto(SoftwareMachine.With(1 << 20, 1 << 20));
        Assert.That(backend, Is.EqualTo("cuda"));
        Assert.That(told, Is.EqualTo("Computing on cuda:0, Software GPU, the first GPU that works."));
    }

    [Test]
    public void Auto_passes_over_gpus_that_do_not_work_and_says_why()
    {
        var good = SoftwareMachine.With(1 << 20);
        var machine = new Machine(
            () => new GpuSystem
            {
                DriverCuda = new(12, 4),
                Gpus = [Old, new(1, "Broken", new(9, 0), 1, null), new(2, "Good", new(9, 0), 1, null)],
            },
            index => index == 2 ? good.OpenGpu(0) : throw new GpuModuleException("The driver refuses kernels.ptx."));
        var (backend, told) = Auto(machine);
        Assert.That(backend, Is.EqualTo("cuda"));
        Assert.That(told, Is.EqualTo(
            "Computing on cuda:2, Good, the first GPU that works: The GPU Old GPU is too old. "
            + "cuda:1: The driver refuses kernels.ptx."));
        Assert.That(
            machine.List().Select(device => device.Name), Is.EqualTo(new[] { "cuda:1", "cuda:2", "cpu", "reference" }));
    }

    [Test]
    public void Auto_takes_the_cpu_where_no_gpu_works_and_says_why()
    {
        var bare = Auto(new Machine(() => new GpuSystem { NoGpu = "There is no NVIDIA driver." }, Never));
        Assert.That(bare, Is.EqualTo(("cpu", "Computing on the CPU: There is no NVIDIA driver.")));

        var old = Auto(new Machine(() => new GpuSystem { Gpus = [Old], NoGpu = Old.Unusable }, Never));
        Assert.That(old, Is.EqualTo(("cpu", "Computing on the CPU: The GPU Old GPU is too old.")));

        var broken = Auto(new Machine(
            () => new GpuSystem { Gpus = [Old with { Unusable = null }] },
            _ => throw new InsufficientMemoryException("The GPU is out of memory.")));
        Assert.That(broken, Is.EqualTo(("cpu", "Computing on the CPU: cuda:0: The GPU is out of memory.")));

        static Device Never(int index) => throw new AssertionException("opened");
    }

    [Test]
    public void This_machines_auto_works_and_says_what_it_took()
    {
        string? told = null;
        using var device = Device.Open("auto", 1, sentence => told = sentence);
        Assert.That(told, Does.StartWith("Computing on ").And.EndsWith("."));
        using var tensor = Tensor.Full([5], 3, DType.Float32, device);
        Assert.That(tensor.ToArray<float>(), Has.All.EqualTo(3));
        Assert.That(Device.List().Select(entry => entry.Name), Does.Contain("cpu").And.Contain("reference"));
    }

    private static (string Backend, string? Told) Auto(Machine machine)
    {
        string? told = null;
        using var device = machine.Open("auto", 1, sentence => told = sentence);
        return (device.Backend.Name, told);
    }
}
