using NUnit.Framework;
using System.Text.Json;
using ZfNet.Cli;
using ZfNet.Engine;
using ZfNet.Kernels.Cuda;
using ZfNet.Tests.Cuda;
using ZfNet.Tests.Training;

namespace ZfNet.Tests.Cli;

/// <summary>
/// The commands on machines with GPUs: where they compute, what they say of it, and what they do without one.
/// </summary>
[TestFixture]
internal sealed class GpuCommandTests
{
    private static readonly Machine OneGpu = SoftwareMachine.With(1L << 30);

    private TemporaryFolder folder = null!;

    private string Weights => folder.File("tiny");

    private string Picture => Path.Combine(Data, "down", "1.png");

    private string Data => folder.File("data");

    [OneTimeSetUp]
    public void Make()
    {
        folder = new TemporaryFolder();
        TinyModel.Write(Weights);
        CliFixture.Write(Data, new StripedPictures(3, 1));
    }

    [OneTimeTearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void Every_command_that_computes_is_among_those_that_are_tested()
    {
        using StringWriter nowhere = new();
        var root = CommandLine.Root(new CliHost(nowhere, nowhere, false, false, CancellationToken.None));
        Assert.That(
            root.Subcommands.Where(command => command.Options.Any(option => option.Name == "--device"))
                .Select(command => command.Name),
            Is.EquivalentTo(Commands().Select(args => args[0])));
    }

    [Test]
    public void Weights_in_bfloat16_on_a_gpu_are_one_sentence() => Assert.That(
        CliRun.Here(OneGpu, "classify", "--weights", Weights, Picture, "--linear-weights", "bfloat16", "--device", "cuda").Sentence,
        Is.EqualTo("Device cuda holds no bfloat16: weights are stored so on the CPU only."));

    [Test]
    public void Every_command_that_computes_runs_on_the_gpu_that_is_named()
    {
        foreach (var args in Commands())
        {
            var result = CliRun.Here(OneGpu, [.. args, "--device", "cuda:0"]);
            Assert.That(result.Code, Is.Zero, $"{args[0]}: {result.Error}");
            Assert.That(result.Error, Does.Not.Contain("Computing on"), $"{args[0]}: nobody asked which");
        }
    }

    [Test]
    public void Every_command_that_computes_refuses_a_gpu_that_is_not_there()
    {
        foreach (var args in Commands())
        {
            var absent = CliRun.Here([.. args, "--device", "cuda"]);
            Assert.That((absent.Code, absent.Sentence), Is.EqualTo((2, "There is no NVIDIA driver.")), args[0]);
            var second = CliRun.Here(OneGpu, [.. args, "--device", "cuda:1"]);
            Assert.That(
                (second.Code, second.Sentence), Is.EqualTo((2, "There is no GPU 1: this machine has 1.")), args[0]);
        }
    }

    [Test]
    public void Auto_takes_the_gpu_and_says_so_in_a_line()
    {
        var expected = CliRun.Here("classify", "--weights", Weights, Picture, "--device", "cpu");
        foreach (var auto in new string[][] { [], ["--device", "auto"] })
        {
            var result = CliRun.Here(OneGpu, ["classify", "--weights", Weights, Picture, .. auto]);
            Assert.That(result.Error, Is.EqualTo("Computing on cuda:0, Software GPU, the first GPU that works.\n"));
            Assert.That(result.Output, Is.EqualTo(expected.Output));
        }
    }

    [Test]
    public void Auto_says_why_it_computes_on_the_cpu_to_those_who_ask_for_it()
    {
        string[] classify = ["classify", "--weights", Weights, Picture];
        var asked = CliRun.Here([.. classify, "--device", "auto"]);
        Assert.That(asked.Error, Is.EqualTo("Computing on the CPU: There is no NVIDIA driver.\n"));
        Assert.That(CliRun.Here(classify).Error, Is.Empty, "nobody asked, and there is nothing to expect");

        var broken = new Machine(
            OneGpu.FindGpus, _ => throw new GpuModuleException("The driver refuses\nkernels.ptx."));
        var surprised = CliRun.Here(broken, classify);
        Assert.That(surprised.Error, Is.EqualTo("Computing on the CPU: cuda:0: The driver refuses kernels.ptx.\n"));
        Assert.That((surprised.Code, surprised.Output), Is.EqualTo((0, asked.Output)));
    }

    [Test]
    public void A_gpu_without_enough_memory_is_one_sentence_with_sizes_and_leaves_no_file()
    {
        var small = SoftwareMachine.With(12L << 20);
        var result = CliRun.Here(small, [.. Train("never", batch: 16), "--device", "cuda"]);
        Assert.That(result.Code, Is.EqualTo(2));
        Assert.That(result.Output, Is.Empty);
        Assert.That(result.Error.TrimEnd('\n').Split('\n')[^1], Does.Match(
            "^zfnet: The GPU Software GPU is out of memory: .+ more are needed, .+ of 12 MiB are free, and .+ in use by "
            + "this device's tensors; a smaller batch needs less\\.$"));
        Assert.That(File.Exists(folder.File("never")), Is.False);
        Assert.That(CliRun.Here(small, [.. Train("fits", batch: 1), "--device", "cuda"]).Code, Is.Zero);
    }

    [Test]
    public void Info_lists_the_gpus_among_the_devices()
    {
        var machine = SoftwareMachine.With(1L << 30, 2L << 30);
        var text = CliRun.Here(machine, "info").Output;
        Assert.That(
            text, Does.Contain("device     cuda:0: Software GPU\ndevice     cuda:1: Software GPU\ndevice     cpu: "));
        Assert.That(text, Does.Contain("gpu        1: Software GPU, compute capability 9.0, 2.0 GiB\n"));
        using var json = JsonDocument.Parse(CliRun.Here(machine, "info", "--json").Output);
        Assert.That(
            json.RootElement.GetProperty("devices").EnumerateArray().Select(device => $"{device.GetProperty("name")}"),
            Is.EqualTo(new[] { "cuda:0", "cuda:1", "cpu", "reference" }));
        var bare = CliRun.Here("info").Output;
        Assert.That(bare, Does.Contain("gpu        There is no NVIDIA driver.\n").And.Not.Contain("cuda:"));
    }

    private string[] Train(string name, int batch) =>
        ["train", "--data", Data, "--epochs", "1", "--batch", $"{batch}", "--out", folder.File(name)];

    private IEnumerable<string[]> Commands() =>
    [
        ["classify", "--weights", Weights, Picture],
        ["project", "--weights", Weights, "--layer", "conv2", "--map", "1", Picture, "--out", folder.File("one.png")],
        ["filters", "--weights", Weights, "--out", folder.File("filters.png")],
        ["occlude", "--weights", Weights, Picture, "--square", "6", "--stride", "6", "--out", folder.File("occluded")],
        [
            "visualize", "--weights", Weights, "--images", Data, "--layers", "conv1", "--maps", "1", "--top", "2",
            "--out", folder.File("sheets"),
        ],
        ["eval", "--weights", Weights, "--data", Data],
        ["demo", "--weights", Weights, "--images", Data, "--maps", "1", "--out", folder.File("demo.html")],
        ["probe", "--weights", Weights, "--data", Data, "--held-out", Data, "--layers", "conv2", "--epochs", "1"],
        Train("trained", batch: 4),
        [
            "ablate", "--arch", "mini", "--variants", "base", "--data", Data, "--held-out", Data, "--epochs", "1",
            "--batch", "4", "--out", folder.File("study"),
        ],
    ];
}
