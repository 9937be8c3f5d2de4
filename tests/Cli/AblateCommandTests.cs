using NUnit.Framework;
using System.Text.Json;
using ZfNet.Ablating;
using ZfNet.Training;

namespace ZfNet.Tests.Cli;

[TestFixture]
internal sealed class AblateCommandTests : CliFixture
{
    private static readonly string[] Recipe =
        ["--arch", "mini", "--epochs", "2", "--batch", "6", "--lr", "0.002", "--flip", "--device", "cpu"];

    private readonly Lazy<(string Folder, CliResult Result)> whole;

    public AblateCommandTests() => whole = new(() =>
    {
        var result = Ablate("whole");
        Assert.That(result.Code, Is.Zero, result.Error);
        return (At("whole"), result);
    });

    [Test]
    public void Every_network_is_a_run_of_its_own_and_the_table_is_printed_and_written()
    {
        var (folder, result) = whole.Value;
        Assert.That(result.Output, Does.Contain("without-fc layers 4 and 5 removed").And.Contain("27.4 44.8 22.4"));
        Assert.That(
            result.Output,
            Does.Contain("Removing the fully connected").And.Contain("not measured").And.Contain("ablation.html"));
        Assert.That(
            result.Error,
            Does.Contain("base, seed 0 (1 of 2), epoch 1/2: loss ")
                .And.Contain("without-fc, seed 0 (2 of 2), epoch 2/2"));
        foreach (var (change, arch) in new[] { ("base", "mini"), ("without-fc", "mini-without-4-5") })
        {
            var run = Run(folder, change);
            Assert.That(RunConfig.Load(run.Config).Arch, Is.EqualTo(arch));
            using var model = ModelFile.Load(run.Weights);
            var errors = AblationResult.Read(run)!;
            Assert.That((errors.Training.Pictures, errors.HeldOut.Pictures), Is.EqualTo((18, 9)));
            Assert.That(errors.Parameters, Is.EqualTo(model.Network.Plan.Parameters));
            var last = TrainingLog.Read(run.Log).OfType<EpochLine>().Last().HeldOut!;
            var seen = new AblationCounts(9, (int)Math.Round(9 * last.Top1), 9, last.Loss);
            Assert.That(errors.HeldOut, Is.EqualTo(seen), "as the trainer saw it");
        }
        Assert.That(Json(Read(folder, "ablation.json")).GetProperty("variants").GetArrayLength(), Is.EqualTo(2));
        Assert.That(Read(folder, "ablation.html"), Does.Contain("without-fc").And.Not.Contain("still to be done"));
    }

    [Test]
    public void Called_again_it_trains_only_what_is_missing_and_comes_to_the_same()
    {
        Copy(whole.Value.Folder, At("again"));
        var before = AblationResult.Read(Run(At("again"), "without-fc"))!;
        System.IO.File.Delete(Path.Combine(Run(At("again"), "without-fc").Path, "errors.json"));
        System.IO.File.Delete(Run(At("again"), "without-fc").Weights);
        var again = Ablate("again");
        Assert.That(again.Code, Is.Zero, again.Error);
        Assert.That(again.Error, Does.Contain("Going on after step 6").And.Not.Contain("base, seed 0"));
        var after = AblationResult.Read(Run(At("again"), "without-fc"))!;
        Assert.That(after with { Seconds = 0 }, Is.EqualTo(before with { Seconds = 0 }));
        var json = Ablate("again", "--json");
        Assert.That(json.Error, Is.Empty, "nothing is left to train");
        var row = Json(json.Output).GetProperty("variants")[1];
        Assert.That(row.GetProperty("change").GetString(), Is.EqualTo("without-fc"));
    }

    [Test]
    public void Ctrl_C_is_130_and_the_same_command_goes_on()
    {
        string[] args = [.. Command("stopped"), "--variants", "base", .. Recipe];
        args[Array.IndexOf(args, "--epochs") + 1] = "40";
        var run = Run(At("stopped"), "base");
        var result = CliRun.InterruptedAt("epoch 2/40", args);
        Assert.That((result.Code, result.Output), Is.EqualTo((130, "")), result.Error);
        Assert.That(result.Error, Does.EndWith("Saved: the same command goes on.\nzfnet: Interrupted.\n"));
        Assert.That(AblationResult.Read(run), Is.Null);
        var resumed = CliRun.Here(args);
        Assert.That(resumed.Code, Is.Zero, resumed.Error);
        Assert.That(resumed.Error, Does.Contain("Going on after step"));
        Assert.That(TrainingLog.Read(run.Log).OfType<EpochLine>().Count(), Is.EqualTo(40));
        Assert.That(Leftovers(), Is.Empty);
    }

    [Test]
    public void Several_seeds_are_runs_beside_each_other_and_one_row()
    {
        var result = CliRun.Here([.. Command("seeds"), "--variants", "base", "--seeds", "1, 2", "--json", .. Recipe]);
        Assert.That(result.Code, Is.Zero, result.Error);
        var row = Json(result.Output).GetProperty("variants")[0];
        Assert.That(row.GetProperty("runs").GetInt32(), Is.EqualTo(2));
        foreach (var seed in new[] { 1, 2 })
            Assert.That(RunConfig.Load(At("seeds", "base", $"seed-{seed}", "run.json")).Seed, Is.EqualTo(seed));
    }

    [Test]
    public void What_cannot_be_is_one_sentence_and_trains_nothing()
    {
        Refused("There is no change 'fc-9' of network 'mini'; there are base, without-middle,", "--variants", "fc-9");
        Refused("--seeds takes whole numbers with commas between, not '1,x'.", "--seeds", "1,x");
        var from = File("from.json", "{\"from\": \"w\"}"u8.ToArray());
        Refused("the recipe has no place for 'from' and 'freeze'", "--config", from);
        Refused("There is no change 'wider' of network 'wide';", "--arch", "wide", "--variants", "wider");
        Assert.That(
            CliRun.Here("ablate", "--data", Data, "--arch", "vgg", "--out", At("nowhere")).Sentence,
            Does.StartWith("--arch takes wide, paper, alexnet, compact or mini, not 'vgg'."));
        Assert.That(
            CliRun.Here("ablate", "--data", Data, "--arch", "mini", "--out", At("nowhere")).Sentence,
            Is.EqualTo("--held-out is missing: the pictures to measure on."));
        Assert.That(Directory.Exists(At("nowhere")), Is.False);
        var other = Ablate("whole-other", "--epochs", "1");
        Assert.That(other.Code, Is.Zero, other.Error);
        Assert.That(
            Ablate("whole-other").Sentence,
            Is.EqualTo(
                $"'{Run(At("whole-other"), "base").Path}' holds a run of another recipe, whose 'epochs' differs: "
                + "name another folder."));
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static string Read(string folder, string name) => System.IO.File.ReadAllText(Path.Combine(folder, name));

    private string[] Command(string name) => ["ablate", "--data", Data, "--held-out", HeldOut, "--out", At(name)];

    private static RunFolder Run(string folder, string change) => new(Path.Combine(folder, change, "seed-0"));

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            System.IO.File.Copy(file, target);
        }
    }

    private CliResult Ablate(string name, params string[] more)
    {
        string[] recipe = [.. Recipe];
        if (more is ["--epochs", var epochs])
            (recipe[3], more) = (epochs, []);
        return CliRun.Here([.. Command(name), "--variants", "base,without-fc", .. recipe, .. more]);
    }

    private void Refused(string sentence, params string[] more)
    {
        string[] recipe = more.Contains("--arch") ? Recipe[2..] : Recipe;
        var result = CliRun.Here([.. Command("nowhere"), .. recipe, .. more]);
        Assert.That(result.Code, Is.EqualTo(2), result.Error);
        Assert.That(result.Sentence, Does.Contain(sentence));
        Assert.That(Directory.Exists(At("nowhere")), Is.False);
    }
}
