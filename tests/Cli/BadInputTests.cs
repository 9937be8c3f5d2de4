using NUnit.Framework;
using ZfNet.Engine;

namespace ZfNet.Tests.Cli;

/// <summary>Whatever the user gives: one sentence that names it, exit 2, nothing half-written.</summary>
[TestFixture]
internal sealed class BadInputTests : CliFixture
{
    [Test]
    public void Weights_that_are_not_there() => Refused("there is no such file", "classify", "--weights", At("absent"), Picture);

    [Test]
    public void Weights_that_are_a_folder() => Refused("folder", "classify", "--weights", Root, Picture);

    [Test]
    public void Weights_that_are_empty() => Refused("bytes", "classify", "--weights", File("empty.safetensors"), Picture);

    [Test]
    public void Weights_that_are_a_picture() => Refused("Weights file", "classify", "--weights", Picture, Picture);

    [Test]
    public void Weights_with_a_huge_header() =>
        Refused("header", "classify", "--weights", File("huge.safetensors", [255, 255, 255, 255, 255, 255, 255, 127, 123, 125]), Picture);

    [Test]
    public void Weights_cut_anywhere()
    {
        var whole = System.IO.File.ReadAllBytes(Weights);
        foreach (var length in new[] { 1, 7, 8, 9, 100, 1000, whole.Length / 2, whole.Length - 1 })
            Refused("Weights file", "classify", "--weights", File("cut.safetensors", whole[..length]), Picture);
    }

    [Test]
    public void Weights_with_something_behind_them() =>
        Refused("Weights file", "classify", "--weights", File("long.safetensors", [.. System.IO.File.ReadAllBytes(Weights), 0, 0, 0, 0]), Picture);

    [Test]
    public void Weights_of_another_network() => Refused("network 'wide'", "classify", "--weights", Weights, "--arch", "wide", Picture);

    [Test]
    public void Weights_that_do_not_say_which_network_they_are()
    {
        using var file = SafetensorsFile.Open(Weights);
        using var model = ModelFile.Load(Weights);
        var parameters = model.Network.Parameters.ToDictionary();
        SafetensorsWriter.Write(
            At("plain.safetensors"), file.Entries.Select(e => new WeightInfo(e.Name, e.DType, e.Shape.AsSpan())), new Dictionary<string, string>(),
            writer => writer.Write(parameters[writer.Current.Name]));

        Refused("must be named", "classify", "--weights", At("plain.safetensors"), Picture);
        Assert.That(CliRun.Here("classify", "--weights", At("plain.safetensors"), "--arch", "compact", Picture).Code, Is.Zero);
    }

    [Test]
    public void A_picture_that_is_not_there() => Refused("There is no picture", "classify", "--weights", Weights, At("absent.png"));

    [Test]
    public void A_picture_that_is_not_one() => Refused("text.png", "classify", "--weights", Weights, File("text.png", "not a picture"u8.ToArray()));

    [Test]
    public void A_picture_that_ends_early() =>
        Refused("half.png", "classify", "--weights", Weights, File("half.png", System.IO.File.ReadAllBytes(Picture)[..60]));

    [Test]
    public void A_bad_picture_among_good_ones_leaves_no_half_of_an_answer() =>
        Refused("text.png", "classify", "--weights", Weights, Picture, File("text.png", "no"u8.ToArray()), Picture);

    [Test]
    public void A_picture_that_is_a_folder() => Refused("is a folder", "classify", "--weights", Weights, Data);

    [Test]
    public void Data_that_is_not_there() => Refused("There is no folder", Train("absent"));

    [Test]
    public void Data_that_is_empty() => Refused("is empty", Train(Path.GetFileName(Folder("nothing"))));

    [Test]
    public void Data_without_class_folders()
    {
        var flat = Folder("flat");
        System.IO.File.Copy(Picture, Path.Combine(flat, "a.png"), overwrite: true);
        Refused("no class folders", Train("flat"));
    }

    [Test]
    public void Data_of_one_class_only()
    {
        Folder("single");
        System.IO.File.Copy(Picture, Path.Combine(Folder("single/only"), "a.png"), overwrite: true);
        Refused("only one class, 'only'", Train("single"));
    }

    [Test]
    public void Data_with_a_class_without_pictures()
    {
        System.IO.File.Copy(Picture, Path.Combine(Folder("gap/full"), "a.png"), overwrite: true);
        Folder("gap/void");
        Refused("'void'", Train("gap"));
    }

    [Test]
    public void Data_with_a_broken_picture_is_refused_or_passed_over_as_asked()
    {
        Write(At("broken"), new Training.StripedPictures(3, 5, side: 64));
        File("broken/down/bad.png", "broken"u8.ToArray());
        Refused("bad.png", Train("broken"));

        var result = CliRun.Here("train", "--data", At("broken"), "--epochs", "1", "--batch", "4", "--out", At("whole"), "--skip-unreadable");
        Assert.That(result.Code, Is.Zero, result.Error);
        Assert.That(result.Error, Does.Contain("Skipped: ").And.Contain("bad.png"));
    }

    [Test]
    public void Held_out_pictures_of_other_classes()
    {
        System.IO.File.Copy(Picture, Path.Combine(Folder("strange/zebra"), "a.png"), overwrite: true);
        Refused("'zebra'", [.. Train("data"), "--held-out", At("strange")]);
    }

    [Test]
    public void An_output_whose_folder_is_not_there_is_refused_before_any_work() =>
        Refused("its folder does not exist", "train", "--data", Data, "--epochs", "1000000", "--out", At("absent", "w.safetensors"));

    [Test]
    public void An_output_that_is_a_folder() => Refused("it is a folder", "train", "--data", Data, "--epochs", "1000000", "--out", Data);

    [Test]
    public void An_output_that_is_a_device() => Refused("is a device", "filters", "--weights", Weights, "--out", "/dev/full");

    [Test]
    public void Filters_of_a_picture() => Refused("Weights file", "filters", "--weights", Picture, "--out", At("f.png"));

    private string[] Train(string data) => ["train", "--data", At(data), "--epochs", "1", "--batch", "4", "--out", At("new.safetensors")];

    private void Refused(string part, params string[] args)
    {
        var result = CliRun.Here(args);
        Assert.That(result.Sentence, Does.Contain(part));
        Assert.That(result.Code, Is.EqualTo(2));
        Assert.That(Leftovers(), Is.Empty);
        Assert.That(System.IO.File.Exists(At("new.safetensors")) || System.IO.File.Exists(At("f.png")), Is.False);
    }
}
