using System.Diagnostics;
using NUnit.Framework;
using ZfNet.Training;

namespace ZfNet.Tests.Training;

/// <summary>Ten steps against five, kill -9, and five, where the command cannot go: on the software GPU.</summary>
[TestFixture]
public sealed class KilledRunTests
{
    private const string Backend = "cuda-software";
    private const string Folder = "ZFNET_TEST_RUN";

    // Two epochs of five steps.
    private static readonly TrainingOptions Recipe = new()
    {
        Epochs = 2, BatchSize = 3, LearningRate = 0.01, LabelSmoothing = 0.1, ClipNorm = 1, Seed = 5, Augmentation = new() { Padding = 1 },
    };

    [Test]
    public void A_process_that_trains_on_the_software_GPU_and_is_killed_goes_on_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        var straight = Run(new(folder.File("straight")));

        var run = new RunFolder(folder.File("killed"));
        var start = new ProcessStartInfo(
            "dotnet", [typeof(KilledRunTests).Assembly.Location, "--filter", $"FullyQualifiedName={typeof(KilledRunTests).FullName}.{nameof(A_run_ends_with_a_checkpoint_of_its_last_step)}"])
        {
            RedirectStandardOutput = true,
            Environment = { [Folder] = run.Path },
        };
        using (var process = Process.Start(start)!)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var checkpoints = new CheckpointFolder(run.Checkpoints);
            while (!checkpoints.List().Any(file => file.Step >= 5))
            {
                Assert.That(process.HasExited, Is.False, () => output.Result);
                Thread.Sleep(1);
            }
            process.Kill();
            process.WaitForExit();
            Assert.That(checkpoints.List()[0].Step, Is.InRange(5, 9), "it was stopped on its way");
        }

        Assert.That(Run(run), Is.EqualTo(straight));
        Assert.That(
            TrainingLog.Read(run.Log).Select(line => (line.Step, line.Loss)),
            Is.EqualTo(TrainingLog.Read(new RunFolder(folder.File("straight")).Log).Select(line => (line.Step, line.Loss))));
    }

    /// <summary>Also the process that the test above kills, in the folder that it names.</summary>
    [Test]
    public void A_run_ends_with_a_checkpoint_of_its_last_step()
    {
        using var folder = new TemporaryFolder();
        var run = new RunFolder(Environment.GetEnvironmentVariable(Folder) ?? folder.File("run"));
        Run(run);
        Assert.That(new CheckpointFolder(run.Checkpoints).List()[0].Step, Is.EqualTo(10));
    }

    /// <summary>Trains from the last checkpoint, or from the beginning, and gives the weights.</summary>
    private static byte[] Run(RunFolder folder)
    {
        var device = Backends.Get(Backend);
        var config = new RunConfig { SaveEvery = 1 };
        using var network = TinyNetwork.Make(3, device);
        using var trainer = new Trainer(network, new StripedPictures(5, 1).Prepared(), device, Recipe);
        using var checkpoint = new CheckpointFolder(folder.Checkpoints).OpenLatest(Assert.Fail);
        if (checkpoint is null)
            folder.Create(config);
        else
            checkpoint.Restore(trainer);
        new TrainingRun(folder, config, StripedPictures.Preprocessing, trainer).Run();
        return TinyNetwork.Bits(network);
    }
}
