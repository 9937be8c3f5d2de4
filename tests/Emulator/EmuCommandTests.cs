using NUnit.Framework;
using ZfNet.PtxEmulator.Command;

namespace ZfNet.Tests.Emulator;

/// <summary>zfnet-emu: what it prints, and its exit codes.</summary>
[TestFixture]
public sealed class EmuCommandTests
{
    private static readonly string Saxpy = Path.Combine(KernelPtx.Root, "tests", "Emulator", "Corpus", "saxpy.ptx");

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        var code = EmuCommandLine.Run(args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    [Test]
    public void It_runs_a_kernel_and_prints_a_buffer()
    {
        var (code, output, error) = Run(
            "run", Saxpy, "saxpy", "-a", "f32:2", "-a", "buffer:f32:10=iota", "-a", "buffer:f32:10=0.5", "-a", "i32:10", "--dump", "2");
        Assert.That(error, Is.Empty);
        Assert.That(output, Does.Contain("argument 2, 10 of 10 f32:\n         0: 0.5 2.5 4.5 6.5 8.5 10.5 12.5 14.5\n         8: 16.5 18.5\n"));
        Assert.That(output, Does.Contain("of 32 threads; 0 faults"));
        Assert.That(code, Is.EqualTo(EmuCommandLine.Clean));
    }

    [Test]
    public void It_follows_a_thread_with_its_registers()
    {
        var (code, output, _) = Run(
            "run", Saxpy, "saxpy", "--grid", "2", "--block", "16", "-a", "f32:3", "-a", "buffer:f32:32=iota", "-a", "buffer:f32:32", "-a", "i32:32",
            "--trace", "1,2");
        Assert.That(output, Does.Match(@"mad\.lo\.s32 [^\n]*// %r\d+ = 18, "));
        Assert.That(output, Does.Match(@"setp\.ge\.s32 [^\n]*// %p\d+ = false, "));
        Assert.That(output, Does.Match(@"fma\.rn\.f32 [^\n]*// %f\d+ = 54, "));
        Assert.That(code, Is.Zero);
    }

    [Test]
    public void It_follows_the_warps_of_a_block_for_some_lines()
    {
        var (_, output, _) = Run(
            "run", Saxpy, "saxpy", "--block", "33", "-a", "f32:3", "-a", "buffer:f32:33", "-a", "buffer:f32:33", "-a", "i32:33",
            "--trace", "0", "--trace-limit", "5");
        Assert.That(output.Split('\n').Count(line => line.StartsWith("warp 0 ffffffff ", StringComparison.Ordinal)), Is.EqualTo(5));
        Assert.That(output, Does.Contain("after 5 lines"));
    }

    [Test]
    public void Faults_are_printed_and_make_it_end_with_one()
    {
        var (code, output, _) = Run(
            "run", Saxpy, "saxpy", "-a", "f32:3", "-a", "buffer:f32:8=none", "-a", "buffer:f32:8", "-a", "i32:9", "--dump", "1:0");
        Assert.That(output, Does.Contain("OutOfBounds in saxpy").And.Contain("UninitializedRead in saxpy").And.Contain("saxpy.cu:5"));
        Assert.That(code, Is.EqualTo(EmuCommandLine.Faults));
        (code, output, _) = Run(
            "run", Saxpy, "saxpy", "-a", "f32:3", "-a", "buffer:f32:8=none", "-a", "buffer:f32:8", "-a", "i32:9", "--no-checks");
        Assert.That(output, Does.Not.Contain("OutOfBounds"));
        Assert.That(code, Is.Zero);
    }

    [Test]
    public void It_lists_kernels()
    {
        var (code, output, _) = Run("list", Saxpy);
        Assert.That(output, Does.StartWith("saxpy (").And.Contain("  0: f32 saxpy_param_0\n").And.Contain("\ndaxpy ("));
        Assert.That(code, Is.Zero);
    }

    [TestCase("'frob'", "frob")]
    [TestCase("Could not find", "run", "gone.ptx", "k")]
    [TestCase("no kernel \"k\"", "run", "SAXPY", "k")]
    [TestCase("takes 4 arguments, 0 were given", "run", "SAXPY", "saxpy")]
    [TestCase("'x' is not a number", "run", "SAXPY", "saxpy", "-a", "f32:x")]
    [TestCase("no type f16", "run", "SAXPY", "saxpy", "-a", "f16:1")]
    [TestCase("neither TYPE:VALUE", "run", "SAXPY", "saxpy", "-a", "7")]
    [TestCase("buffer:TYPE:COUNT", "run", "SAXPY", "saxpy", "-a", "buffer:f32")]
    [TestCase("from 1 to", "run", "SAXPY", "saxpy", "-a", "buffer:f32:0")]
    [TestCase("--grid takes", "run", "SAXPY", "saxpy", "--grid", "0")]
    [TestCase("--block takes", "run", "SAXPY", "saxpy", "--block", "1,2,3,4")]
    [TestCase("--dump 0", "run", "SAXPY", "saxpy", "-a", "f32:1", "--dump", "0")]
    [TestCase("--trace takes", "run", "SAXPY", "saxpy", "--trace", "a", "-a", "f32:1", "-a", "buffer:f32:8", "-a", "buffer:f32:8", "-a", "i32:8")]
    [TestCase("the launch has 1 blocks", "run", "SAXPY", "saxpy", "--trace", "1", "-a", "f32:1", "-a", "buffer:f32:8", "-a", "buffer:f32:8", "-a", "i32:8")]
    public void What_is_wrong_is_one_line_and_it_ends_with_two(string words, params string[] args)
    {
        var (code, _, error) = Run([.. args.Select(arg => arg == "SAXPY" ? Saxpy : arg)]);
        Assert.That(error, Does.StartWith("zfnet-emu: ").And.Contain(words));
        Assert.That(error.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(code, Is.EqualTo(EmuCommandLine.BadInput));
    }

    [Test]
    public void Without_arguments_it_shows_its_help_and_ends_with_two()
    {
        var (code, _, error) = Run();
        Assert.That(error, Does.Contain("run").And.Contain("list"));
        Assert.That(code, Is.EqualTo(EmuCommandLine.BadInput));
    }

    [Test]
    public void Its_help_explains_the_arguments() =>
        Assert.That(Run("run", "--help").Output.ReplaceLineEndings(" "), Does.Contain("--trace").And.Contain("buffer:TYPE:COUNT"));
}
