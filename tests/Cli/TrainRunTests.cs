using NUnit.Framework;
using System.Diagnostics;
using ZfNet.Cli;
using ZfNet.Training;

namespace ZfNet.Tests.Cli;

/// <summary>Runs that are stopped by whatever stops them, and go on.</summary>
[TestFixture]
internal sealed class TrainRunTests : CliFixture
{
    // Thirty steps, dropout and augmentation included.
    private static readonly string[] Recipe = ["--epochs", "10", "--batch", "6", "--lr", "0.002", "--seed", "7", "--flip", "--shift", "2", "--device", "cpu"];

    private readonly Lazy<RunFolder> straight;

    public TrainRunTests() => straight = new(() =>
    {
        var result = Train("straight");
        Assert.That(result.Code, Is.Zero, result.Error);
        return new RunFolder(At("straight"));
    });

    [Test]
    public void A_run_folder_holds_recipe_log_checkpoints_and_weights()
    {
        var run = straight.Value;
        var config = RunConfig.Load(run.Config);
        Assert.That(config, Is.EqualTo(new RunConfig
        {
            Data = Data, HeldOut = HeldOut, Epochs = 10, Batch = 6, Lr = 0.002, Seed = 7, Flip = true, Shift = 2, Device = "cpu", SaveEvery = 5,
        }));
        var log = TrainingLog.Read(run.Log);
        Assert.That(log.OfType<StepLine>().Select(line => line.Step), Is.EqualTo(Enumerable.Range(1, 30)));
        Assert.That(log.OfType<EpochLine>().Select(line => (line.Epoch, line.Step)), Is.EqualTo(Enumerable.Range(1, 10).Select(e => (e, 3L * e))));
        Assert.That(log.OfType<EpochLine>().Select(line => line.HeldOut!.Pictures), Has.All.EqualTo(9));
        Assert.That(log.Select(line => line.Seconds), Is.Ordered);
        Assert.That(log.Select(line => line.Top5), Has.All.EqualTo(1), "of three classes");
        Assert.That(new CheckpointFolder(run.Checkpoints).List().Select(file => file.Step), Is.EqualTo(new[] { 30L, 27, 25 }));
        using var model = ModelFile.Load(run.Weights);
        Assert.That(model.Classes, Has.Count.EqualTo(3));
    }

    [Test]
    public void The_recipe_of_a_run_makes_the_same_weights_again_and_options_come_before_it()
    {
        var run = straight.Value;
        Assert.That(CliRun.Here("train", "--config", run.Config, "--out", At("again")).Code, Is.Zero);
        Same(At("again"));
        var other = CliRun.Here("train", "--config", run.Config, "--run", At("other"), "--epochs", "1", "--seed", "8");
        Assert.That(other.Code, Is.Zero, other.Error);
        Assert.That(RunConfig.Load(new RunFolder(At("other")).Config), Is.EqualTo(RunConfig.Load(run.Config) with { Epochs = 1, Seed = 8 }));
    }

    [Test]
    public void A_process_that_is_killed_goes_on_bit_for_bit()
    {
        var run = new RunFolder(At("killed"));
        var process = CliRun.Start(Arguments("killed"));
        WaitForCheckpoint(run, process);
        process.Kill();
        Assert.That(CliRun.Wait(process).Code, Is.Not.Zero);
        Assert.That(System.IO.File.Exists(run.Weights), Is.False, "it was stopped on its way");
        GoesOn(run);
    }

    [Test]
    public void Ctrl_C_finishes_the_step_saves_and_is_130()
    {
        if (OperatingSystem.IsWindows())
            Assert.Ignore("There is no kill on Windows.");
        var run = new RunFolder(At("stopped"));
        var process = CliRun.Start(Arguments("stopped"));
        WaitForCheckpoint(run, process);
        CliRun.Signal(process, "INT");
        var result = CliRun.Wait(process);
        Assert.That((result.Code, result.Output), Is.EqualTo((130, "")));
        Assert.That(result.Error, Does.EndWith($"Saved: 'zfnet train --resume {run.Path}' goes on.\nzfnet: Interrupted.\n"));
        var last = TrainingLog.Read(run.Log)[^1].Step;
        Assert.That(new CheckpointFolder(run.Checkpoints).List()[0].Step, Is.EqualTo(last), "no step is lost");
        Assert.That(System.IO.File.Exists(run.Weights), Is.False);
        GoesOn(run);
    }

    [Test]
    public void A_damaged_checkpoint_is_named_and_the_one_before_it_used()
    {
        var run = Copy("damaged");
        var last = new CheckpointFolder(run.Checkpoints).List()[0].Path;
        var bytes = System.IO.File.ReadAllBytes(last);
        System.IO.File.WriteAllBytes(last, bytes[..(bytes.Length / 2)]);
        var said = GoesOn(run);
        Assert.That(said, Does.Contain($"The checkpoint '{last}' cannot be used: ").And.Contain("Going on after step 27, in epoch 10."));
        Assert.That(() => Checkpoint.Open(last).Dispose(), Throws.Nothing, "written anew");
    }

    [Test]
    public void A_run_that_is_done_says_so_again_and_one_without_a_checkpoint_begins_again()
    {
        var done = Copy("done");
        System.IO.File.Delete(done.Weights);
        GoesOn(done);
        var bare = Copy("bare");
        Directory.Delete(bare.Checkpoints, recursive: true);
        Assert.That(GoesOn(bare), Does.Contain($"'{bare.Path}' has no checkpoint yet: the run begins again."));
    }

    [Test]
    public void More_epochs_may_be_asked_for_and_nothing_else_that_was_learned_by()
    {
        var run = Copy("longer");
        var longer = CliRun.Here("train", "--resume", run.Path, "--epochs", "11");
        Assert.That(longer.Code, Is.Zero, longer.Error);
        Assert.That(TrainingLog.Read(run.Log)[^1].Step, Is.EqualTo(33));
        Refused("--resume goes on with a run as it is: --lr cannot be changed.", "--resume", run.Path, "--lr", "1");
        Refused("--resume goes on with a run as it is: it excludes --config.", "--resume", run.Path, "--config", run.Config);
    }

    [Test]
    public void Other_pictures_are_refused_and_nothing_is_lost()
    {
        var run = Copy("strange");
        var before = Directory.GetFiles(run.Path, "*", SearchOption.AllDirectories).Order().Select(file => (file, new FileInfo(file).Length)).ToArray();
        var result = CliRun.Here("train", "--resume", run.Path, "--data", HeldOut);
        Assert.That(result.Code, Is.EqualTo(2));
        Assert.That(result.Error, Does.Contain("learned 18 pictures of 3 classes; these are 9 of 3"));
        Assert.That(Directory.GetFiles(run.Path, "*", SearchOption.AllDirectories).Order().Select(file => (file, new FileInfo(file).Length)), Is.EqualTo(before));
    }

    [Test]
    public void A_loss_that_explodes_names_the_layer_and_the_last_good_checkpoint()
    {
        var result = CliRun.Here("train", "--data", Data, "--run", At("wild"), "--batch", "6", "--epochs", "50", "--lr", "1000", "--schedule", "constant", "--save-every", "1");
        Assert.That(result.Code, Is.EqualTo(1));
        var sentence = result.Error.TrimEnd('\n').Split('\n')[^1];
        Assert.That(sentence, Does.Match(@"^zfnet: The (loss|gradient).* '(features|classifier)\.\d+.*; the last good checkpoint is '.*step-\d+\.safetensors'\.$")
            .Or.Match("^zfnet: .*; there is no checkpoint yet\\.$"), sentence);
    }

    [Test]
    public void What_cannot_be_is_one_sentence_and_leaves_no_folder()
    {
        System.IO.File.WriteAllText(At("run.json"), "{ \"epoch\": 3 }");
        Refused($"'{At("run.json")}': There is no key 'epoch'; the nearest known one is 'epochs'.", "--config", At("run.json"), "--run", At("nowhere"));
        Refused("--data is missing: the pictures to learn.", "--run", At("nowhere"));
        Refused("--out is missing, the weights file to write, or --run, a folder for the whole run.", "--data", Data);
        Refused($"'{At("nowhere")}' holds no run: it has no run.json.", "--resume", At("nowhere"));
        Refused("has no layer 'conv9'", "--data", Data, "--run", At("nowhere"), "--renormalise", "conv9");
        Refused("Layer 'fc6' is no convolution: its filters cannot be renormalised.", "--data", Data, "--run", At("nowhere"), "--renormalise", "fc6");
        Refused("There are 2 class weights for 3 classes.", "--data", Data, "--run", At("nowhere"), "--class-weights", "1,2");
        Refused("'classWeights' is '1,x'; it must be none, balanced, or a number for each class, with commas.", "--data", Data, "--run", At("nowhere"), "--class-weights", "1,x");
        Refused("'resize' is 'fit'; it must be crop or stretch.", "--config", File("resize.json", "{\"resize\": \"fit\"}"u8.ToArray()), "--data", Data, "--run", At("nowhere"));
        Refused("Keep is 0; it must be at least 1.", "--config", File("keep.json", "{\"keep\": 0}"u8.ToArray()), "--data", Data, "--run", At("nowhere"));
        Assert.That(Directory.Exists(At("nowhere")), Is.False);
        Refused($"'{straight.Value.Path}' holds a run already: resume that one, or name another folder.", "--data", Data, "--run", straight.Value.Path);
        Refused("Could not write ", "--data", Data, "--run", Path.Combine(File("file"), "run"));
    }

    [Test]
    public void A_disk_that_fills_up_keeps_the_checkpoint_before()
    {
        // A file system of our own of 8 MiB, where that is permitted; a checkpoint takes 5.
        var small = Folder("small");
        var result = CliRun.Shell(
            $"unshare -rm sh -c \"mount -t tmpfs -o size=8m none '{small}' && "
            + $"$zfnet train --data '{Data}' --epochs 3 --batch 6 --run '{small}/run'; echo \\$?; ls -A '{small}/run' '{small}/run/checkpoints'\"");
        if (result.Error.Contains("unshare", StringComparison.Ordinal) || result.Error.Contains("mount", StringComparison.Ordinal))
            Assert.Ignore($"A file system cannot be mounted here: {result.Error.Trim()}");
        Assert.That(result.Error.TrimEnd('\n').Split('\n')[^1], Does.StartWith("zfnet: Could not write ").And.Contain("step-000000006").And.Contain("the disk is full"));
        Assert.That(result.Output, Is.EqualTo($"2\n{small}/run:\ncheckpoints\nlog.jsonl\nrun.html\nrun.json\nsnapshots\n\n{small}/run/checkpoints:\nstep-000000003.safetensors\n"));
    }

    [Test]
    public void Every_option_is_a_key_and_every_key_an_option()
    {
        var command = CommandLine.Root(new CliHost(TextWriter.Null, TextWriter.Null, false, false, default)).Subcommands.Single(sub => sub.Name == "train");
        string[] others = ["--config", "--run", "--resume", "--out", "--json", "--threads"];
        var keys = command.Options.Where(option => !others.Contains(option.Name) && option.Name is not ("--help" or "--version")).Select(RecipeOptions.Key);
        Assert.That(keys, Is.EquivalentTo(RunConfig.Keys));
    }

    [Test]
    public void The_table_says_where_the_run_stands()
    {
        var table = new TrainTable(_ => { });
        var at = new TrainingProgress(2, 4, 10, 20, new(100, 50, 25, 100, 4, 0.01), new(10, 0.25, 3, 10, 0.01, 0.1), 60);
        Assert.That(table.Rows(at), Is.EqualTo(new[]
        {
            ("epoch", "2 of 4"), ("step", "10 of 20"), ("loss", "0.5000"), ("top-1", "25.0 %"), ("top-5", "100.0 %"),
            ("learning rate", "0.01"), ("images/s", "25"), ("time left", "00:01:40"),
        }));
        table.EpochDone(new(1, 0.01, 1, 0.5, 1, 25, new(10, 6, 10, 0.75, [])));
        table.EpochDone(new(2, 0.01, 1, 0.5, 1, 25, null));
        Assert.That(table.Rows(at), Has.Member(("held out", "60.0 %, loss 0.7500 (epoch 1)")));
    }

    private static void WaitForCheckpoint(RunFolder run, Process process)
    {
        var folder = new CheckpointFolder(run.Checkpoints);
        while (!folder.List().Any(file => file.Step >= 5))
        {
            Assert.That(process.HasExited, Is.False);
            Thread.Sleep(1);
        }
    }

    private string[] Arguments(string run) => ["train", "--data", Data, "--held-out", HeldOut, "--run", At(run), "--save-every", "5", .. Recipe];

    private CliResult Train(string run) => CliRun.Here(Arguments(run));

    private RunFolder Copy(string name)
    {
        var run = new RunFolder(At(name));
        foreach (var file in Directory.GetFiles(straight.Value.Path, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(run.Path, Path.GetRelativePath(straight.Value.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            System.IO.File.Copy(file, copy);
        }
        return run;
    }

    /// <summary>Resumed, it ends as if nothing had stopped it, and its log has every line once.</summary>
    private string GoesOn(RunFolder run)
    {
        var result = CliRun.Here("train", "--resume", run.Path);
        Assert.That(result.Code, Is.Zero, result.Error);
        Same(run.Weights);
        var (log, whole) = (TrainingLog.Read(run.Log), TrainingLog.Read(straight.Value.Log));
        Assert.That(log.Select(Exact), Is.EqualTo(whole.Select(Exact)));
        Assert.That(RunConfig.Load(run.Config), Is.EqualTo(RunConfig.Load(straight.Value.Config)));
        Assert.That(Leftovers(), Is.Empty);
        return result.Error;

        static LogLine Exact(LogLine line) => line with { ImagesPerSecond = 0, Seconds = 0 };
    }

    private void Same(string weights)
    {
        using ZfNet.Model one = ModelFile.Load(straight.Value.Weights), two = ModelFile.Load(weights);
        foreach (var (first, second) in one.Network.Parameters.Zip(two.Network.Parameters))
            Assert.That(second.Value.ToArray<float>().AsSpan().SequenceEqual(first.Value.ToArray<float>()), first.Key);
    }

    private static void Refused(string sentence, params string[] args)
    {
        var result = CliRun.Here(["train", .. args]);
        Assert.That(result.Code, Is.EqualTo(2), result.Error);
        Assert.That(result.Sentence, Does.Contain(sentence));
    }
}
