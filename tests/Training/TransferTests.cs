using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Training;

namespace ZfNet.Tests.Training;

[TestFixture]
public sealed class TransferTests
{
    private static readonly NetworkSpec Small = Networks.Compact
        .WithWidths((1, 4), (2, 6), (3, 6), (4, 6), (5, 6), (6, 8), (7, 8)).WithClasses(3);

    [Test]
    public void Frozen_layers_stay_bit_for_bit_and_get_neither_gradient_nor_momentum()
    {
        using var network = Network.Create(Small, seed: 3);
        var pictures = new PreparedPictures(new StripedPictures(4, 1, side: 64), new() { Height = 64, Width = 64 });
        Transfer.Freeze(network, "conv1, features.3,fc6");
        var before = Bits(network);
        var recipe = new TrainingOptions
        {
            Epochs = 2, BatchSize = 5, LearningRate = 0.05, WeightDecay = 0.01, Renormaliser = FilterRenormaliser.AllLayers(network.Features, 1e-3),
        };
        using var trainer = new Trainer(network.Body, pictures, Device.Cpu, recipe);
        trainer.Run();

        var frozen = new[] { "features.0", "features.3", "classifier.1" };
        foreach (var (name, parameter) in network.Parameters)
        {
            var held = frozen.Contains(name[..name.LastIndexOf('.')]);
            Assert.That(parameter.ToArray<float>().AsSpan().SequenceEqual(before[name]), Is.EqualTo(held), name);
            Assert.That(parameter.Grad is null, Is.EqualTo(held), name);
            Assert.That(trainer.Optimiser.Velocities.ContainsKey(name), Is.Not.EqualTo(held), name);
        }
    }

    [Test]
    public void A_new_head_begins_anew_on_the_weights_of_the_model()
    {
        using var source = new Model(Network.Create(Small, seed: 3), new() { Height = 64, Width = 64 }, ["a", "b", "c"]);
        var spec = Transfer.Spec(source, ["x", "y", "z", "w"], newHead: true);
        using var network = Network.Create(spec, seed: 8);
        var fresh = Bits(network);
        var known = Bits(source.Network);
        Transfer.Copy(source, network, newHead: true);

        foreach (var (name, values) in Bits(network))
            Assert.That(values, Is.EqualTo(name.StartsWith("classifier.6", StringComparison.Ordinal) ? fresh[name] : known[name]), name);
        Assert.That(spec.Classes, Is.EqualTo(4));
        Assert.That(() => Transfer.Spec(source, ["x", "y", "z"], newHead: false), Throws.TypeOf<InputException>());
        Assert.That(Transfer.Spec(source, ["a", "b", "c"], newHead: false), Is.EqualTo(Small));
    }

    [Test]
    public void All_is_every_layer_but_the_last()
    {
        using var network = Network.Create(Small);
        Transfer.Freeze(network, Transfer.All);
        Assert.That(network.Parameters.Where(p => p.Value.RequiresGrad).Select(p => p.Key), Is.EqualTo(new[] { "classifier.6.weight", "classifier.6.bias" }));
    }

    [TestCase("relu1", "'relu1' has no weights")]
    [TestCase("conv9", "no layer 'conv9'")]
    [TestCase("conv1,conv2,conv3,conv4,conv5,fc6,fc7,fc8", "nothing left to learn")]
    public void What_cannot_be_frozen_is_refused(string layers, string sentence)
    {
        using var network = Network.Create(Small);
        Assert.That(() => Transfer.Freeze(network, layers), Throws.InstanceOf<InputException>().With.Message.Contains(sentence));
        Assert.That(network.Parameters.Select(p => p.Value.RequiresGrad), Has.All.True);
    }

    [Test]
    public void A_probe_separates_what_is_separable_and_changes_nothing()
    {
        using var model = new Model(Network.Create(Small, seed: 3), new() { Height = 64, Width = 64 }, []);
        var before = Bits(model.Network);
        PreparedPictures training = new(new StripedPictures(10, 1, side: 64), model.Preprocessing), heldOut = new(new StripedPictures(4, 2, side: 64), model.Preprocessing);
        var options = new TrainingOptions { Epochs = 1, BatchSize = 10, LearningRate = 1 };

        var results = LinearProbe.Run(model, training, heldOut, null, options);
        var learned = LinearProbe.Run(model, training, heldOut, ["pool1"], options with { Epochs = 150 })[0];

        Assert.That(results.Select(result => result.Layer), Is.EqualTo(new[] { "pool1", "pool2", "relu3", "relu4", "pool5", "relu6", "relu7" }));
        Assert.That(results.Select(result => result.Features), Is.EqualTo(new[] { 4 * 15 * 15, 6 * 7 * 7, 6 * 7 * 7, 6 * 7 * 7, 6 * 3 * 3, 8, 8 }));
        Assert.That(learned.Training.Top1, Is.EqualTo(30), "30 pictures with 900 features each are linearly separable");
        Assert.That((learned.Layer, learned.HeldOut.Count), Is.EqualTo(("pool1", 12)));
        Assert.That(Bits(model.Network), Is.EqualTo(before));
        Assert.That(model.Network.Training, Is.True);
        Assert.That(model.Network.Parameters.Select(p => p.Value.Grad), Has.All.Null);
    }

    private static Dictionary<string, float[]> Bits(Network network) => network.Parameters.ToDictionary(p => p.Key, p => p.Value.ToArray<float>());
}
