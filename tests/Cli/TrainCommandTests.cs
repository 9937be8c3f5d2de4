using NUnit.Framework;
using System.Text.Json;
using ZfNet.Tests.Data;

namespace ZfNet.Tests.Cli;

[TestFixture]
internal sealed class TrainCommandTests : CliFixture
{
    [Test]
    public void It_writes_a_network_that_classifies_and_says_what_it_knows()
    {
        var result = CliRun.Here([.. Train("a"), "--held-out", HeldOut, "--baselines"]);

        Assert.That(result.Code, Is.Zero, result.Error);
        Assert.That(result.Error, Does.Contain("epoch 1/2: loss ").And.Contain("epoch 2/2: loss ").And.Contain("held-out"));
        Assert.That(result.Output, Does.Contain("held-out   top-1").And.Contain("majority   top-1 33.3 % (always across)")
            .And.Contain("linear     top-1").And.Contain("weights    "));
        using var model = ModelFile.Load(At("a"));
        Assert.That(model.Classes, Is.EqualTo(new[] { "across", "diagonal", "down" }));
        Assert.That(model.Preprocessing.Mean.R, Is.InRange(0.2, 0.8), "the data set's mean travels with the weights");
        Assert.That(model.Notes["recipe"], Does.Contain("\"epochs\":2").And.Contain("\"seed\":7"));
        Assert.That(CliRun.Here("classify", "--weights", At("a"), Picture).Code, Is.Zero);
    }

    [Test]
    public void The_same_seed_gives_the_same_file_whatever_the_threads()
    {
        Assert.That(CliRun.Here([.. Train("one"), "--threads", "1", "--flip", "--shift", "3"]).Code, Is.Zero);
        Assert.That(CliRun.Here([.. Train("two"), "--threads", "2", "--flip", "--shift", "3"]).Code, Is.Zero);
        Assert.That(CliRun.Here([.. Train("three", seed: "8"), "--threads", "2", "--flip", "--shift", "3"]).Code, Is.Zero);

        var one = System.IO.File.ReadAllBytes(At("one"));
        Assert.That(System.IO.File.ReadAllBytes(At("two")).AsSpan().SequenceEqual(one));
        Assert.That(System.IO.File.ReadAllBytes(At("three")).AsSpan().SequenceEqual(one), Is.False);
    }

    [Test]
    public void Mnists_files_are_a_data_set_with_its_own_test_split()
    {
        Folder("mnist");
        foreach (var (split, count) in new[] { ("train", 20), ("t10k", 10) })
        {
            File($"mnist/{split}-images-idx3-ubyte", MnistTests.Idx([count, 28, 28]));
            File($"mnist/{split}-labels-idx1-ubyte.gz", MnistTests.Zip(MnistTests.LabelFile([.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))])));
        }
        var result = CliRun.Here("train", "--data", At("mnist"), "--out", At("digits"), "--epochs", "1", "--batch", "6", "--json");
        Assert.That(result.Code, Is.Zero, result.Error);
        using var json = JsonDocument.Parse(result.Output);
        Assert.That(json.RootElement.GetProperty("pictures").GetInt32(), Is.EqualTo(20));
        Assert.That(json.RootElement.GetProperty("heldOut").GetProperty("pictures").GetInt32(), Is.EqualTo(10));
        using var model = ModelFile.Load(At("digits"));
        Assert.That(model.Classes, Is.EqualTo(Enumerable.Range(0, 10).Select(digit => $"{digit}")));
    }

    [Test]
    public void The_papers_preprocessing_travels_with_the_weights_and_a_cache_changes_no_byte_of_them()
    {
        string[] paper = ["--smallest-side", "72", "--random-crop", "--flip", "--mean", "pixel", "--held-out", HeldOut];
        Assert.That(CliRun.Here([.. Train("decoded"), .. paper]).Code, Is.Zero);
        var first = CliRun.Here([.. Train("cached"), .. paper, "--cache", At("cache")]);
        Assert.That(first.Error, Does.Contain("Cached 18 pictures in ").And.Contain("Cached 9 pictures in "));
        var second = CliRun.Here([.. Train("again"), .. paper, "--cache", At("cache"), "--threads", "1"]);
        Assert.That(second.Error, Does.Not.Contain("ached "));
        foreach (var name in new[] { "cached", "again" })
            Assert.That(System.IO.File.ReadAllBytes(At(name)).AsSpan().SequenceEqual(System.IO.File.ReadAllBytes(At("decoded"))), name);
        using var model = ModelFile.Load(At("again"));
        Assert.That(model.Preprocessing.FrameSize, Is.EqualTo((72, 72)));
        Assert.That(model.Preprocessing.PixelMean!.Values.Length, Is.EqualTo(3 * 64 * 64));
    }

    [Test]
    public void The_result_for_machines_has_every_epoch()
    {
        var result = CliRun.Here([.. Train("json"), "--held-out", HeldOut, "--json"]);
        using var json = JsonDocument.Parse(result.Output);
        var root = json.RootElement;
        Assert.That(root.GetProperty("epochs").GetArrayLength(), Is.EqualTo(2));
        Assert.That(root.GetProperty("epochs")[0].GetProperty("loss").GetDouble(), Is.Positive);
        Assert.That(root.GetProperty("heldOut").GetProperty("pictures").GetInt32(), Is.EqualTo(9));
        Assert.That(root.GetProperty("heldOut").GetProperty("classes").GetArrayLength(), Is.EqualTo(3));
        Assert.That(root.GetProperty("majority").GetProperty("accuracy").GetDouble(), Is.EqualTo(1.0 / 3).Within(1e-12));
        Assert.That(root.GetProperty("linear").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(root.GetProperty("weights").GetString(), Is.EqualTo(At("json")));
    }

    [Test]
    public void Filter_renormalisation_is_at_work_where_it_is_asked_for()
    {
        Assert.That(CliRun.Here([.. Train("tight"), "--renormalise", "all", "--renormalise-radius", "0.01"]).Code, Is.Zero);
        using var model = ModelFile.Load(At("tight"));
        foreach (var name in new[] { "conv1", "conv5" })
            Assert.That(
                ZfNet.Training.FilterRenormaliser.RootMeanSquares((Engine.Conv2d)model.Network.Layer(name)),
                Has.All.LessThan(0.01 + 1e-7), name);
    }

    [Test]
    public void A_loss_that_explodes_is_exit_1_with_the_place_and_leaves_the_old_file()
    {
        var path = At("old");
        System.IO.File.WriteAllText(path, "old");
        var result = CliRun.Here(Train("old", epochs: "50", rate: "1000"));
        Assert.That(result.Code, Is.EqualTo(1));
        Assert.That(result.Error.TrimEnd('\n').Split('\n')[^1], Does.Match(@"^zfnet: The loss is (not a number|infinite) at step \d+ of epoch \d+: .*\.$"));
        Assert.That(System.IO.File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Leftovers(), Is.Empty);
    }

    [Test]
    public void Being_cancelled_is_exit_130_and_leaves_the_old_file()
    {
        System.IO.File.WriteAllText(At("kept"), "old");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        var result = CliRun.Here(stop.Token, Train("kept", epochs: "100000"));
        Assert.That(result.Code, Is.EqualTo(130));
        Assert.That(result.Error, Does.EndWith("zfnet: Interrupted.\n"));
        Assert.That(System.IO.File.ReadAllText(At("kept")), Is.EqualTo("old"));
        Assert.That(Leftovers(), Is.Empty);
    }

    private string[] Train(string name, string epochs = "2", string rate = "0.001", string seed = "7") =>
        ["train", "--data", Data, "--out", At(name), "--epochs", epochs, "--batch", "6", "--lr", rate, "--seed", seed];
}
