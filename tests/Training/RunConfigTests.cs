using NUnit.Framework;
using ZfNet.Training;

namespace ZfNet.Tests.Training;

[TestFixture]
public sealed class RunConfigTests
{
    [Test]
    public void A_file_gives_back_every_value()
    {
        using var folder = new TemporaryFolder();
        var config = new RunConfig
        {
            Arch = "paper", Data = "pictures/\"é\"", HeldOut = "other", Seed = ulong.MaxValue, Lr = 1.0 / 3, Schedule = ScheduleKind.Plateau,
            Clip = 0.5, EarlyStop = 4, SaveEvery = 7, Dropout = 0, Flip = true, ClassWeights = "balanced", Renormalise = "conv1,conv2",
        };
        config.Save(folder.File("run.json"));
        Assert.That(RunConfig.Load(folder.File("run.json")), Is.EqualTo(config));
        Assert.That(File.ReadAllText(folder.File("run.json")), Does.Contain("\"schedule\": \"plateau\"").And.Contain("\"dropout\": 0,").And.EndWith("}\n"));
    }

    [Test]
    public void What_a_file_does_not_name_has_its_default() =>
        Assert.That(RunConfig.FromJson("{ \"epochs\": 3, /* as in the paper */ }"), Is.EqualTo(new RunConfig { Epochs = 3 }));

    [TestCase("{\"epoch\": 3}", "There is no key 'epoch'; the nearest known one is 'epochs'.")]
    [TestCase("{\"warm-up\": 3}", "There is no key 'warm-up'; the nearest known one is 'warmUp'.")]
    [TestCase("{\"Epochs\": 3}", "There is no key 'Epochs'; the nearest known one is 'epochs'.")]
    [TestCase("{\"epochs\": 3, \"epochs\": 4}", "The key 'epochs' comes twice.")]
    [TestCase("{\"epochs\": \"many\"}", "'epochs' is \"many\"; it must be a whole number in its range.")]
    [TestCase("{\"epochs\": 1.5}", "'epochs' is 1.5; it must be a whole number in its range.")]
    [TestCase("{\"seed\": -1}", "'seed' is -1; it must be a whole number in its range.")]
    [TestCase("{\"clip\": true}", "'clip' is true; it must be a number.")]
    [TestCase("{\"flip\": 1}", "'flip' is 1; it must be true or false.")]
    [TestCase("{\"arch\": null}", "'arch' is null; it must be a text.")]
    [TestCase("{\"schedule\": \"linear\"}", "'schedule' is \"linear\"; it must be one of constant, step, cosine, plateau.")]
    [TestCase("{\"schedule\": 1}", "'schedule' is 1; it must be one of constant, step, cosine, plateau.")]
    [TestCase("[]", "A training recipe is a JSON object.")]
    [TestCase("null", "A training recipe is a JSON object.")]
    [TestCase("{\n\"epochs\": 3", "It is not JSON (line 2).")]
    public void What_is_wrong_is_one_sentence(string json, string sentence)
    {
        Assert.That(() => RunConfig.FromJson(json), Throws.TypeOf<InputException>().With.Message.EqualTo(sentence));
        using var folder = new TemporaryFolder();
        var path = folder.Write("run.json", System.Text.Encoding.UTF8.GetBytes(json));
        Assert.That(() => RunConfig.Load(path), Throws.TypeOf<InputException>().With.Message.EqualTo($"'{path}': {sentence}"));
    }

    [Test]
    public void A_file_that_is_not_there_is_named() =>
        Assert.That(() => RunConfig.Load("none.json"), Throws.TypeOf<InputException>().With.Message.EqualTo("There is no file 'none.json'."));

    [Test]
    public void Two_recipes_differ_where_they_learn_something_else_and_not_where_they_are_kept_otherwise()
    {
        var one = new RunConfig { Data = "here", Lr = 0.1 };
        Assert.That(one.Difference(one with { Cache = "c", Device = "cpu", Keep = 1, LogEvery = 9, Fig4 = "conv1:0" }), Is.Null);
        Assert.That(one.Difference(one with { Lr = 0.2 }), Is.EqualTo("lr"));
        Assert.That(one.Difference(one with { HeldOut = "there" }), Is.EqualTo("heldOut"));
    }
}
