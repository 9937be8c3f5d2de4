using NUnit.Framework;
using System.Text.Json;
using ZfNet.Cli;

namespace ZfNet.Tests.Cli;

[TestFixture]
public sealed class CommandLineTests
{
    [TestCase("summary --foo", "'zfnet summary' has no option '--foo'.")]
    [TestCase("summary --aarch wide", "'zfnet summary' has no option '--aarch'; perhaps '--arch' was meant.")]
    [TestCase("sumary", "There is no command 'sumary'; perhaps 'summary' was meant.")]
    [TestCase("xyzzy", "There is no command 'xyzzy'.")]
    [TestCase("--json", "'zfnet' has no option '--json'.")]
    [TestCase("summary --arch", "--arch needs a value.")]
    [TestCase("summary wide", "'wide' is one argument too many for 'zfnet summary'.")]
    [TestCase("summary --classes three", "--classes takes a whole number from 0 to 1048576, not 'three'.")]
    [TestCase("summary --classes 1.5", "--classes takes a whole number from 0 to 1048576, not '1.5'.")]
    [TestCase("summary --classes -1", "--classes takes a whole number from 0 to 1048576, not '-1'.")]
    [TestCase("summary --classes 99999999999999999999", "--classes takes a whole number from 0 to 1048576, not '99999999999999999999'.")]
    [TestCase("summary --classes 1 --classes 2", "Option '--classes' expects a single argument but 2 were provided.")]
    [TestCase("classify", "Option '--weights' is required.")]
    [TestCase("classify --weights w", "IMAGE is missing after 'zfnet classify'.")]
    [TestCase("classify a.png --weights w --tip 3", "'zfnet classify' has no option '--tip'; perhaps '--top' was meant.")]
    [TestCase("classify a.png --weights w --top 0", "--top takes a whole number from 1 to 1048576, not '0'.")]
    [TestCase("classify a.png --weights w --device gpu", "--device takes auto, cpu, reference, cuda or cuda:n, not 'gpu'.")]
    [TestCase("classify a.png --weights w --threads -2", "--threads takes a whole number from 0 to 1024, not '-2'.")]
    [TestCase("train --data d --out o --lr 0", "--lr takes a number above 0, at most 1000, not '0'.")]
    [TestCase("train --data d --out o --lr nan", "--lr takes a number above 0, at most 1000, not 'nan'.")]
    [TestCase("train --data d --out o --momentum 1", "--momentum takes a number from 0 to 0.9999, not '1'.")]
    [TestCase("train --data d --out o --schedule fast", "--schedule takes constant, step, cosine or plateau, not 'fast'.")]
    [TestCase("train --data d --out o --seed -1", "--seed takes a whole number of at least 0, not '-1'.")]
    [TestCase("train --data d --out o --epochs 0", "--epochs takes a whole number from 1 to 1000000, not '0'.")]
    public void A_wrong_command_line_is_one_sentence_and_exit_2(string line, string sentence)
    {
        var result = CliRun.Here(line.Split(' '));
        Assert.That(result.Sentence, Is.EqualTo(sentence));
        Assert.That(result.Code, Is.EqualTo(CliExit.BadInput));
    }

    [Test]
    public void An_empty_value_is_named() =>
        Assert.That(CliRun.Here("summary", "--arch", "").Sentence, Is.EqualTo("--arch is empty."));

    [Test]
    public void A_network_that_does_not_exist_is_named_with_those_that_do()
    {
        var result = CliRun.Here("summary", "--arch", "vgg");
        Assert.That(result.Code, Is.EqualTo(2));
        Assert.That(result.Sentence, Does.Contain("'vgg'").And.Contain("wide").And.Contain("alexnet"));
    }

    [Test]
    public void Nothing_at_all_prints_the_help_as_a_message_and_exits_2()
    {
        var result = CliRun.Here();
        Assert.That(result.Code, Is.EqualTo(2));
        Assert.That(result.Output, Is.Empty);
        Assert.That(result.Error, Does.Contain("Usage:").And.Contain("summary"));
    }

    [Test]
    public void Every_command_has_a_help_that_names_its_options_and_exits_0()
    {
        var commands = CommandLine.Root(new CliHost(TextWriter.Null, TextWriter.Null, false, false, default)).Subcommands;
        Assert.That(commands.Select(command => command.Name), Is.SupersetOf(new[] { "info", "summary", "compare", "classify", "visualize", "project", "filters", "occlude", "train" }));
        foreach (var command in commands)
        {
            var result = CliRun.Here(command.Name, "--help");
            Assert.That((result.Code, result.Error), Is.EqualTo((0, "")), command.Name);
            foreach (var option in command.Options)
                Assert.That(result.Output, Does.Contain(option.Name), command.Name);
            Assert.That(command.Description, Does.EndWith("."));
            Assert.That(command.Options.Select(option => option.Description ?? ""), Has.All.Not.Empty);
        }
    }

    [Test]
    public void The_wide_network_has_the_totals_of_torchsummary_to_the_digit()
    {
        var result = CliRun.Here("summary", "--arch", "wide");
        Assert.That((result.Code, result.Error), Is.EqualTo((0, "")));
        Assert.That(result.Output, Does.EndWith("""
            ================================================================
            Total params: 386,548,840
            Trainable params: 386,548,840
            Non-trainable params: 0
            ----------------------------------------------------------------
            Input size (MB): 0.57
            Forward/backward pass size (MB): 57.77
            Params size (MB): 1474.57
            Estimated Total Size (MB): 1532.91
            ----------------------------------------------------------------

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void The_papers_network_has_its_totals_to_the_digit()
    {
        var output = CliRun.Here("summary", "--arch", "paper").Output;
        Assert.That(output, Does.Contain("Total params: 62,357,608\n").And.Contain(" size (MB): 36.00\n")
            .And.Contain("Params size (MB): 237.88\n").And.Contain("Total Size (MB): 274.45\n"));
    }

    [Test]
    public void The_summary_for_machines_has_the_same_numbers()
    {
        using var json = JsonDocument.Parse(CliRun.Here("summary", "--arch", "wide", "--json").Output);
        Assert.That(json.RootElement.GetProperty("totalParameters").GetInt64(), Is.EqualTo(386_548_840));
        Assert.That(json.RootElement.GetProperty("parameterBytes").GetInt64(), Is.EqualTo(4L * 386_548_840));
        var layers = json.RootElement.GetProperty("layers");
        Assert.That(layers.EnumerateArray().Sum(layer => layer.GetProperty("parameters").GetInt64()), Is.EqualTo(386_548_840));
        Assert.That(layers[0].GetProperty("name").GetString(), Is.EqualTo("conv1"));
    }

    [Test]
    public void The_number_of_classes_can_be_changed()
    {
        using var json = JsonDocument.Parse(CliRun.Here("summary", "--arch", "wide", "--classes", "10", "--json").Output);
        Assert.That(json.RootElement.GetProperty("totalParameters").GetInt64(), Is.EqualTo(386_548_840 - 990L * 4097));
    }

    [Test]
    public void All_networks_are_listed()
    {
        var text = CliRun.Here("summary", "--list").Output;
        using var json = JsonDocument.Parse(CliRun.Here("summary", "--list", "--json").Output);
        Assert.That(json.RootElement.EnumerateArray().Select(e => e.GetProperty("arch").GetString()), Is.EqualTo(Networks.All.Select(n => n.Name)));
        foreach (var network in Networks.All)
            Assert.That(text, Does.Contain(network.Name));
    }

    [Test]
    public void The_articles_comparison_has_its_numbers()
    {
        var result = CliRun.Here("compare");
        Assert.That(result.Code, Is.Zero);
        Assert.That(result.Output, Does.Contain("11,247,744").And.Contain("3,747,200").And.Contain("375,301,096").And.Contain("58,631,144"));
        using var json = JsonDocument.Parse(CliRun.Here("compare", "--json").Output);
        Assert.That(json.RootElement.GetProperty("ratios").GetProperty("conv").GetDouble(), Is.EqualTo(11_247_744.0 / 3_747_200));
        Assert.That(json.RootElement.GetProperty("network").GetProperty("fullyConnectedShare").GetDouble(), Is.EqualTo(375_301_096.0 / 386_548_840));
    }

    [Test]
    public void Info_names_the_devices_and_the_gpus_or_why_there_is_none()
    {
        var text = CliRun.Here("info").Output;
        Assert.That(text, Does.Contain("device     cpu: ").And.Contain("device     reference: ").And.Contain("\ngpu        "));
        using var json = JsonDocument.Parse(CliRun.Here("info", "--json").Output);
        Assert.That(json.RootElement.GetProperty("devices").EnumerateArray().Select(d => d.GetProperty("name").GetString()), Is.EqualTo(new[] { "cpu", "reference" }));
        var cuda = json.RootElement.GetProperty("cuda");
        if (cuda.GetProperty("gpus").GetArrayLength() == 0)
            Assert.That(text, Does.Contain(cuda.GetProperty("noGpu").GetString()!).And.Contain("NVIDIA driver"));
        else
            Assert.That(text, Does.Contain(cuda.GetProperty("gpus")[0].GetProperty("name").GetString()!).And.Contain("driver     CUDA "));
        Assert.That(json.RootElement.GetProperty("memoryBytes").GetInt64(), Is.Positive);
    }
}
