using NUnit.Framework;
using System.Text.Json;

namespace ZfNet.Tests.Cli;

[TestFixture]
internal sealed class LookingCommandsTests : CliFixture
{
    [Test]
    public void Classify_lists_the_most_probable_classes_of_each_picture()
    {
        var other = At("data", "across", "0.png");
        var text = CliRun.Here("classify", "--weights", Weights, "--top", "2", Picture, other);
        Assert.That((text.Code, text.Error), Is.EqualTo((0, "")));
        Assert.That(text.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(1 + 2 * 2));
        Assert.That(text.Output, Does.Contain(Picture).And.Contain(other));

        using var json = JsonDocument.Parse(CliRun.Here("classify", "--weights", Weights, "--json", Picture, other).Output);
        var first = json.RootElement[0];
        Assert.That(first.GetProperty("picture").GetString(), Is.EqualTo(Picture));
        var probabilities = first.GetProperty("predictions").EnumerateArray().Select(p => p.GetProperty("probability").GetDouble()).ToArray();
        Assert.That(probabilities, Has.Length.EqualTo(3).And.Ordered.Descending);
        Assert.That(probabilities.Sum(), Is.EqualTo(1).Within(1e-6));
    }

    [Test]
    public void A_batch_answers_as_picture_by_picture_and_the_reference_as_the_fast_device()
    {
        var pictures = Directory.GetFiles(Data, "*.png", SearchOption.AllDirectories);
        var together = Answers("cpu", pictures);
        Assert.That(together, Has.Length.EqualTo(18));
        Assert.That(Answers("cpu", pictures[17])[0], Is.EqualTo(together[17]).Within(1e-5));
        Assert.That(Answers("reference", pictures[..2])[1], Is.EqualTo(together[1]).Within(1e-5));

        double[] Answers(string device, params string[] paths)
        {
            using var json = JsonDocument.Parse(CliRun.Here(["classify", "--weights", Weights, "--json", "--device", device, .. paths]).Output);
            return [.. json.RootElement.EnumerateArray().Select(e => e.GetProperty("predictions")[0].GetProperty("probability").GetDouble())];
        }
    }

    [Test]
    public void Linear_weights_can_be_kept_in_bfloat16_by_commands_that_only_run_a_network()
    {
        var (whole, stored) = (Probability("float32"), Probability("bfloat16"));
        Assert.That(stored, Is.EqualTo(whole).Within(1e-2).And.Not.EqualTo(whole));
        string[][] runs =
        [
            ["project", "--layer", "fc6", "--map", "5", Picture, "--out", At("narrow.png")],
            ["occlude", Picture, "--square", "32", "--stride", "32", "--out", At("narrow")],
            ["visualize", "--images", At("data", "down"), "--layers", "conv5", "--maps", "1", "--top", "1", "--out", At("narrow-sheets")],
            ["eval", "--data", HeldOut],
        ];
        foreach (var run in runs)
        {
            var result = CliRun.Here([.. run, "--weights", Weights, "--linear-weights", "bfloat16"]);
            Assert.That(result.Code, Is.Zero, $"{run[0]}: {result.Error}");
        }

        Assert.That(
            CliRun.Here("classify", "--weights", Weights, "--linear-weights", "half", Picture).Sentence,
            Is.EqualTo("--linear-weights takes float32 or bfloat16, not 'half'."));
        foreach (var command in new[] { "train", "ablate", "probe", "filters" })
            Assert.That(CliRun.Here(command, "--linear-weights", "bfloat16").Sentence, Does.Contain("'--linear-weights'"), command);

        double Probability(string storage)
        {
            using var json = Json("classify", "--weights", Weights, "--linear-weights", storage, "--json", Picture);
            return json.RootElement[0].GetProperty("predictions")[0].GetProperty("probability").GetDouble();
        }
    }

    [Test]
    public void A_name_that_begins_with_a_dash_comes_after_two_dashes()
    {
        var odd = Path.Combine(Root, "-odd.png");
        System.IO.File.Copy(Picture, odd, overwrite: true);
        var before = Directory.GetCurrentDirectory();
        try
        {
            Directory.SetCurrentDirectory(Root);
            Assert.That(CliRun.Here("classify", "--weights", Weights, "-odd.png").Sentence, Does.Contain("has no option '-odd.png'"));
            Assert.That(CliRun.Here("classify", "--weights", Weights, "--", "-odd.png").Code, Is.Zero);
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    [Test]
    public void Filters_are_a_picture_of_all_of_them()
    {
        var path = At("filters.png");
        var result = CliRun.Here("filters", "--weights", Weights, "--out", path, "--enlarge", "4");
        Assert.That(result.Code, Is.Zero, result.Error);
        var picture = ZfNet.Pictures.Picture.Load(path);
        // 32 filters of 7x7 enlarged four times: seven columns and five rows of 28 pixels with gutters.
        Assert.That((picture.Width, picture.Height), Is.EqualTo((7 * 28 + 8 * 3, 5 * 28 + 6 * 3)));
    }

    [Test]
    public void Project_draws_one_unit_and_says_which()
    {
        var path = At("p.png");
        using var strongest = Json("project", "--weights", Weights, "--layer", "conv3", "--map", "5", Picture, "--out", path, "--json");
        Assert.That(strongest.RootElement.GetProperty("allZero").GetBoolean(), Is.False);
        Assert.That(ZfNet.Pictures.Picture.Load(path).Width, Is.GreaterThan(2 * 256), "the picture and its projection, side by side");
        var (y, x) = (strongest.RootElement.GetProperty("y").GetInt32(), strongest.RootElement.GetProperty("x").GetInt32());
        var bytes = System.IO.File.ReadAllBytes(path);

        using var unit = Json("project", "--weights", Weights, "--layer", "features.6", "--map", "5", "--unit", $"{y},{x}", Picture, "--out", path, "--json");
        Assert.That(unit.RootElement.GetProperty("activation").GetDouble(), Is.EqualTo(strongest.RootElement.GetProperty("activation").GetDouble()));
        Assert.That(System.IO.File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes), "the strongest unit is that unit, by either name of the layer");

        foreach (var rule in new[] { "gradient", "guided" })
        {
            Assert.That(CliRun.Here("project", "--weights", Weights, "--layer", "conv3", "--map", "5", Picture, "--out", path, "--rule", rule).Code, Is.Zero);
            Assert.That(System.IO.File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes), Is.False, rule);
        }

        Assert.That(CliRun.Here("project", "--weights", Weights, "--layer", "conv3", "--map", "5", Picture, "--out", path, "--alone").Code, Is.Zero);
        var (picture, patch) = (ZfNet.Pictures.Picture.Load(path), strongest.RootElement.GetProperty("patch"));
        Assert.That((picture.Height, picture.Width), Is.EqualTo((64, 64)));
        var (top, left) = (patch.GetProperty("top").GetInt32(), patch.GetProperty("left").GetInt32());
        var (bottom, right) = (top + patch.GetProperty("height").GetInt32(), left + patch.GetProperty("width").GetInt32());
        for (var i = 0; i < 64 * 64; i++)
            if (i / 64 < top || i / 64 >= bottom || i % 64 < left || i % 64 >= right)
                Assert.That(picture[i / 64, i % 64], Is.EqualTo(new ZfNet.Pictures.Rgb(128, 128, 128)), "outside the patch nothing arrives");
    }

    [Test]
    public void A_projection_that_is_zero_everywhere_is_said_to_be()
    {
        using var dead = Network.Create(Networks.Compact.WithClasses(3), seed: 4);
        ((Engine.Conv2d)dead.Layer("conv2")).Bias!.Fill(-1000);
        ModelFile.Save(At("dead.safetensors"), new Model(dead, new() { Height = 64, Width = 64 }, []));

        var result = CliRun.Here("project", "--weights", At("dead.safetensors"), "--layer", "conv2", "--map", "0", Picture, "--alone", "--out", At("dead.png"));

        Assert.That(result.Code, Is.Zero);
        Assert.That(result.Error, Does.Contain("zero everywhere"));
        var shown = ZfNet.Pictures.Picture.Load(At("dead.png"));
        Assert.That(shown[3, 3].R, Is.GreaterThan(150), "hatched, not black");
    }

    [Test]
    public void Visualize_draws_a_sheet_for_each_layer_and_lists_the_units()
    {
        var folder = At("sheets");
        using var json = Json(
            "visualize", "--weights", Weights, "--images", Data, "--layers", "conv1, conv5", "--maps", "4", "--top", "9", "--out", folder, "--json");

        var files = json.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetString()!).ToArray();
        Assert.That(Directory.GetFiles(folder), Is.EquivalentTo(files));
        Assert.That(files.Select(Path.GetFileName), Is.SupersetOf(new[] { "conv1.png", "conv5.png", "conv5-random-units.png", "conv5-random-weights.png" }));
        foreach (var file in files)
            Assert.That(ZfNet.Pictures.Picture.Load(file).Width, Is.GreaterThan(300));
        foreach (var layer in json.RootElement.GetProperty("layers").EnumerateArray())
        {
            var units = layer.GetProperty("units").EnumerateArray().ToArray();
            Assert.That(units, Has.Length.EqualTo(4 * 9));
            foreach (var map in units.GroupBy(unit => unit.GetProperty("map").GetInt32()))
            {
                Assert.That(map.Select(unit => unit.GetProperty("activation").GetDouble()), Is.Ordered.Descending);
                Assert.That(map.Select(unit => unit.GetProperty("picture").GetString()), Is.Unique);
            }
        }
        Assert.That(json.RootElement.GetProperty("layers")[1].GetProperty("units").EnumerateArray().Select(unit => unit.GetProperty("map").GetInt32()).Distinct(), Is.EqualTo(new[] { 0, 24, 48, 72 }));
    }

    [Test]
    public void Without_layers_all_convolutions_are_shown()
    {
        var result = CliRun.Here("visualize", "--weights", Weights, "--images", At("data", "down"), "--maps", "1", "--top", "2", "--no-compare", "--out", At("all"));
        Assert.That(result.Code, Is.Zero, result.Error);
        Assert.That(Directory.GetFiles(At("all")).Select(Path.GetFileName), Is.EquivalentTo(new[] { "conv1.png", "conv2.png", "conv3.png", "conv4.png", "conv5.png" }));
    }

    [Test]
    public void Occlude_maps_every_position_and_draws_the_panels()
    {
        var folder = At("occlusion");
        using var json = Json("occlude", "--weights", Weights, Picture, "--square", "24", "--stride", "16", "--class", "down", "--out", folder, "--json");

        // floor((64 - 24) / 16) + 1 = 3 positions each way.
        var map = json.RootElement.GetProperty("map");
        Assert.That((map.GetProperty("rows").GetInt32(), map.GetProperty("columns").GetInt32()), Is.EqualTo((3, 3)));
        foreach (var grid in new[] { "probabilityGrid", "labelGrid", "activityGrid" })
            Assert.That(map.GetProperty(grid).GetArrayLength(), Is.EqualTo(9), grid);
        Assert.That(json.RootElement.GetProperty("className").GetString(), Is.EqualTo("down"));
        Assert.That(Directory.GetFiles(folder), Is.EquivalentTo(json.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetString())));
        using var file = JsonDocument.Parse(System.IO.File.ReadAllText(Path.Combine(folder, "occlusion.json")));
        Assert.That(file.RootElement.GetProperty("probabilityGrid").ToString().Split(','), Has.Length.EqualTo(9));
        var occluded = ZfNet.Pictures.Picture.Load(Path.Combine(folder, "a-input.png"));
        var grey = Enumerable.Range(0, occluded.Height * occluded.Width)
            .Count(i => occluded[i / occluded.Width, i % occluded.Width] is { R: 127 or 128, G: 127 or 128, B: 127 or 128 });
        Assert.That(grey, Is.GreaterThanOrEqualTo(24 * 24 * (occluded.Height / 64) * (occluded.Width / 64)), "the square is there, in mid-grey");
    }

    [TestCase("mean")]
    [TestCase("zero")]
    public void Other_fills_work_and_a_class_can_be_a_number(string fill)
    {
        var result = CliRun.Here("occlude", "--weights", Weights, Picture, "--square", "32", "--stride", "32", "--fill", fill, "--class", "2", "--out", At(fill));
        Assert.That(result.Code, Is.Zero, result.Error);
        Assert.That(result.Output, Does.StartWith("down: ").And.Contain("2x2 positions"));
    }

    [Test]
    public void Cancelling_between_batches_is_exit_130()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        foreach (var args in new[]
        {
            new[] { "occlude", "--weights", Weights, Picture, "--out", At("stopped") },
            ["visualize", "--weights", Weights, "--images", Data, "--out", At("stopped")],
            ["classify", "--weights", Weights, Picture],
        })
        {
            var result = CliRun.Here(stop.Token, args);
            Assert.That((result.Code, result.Output, result.Error), Is.EqualTo((130, "", "zfnet: Interrupted.\n")), args[0]);
        }
        Assert.That(Leftovers(), Is.Empty);
    }

    private static JsonDocument Json(params string[] args)
    {
        var result = CliRun.Here(args);
        Assert.That(result.Code, Is.Zero, result.Error);
        return JsonDocument.Parse(result.Output);
    }
}
