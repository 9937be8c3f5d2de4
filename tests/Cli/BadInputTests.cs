using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Tests.Data;

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
    public void Data_with_an_empty_file()
    {
        Write(At("hollow"), new Training.StripedPictures(3, 2, side: 64));
        File("hollow/down/nothing.jpg");
        Refused("nothing.jpg' is empty", Train("hollow"));
    }

    [Test]
    public void Data_with_unusual_pictures_is_learned_like_any_other()
    {
        Write(At("unusual"), new Training.StripedPictures(3, 2, side: 64));
        File("unusual/down/inks.jpg", Pictures.UnusualPictureTests.CmykJpeg(200, 100, 150, 250));
        File("unusual/down/moving.webp", Pictures.UnusualPictureTests.AnimatedWebp(new(250, 10, 20), new(10, 240, 30)));
        File("unusual/across/deep.png", Pictures.PictureFixtures.RawPng(1, 2, 16, 2, new byte[12]));
        File("unusual/across/grey.png", Pictures.PictureFixtures.RawPng(1, 3, 16, 0, new byte[6]));

        var result = CliRun.Here("train", "--data", At("unusual"), "--epochs", "1", "--batch", "4", "--out", At("learned"));
        Assert.That(result.Code, Is.Zero, result.Error);
        Assert.That(result.Error, Does.Not.Contain("Skipped"));
    }

    [Test]
    public void Mnist_with_a_wrong_magic_number_or_cut()
    {
        Folder("mnist");
        File("mnist/train-labels-idx1-ubyte", MnistTests.LabelFile(1, 2));
        File("mnist/train-images-idx3-ubyte", MnistTests.LabelFile(1, 2));
        Refused("00000801, not 00000803", Train("mnist"));
        File("mnist/train-images-idx3-ubyte", MnistTests.Idx([2, 5, 5])[..30]);
        Refused("is cut", Train("mnist"));
        File("mnist/train-images-idx3-ubyte", MnistTests.Idx([2, 5, 5]));
        File("mnist/train-labels-idx1-ubyte", MnistTests.LabelFile(1, 10));
        Refused("labels are 0 to 9", Train("mnist"));
    }

    [Test]
    public void Cifar_with_a_truncated_batch()
    {
        Folder("cifar");
        File("cifar/data_batch_1.bin", new byte[3073 + 3072]);
        Refused("data_batch_1.bin' is cut", Train("cifar"));
    }

    [Test]
    public void A_smallest_side_below_the_network() => Refused("it must be 64 to 65536", [.. Train("data"), "--smallest-side", "60"]);

    [Test]
    public void A_smallest_side_of_stretched_pictures() =>
        Refused("are stretched", [.. Train("data"), "--smallest-side", "80", "--resize", "stretch"]);

    [Test]
    public void A_cache_that_cannot_be_written() => Refused("Cannot cache pictures in", [.. Train("data"), "--cache", Picture]);

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

    [Test]
    public void A_layer_that_does_not_exist() => Refused("no layer \"conv9\"", Project("conv9", "0"));

    [Test]
    public void A_map_out_of_range() => Refused("its maps are 0 to 95", Project("conv5", "96"));

    [Test]
    public void A_map_that_is_negative() => Refused("--map takes a whole number", Project("conv5", "-1"));

    [Test]
    public void A_unit_out_of_range() => Refused("its maps are 7x7", [.. Project("conv5", "0"), "--unit", "7,0"]);

    [TestCase("3")]
    [TestCase("3,")]
    [TestCase("3,-1")]
    [TestCase("a,b")]
    [TestCase("1,2,3")]
    public void A_unit_that_is_none(string unit) => Refused($"such as 3,5, not '{unit}'", [.. Project("conv5", "0"), "--unit", unit]);

    [Test]
    public void A_unit_and_a_whole_map() => Refused("exclude each other", [.. Project("conv5", "0"), "--unit", "1,1", "--whole-map"]);

    [Test]
    public void A_rule_that_does_not_exist() => Refused("--rule takes deconvnet, gradient or guided", [.. Project("conv5", "0"), "--rule", "magic"]);

    [Test]
    public void A_square_larger_than_the_picture() => Refused("larger than the picture", [.. Occlude(), "--square", "65"]);

    [Test]
    public void A_square_of_nothing() => Refused("--square takes a whole number from 1", [.. Occlude(), "--square", "0"]);

    [Test]
    public void A_class_that_does_not_exist() => Refused("knows no class 'zebra'; it knows across, diagonal, down", [.. Occlude(), "--class", "zebra"]);

    [Test]
    public void A_class_out_of_range() => Refused("knows no class '3'", [.. Occlude(), "--class", "3"]);

    [Test]
    public void Results_into_a_file() =>
        Refused("is a file: results take a folder", "visualize", "--weights", Weights, "--images", Data, "--out", Picture);

    [Test]
    public void A_folder_without_pictures() =>
        Refused("There is no picture", "visualize", "--weights", Weights, "--images", Folder("bare"), "--out", At("results"));

    [Test]
    public void A_folder_that_is_not_there() =>
        Refused("There is no folder", "visualize", "--weights", Weights, "--images", At("absent"), "--out", At("results"));

    [Test]
    public void Layers_that_are_none() =>
        Refused("names no layer", "visualize", "--weights", Weights, "--images", Data, "--layers", ",", "--out", At("results"));

    [Test]
    public void One_layer_of_several_that_does_not_exist() =>
        Refused("no layer \"conv9\"", "visualize", "--weights", Weights, "--images", Data, "--layers", "conv1,conv9", "--out", At("results"));

    private string[] Project(string layer, string map) =>
        ["project", "--weights", Weights, "--layer", layer, "--map", map, Picture, "--out", At("new.png")];

    private string[] Occlude() => ["occlude", "--weights", Weights, Picture, "--out", At("results")];

    private string[] Train(string data) => ["train", "--data", At(data), "--epochs", "1", "--batch", "4", "--out", At("new.safetensors")];

    private void Refused(string part, params string[] args)
    {
        var result = CliRun.Here(args);
        Assert.That(result.Sentence, Does.Contain(part));
        Assert.That(result.Code, Is.EqualTo(2));
        Assert.That(Leftovers(), Is.Empty);
        Assert.That(new[] { "new.safetensors", "new.png", "f.png" }.Where(name => System.IO.File.Exists(At(name))), Is.Empty);
        Assert.That(Directory.Exists(At("results")), Is.False, "a folder of results that never came");
    }
}
