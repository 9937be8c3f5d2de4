using NUnit.Framework;

namespace ZfNet.Tests.Cli;

/// <summary>What only a process of its own can show: signals, streams, a disk that is full.</summary>
[TestFixture]
internal sealed class ProcessTests : CliFixture
{
    [Test]
    public void Exit_codes_and_streams_reach_the_shell()
    {
        var good = CliRun.Process("summary", "--arch", "wide");
        Assert.That((good.Code, good.Error), Is.EqualTo((0, "")));
        Assert.That(good.Output, Does.Contain("Total params: 386,548,840"));

        var bad = CliRun.Process("summary", "--arch", "vgg");
        Assert.That(bad.Code, Is.EqualTo(2));
        Assert.That(bad.Sentence, Does.Contain("'vgg'"));
    }

    [Test]
    public void Nothing_moves_where_nobody_watches()
    {
        var result = CliRun.Process("train", "--data", Data, "--out", At("quiet"), "--epochs", "1", "--batch", "6", "--device", "cpu");
        Assert.That(result.Code, Is.Zero, result.Error);
        Assert.That(result.Error + result.Output, Does.Not.Contain('\u001b').And.Not.Contain('\r').And.Not.Contain('━'));
        Assert.That(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(2), "what is trained, and the epoch");
    }

    [TestCase("INT", 130)]
    [TestCase("TERM", 143)]
    public void A_signal_stops_training_between_two_steps_and_leaves_the_old_weights(string signal, int code)
    {
        if (OperatingSystem.IsWindows())
            Assert.Ignore("There is no kill on Windows.");
        var path = At($"old-{signal}");
        System.IO.File.WriteAllText(path, "old");
        var process = CliRun.Start("train", "--data", Data, "--out", path, "--epochs", "1000000", "--batch", "6");
        // Told only once it is at work.
        string? line;
        do
            line = process.StandardError.ReadLine();
        while (line is not null && !line.StartsWith("epoch 1/", StringComparison.Ordinal));
        Assert.That(line, Is.Not.Null);
        CliRun.Signal(process, signal);

        var result = CliRun.Wait(process);

        Assert.That(result.Code, Is.EqualTo(code));
        Assert.That(result.Error, Does.EndWith("zfnet: Interrupted.\n"));
        Assert.That(result.Output, Is.Empty);
        Assert.That(System.IO.File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Leftovers(), Is.Empty);
    }

    [Test]
    public void Results_that_do_not_fit_on_the_disk_are_not_taken_for_done()
    {
        if (!System.IO.File.Exists("/dev/full"))
            Assert.Ignore("There is no /dev/full here.");
        var result = CliRun.Shell("$zfnet summary --arch wide > /dev/full");
        Assert.That(result.Code, Is.EqualTo(2));
        Assert.That(result.Sentence, Is.EqualTo("Could not write: the disk is full."));
    }

    [Test]
    public void A_full_disk_leaves_the_old_weights()
    {
        // A file system of our own of 256 KiB, where that is permitted; the network takes 2.4 MB.
        var small = Folder("small");
        var result = CliRun.Shell(
            $"unshare -rm sh -c \"mount -t tmpfs -o size=256k none '{small}' && echo old > '{small}/w' && "
            + $"$zfnet train --data '{Data}' --epochs 1 --batch 6 --out '{small}/w'; echo \\$?; cat '{small}/w'; ls -A '{small}'\"");
        if (result.Error.Contains("unshare", StringComparison.Ordinal) || result.Error.Contains("mount", StringComparison.Ordinal))
            Assert.Ignore($"A file system cannot be mounted here: {result.Error.Trim()}");
        Assert.That(result.Error.TrimEnd('\n').Split('\n')[^1], Does.StartWith("zfnet: Could not write ").And.Contain("the disk is full"));
        Assert.That(result.Output, Is.EqualTo("2\nold\nw\n"));
    }
}
