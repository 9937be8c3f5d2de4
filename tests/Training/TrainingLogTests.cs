using System.Text;
using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Training;

namespace ZfNet.Tests.Training;

[TestFixture]
public sealed class TrainingLogTests
{
    private static readonly LogLine[] Lines =
    [
        new StepLine(1, 1, 2.302585, 0.125, 0.5, 0.01, 480.25, 0.5),
        new StepLine(2, 1, 1.0 / 3, 1, 1, 0.01, 481, 0.75),
        new EpochLine(2, 1, 1.3, 0.5, 0.75, 0.01, 480.5, 1.25) { HeldOut = new(0.7, 0.8, 1, 9) },
        new StepLine(3, 2, 0.25, 0.5, 1, 0.001, 479, 1.5),
        new EpochLine(3, 2, 0.25, 0.5, 1, 0.001, 479, 1.5),
    ];

    private TemporaryFolder folder = null!;
    private string path = null!;

    [SetUp]
    public void Make()
    {
        folder = new TemporaryFolder();
        path = folder.File("log.jsonl");
    }

    [TearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void What_is_appended_is_read_back_number_for_number_while_the_log_is_open()
    {
        using var log = new TrainingLog(path, _ => true);
        foreach (var (line, at) in Lines.Select((line, at) => (line, at)))
        {
            log.Append(line);
            Assert.That(TrainingLog.Read(path), Is.EqualTo(Lines[..(at + 1)]));
        }
        log.Sync();
        Assert.That(File.ReadAllText(path), Does.StartWith(
            """{"kind":"step","step":1,"epoch":1,"loss":2.302585,"top1":0.125,"top5":0.5,"learningRate":0.01,"imagesPerSecond":480.25,"seconds":0.5}""" + "\n"));
    }

    [Test]
    public void A_log_goes_on_after_the_lines_that_stay()
    {
        Write(Lines);
        using (var log = new TrainingLog(path, line => line.Step <= 2))
            log.Append(Lines[4]);
        Assert.That(TrainingLog.Read(path), Is.EqualTo(Lines[..3].Append(Lines[4])));
    }

    [Test]
    public void Half_a_line_at_the_end_is_passed_over_wherever_it_was_cut_and_then_overwritten()
    {
        Write(Lines);
        var bytes = File.ReadAllBytes(path);
        var last = Array.LastIndexOf(bytes, (byte)'\n', bytes.Length - 2) + 1;
        for (var length = last; length < bytes.Length; length++)
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.That(TrainingLog.Read(path), Is.EqualTo(Lines[..^1]), $"{length} bytes");
            using (var log = new TrainingLog(path, _ => true))
                log.Append(Lines[^1]);
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(bytes), $"{length} bytes");
        }
    }

    [TestCase("{}")]
    [TestCase("null")]
    [TestCase("not JSON")]
    [TestCase("""{"kind":"step","step":1}""")]
    [TestCase("""{"kind":"other","step":1,"epoch":1,"loss":1,"top1":1,"top5":1,"learningRate":1,"imagesPerSecond":1,"seconds":1}""")]
    public void A_line_of_something_else_is_named(string line)
    {
        Write(Lines[..2]);
        File.AppendAllText(path, line + "\n");
        Assert.That(() => TrainingLog.Read(path), Throws.TypeOf<InputException>().With.Message.EqualTo($"Line 3 of '{path}' is not one of a training log."));
    }

    [Test]
    public void No_log_and_no_place_for_one_are_a_sentence()
    {
        Assert.That(() => TrainingLog.Read(path), Throws.TypeOf<InputException>().With.Message.EqualTo($"There is no log '{path}'."));
        var nowhere = folder.File(Path.Combine("none", "log.jsonl"));
        Assert.That(
            () => new TrainingLog(nowhere, _ => true),
            Throws.TypeOf<FileWriteException>().With.Message.EqualTo($"Could not write '{nowhere}': its folder does not exist."));
    }

    [Test]
    public void Losses_that_are_no_numbers_come_back()
    {
        LogLine line = new EpochLine(1, 1, double.PositiveInfinity, 0, 0, 1, 1, 1) { HeldOut = new(double.NaN, 0, 0, 3) };
        Write([line]);
        Assert.That(Encoding.UTF8.GetString(File.ReadAllBytes(path)), Does.Contain("\"NaN\"").And.Contain("\"Infinity\""));
        Assert.That(TrainingLog.Read(path), Is.EqualTo(new[] { line }));
    }

    private void Write(LogLine[] lines)
    {
        using var log = new TrainingLog(path, _ => false);
        foreach (var line in lines)
            log.Append(line);
    }
}
