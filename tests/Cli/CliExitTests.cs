using NUnit.Framework;
using ZfNet.Cli;
using ZfNet.Engine;
using ZfNet.Kernels.Cuda;
using ZfNet.Training;

namespace ZfNet.Tests.Cli;

[TestFixture]
public sealed class CliExitTests
{
    [Test]
    public void Each_fault_has_its_code()
    {
        Assert.That(CliExit.Of(new InputException("Bad.")), Is.EqualTo((2, "Bad.")));
        Assert.That(CliExit.Of(new WeightsFileException("Bad.")), Is.EqualTo((2, "Bad.")));
        Assert.That(CliExit.Of(new FileWriteException("Full.")), Is.EqualTo((2, "Full.")));
        Assert.That(CliExit.Of(new ShapeException("Odd.")), Is.EqualTo((2, "Odd.")));
        Assert.That(CliExit.Of(new UnauthorizedAccessException("No.")), Is.EqualTo((2, "No.")));
        Assert.That(CliExit.Of(new TrainingDivergedException(2, 3, "NaN.")), Is.EqualTo((1, "NaN.")));
        Assert.That(CliExit.Of(new InsufficientMemoryException("4 GiB.")), Is.EqualTo((1, "4 GiB.")));
        Assert.That(CliExit.Of(new GpuUnavailableException("No.")), Is.EqualTo((2, "No.")));
        Assert.That(CliExit.Of(new GpuLostException("Gone.")), Is.EqualTo((2, "Gone.")));
        Assert.That(
            CliExit.Of(new InsufficientMemoryException("4 GiB.", new GpuOutOfMemoryException())), Is.EqualTo((2, "4 GiB.")));
        Assert.That(CliExit.Of(new OperationCanceledException()).Code, Is.EqualTo(130));
        Assert.That(CliExit.Of(new AggregateException(new InputException("Bad."))), Is.EqualTo((2, "Bad.")));
        Assert.That(CliExit.Of(new IOException("x", 28)), Is.EqualTo((2, "Could not write: the disk is full.")));
    }

    [Test]
    public void A_parameters_name_is_for_programmers() =>
        Assert.That(CliExit.Of(new ArgumentException("Epochs is 0.", "epochs")), Is.EqualTo((2, "Epochs is 0.")));

    [Test]
    public void What_nobody_expected_says_how_to_see_more()
    {
        var (code, sentence) = CliExit.Of(new InvalidOperationException("A tensor was freed."));
        Assert.That(code, Is.EqualTo(1));
        Assert.That(sentence, Does.Contain("A tensor was freed").And.Contain("ZFNET_TRACE=1"));
        Assert.That(CliExit.Of(new ArgumentNullException("weights")).Code, Is.EqualTo(1), "ours, not the user's");
    }

    [Test]
    public void A_sentence_is_one_line_whatever_it_quotes()
    {
        Assert.That(CliExit.OneLine("'a\nb\u001b[31m' is odd"), Is.EqualTo("'a b [31m' is odd."));
        Assert.That(CliExit.OneLine("Really?"), Is.EqualTo("Really?"));
    }
}
