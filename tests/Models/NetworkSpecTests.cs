using System.Text;
using NUnit.Framework;

namespace ZfNet.Tests.Models;

public sealed class NetworkSpecTests
{
    private static readonly NetworkSpec Small = new()
    {
        Name = "small",
        Height = 9,
        Width = 11,
        Classes = 3,
        Features = [new ConvSpec(4, 3), new ReluSpec(), new LrnSpec(), new MaxPoolSpec(2, 2)],
        Classifier = [new DropoutSpec(0.25), new LinearSpec(3)],
    };

    private static IEnumerable<NetworkSpec> All() => [.. Networks.All, Small];

    private static IEnumerable<TestCaseData> Faults()
    {
        static TestCaseData Case(string name, NetworkSpec spec, string sentence) => new TestCaseData(spec, sentence).SetArgDisplayNames(name);
        static NetworkSpec Features(params LayerSpec[] layers) => Small with { Features = layers };
        static NetworkSpec Classifier(params LayerSpec[] layers) => Small with { Classifier = layers };

        yield return Case("kernel larger than the map", Features(new ConvSpec(4, 10)), "features.0 (conv1) with its 10x10 windows and padding 0 does not fit on maps of 9x11");
        yield return Case("pool larger than the map", Features(new ConvSpec(4, 3), new MaxPoolSpec(8, 1)), "features.1 (pool1) with its 8x8 windows and padding 0 does not fit on maps of 7x9");
        yield return Case("no maps", Features(new ConvSpec(0, 3)), "the width of features.0 (conv1) is 0, not between 1 and 1048576");
        yield return Case("negative kernel", Features(new ConvSpec(1, -3)), "the kernel of features.0 (conv1) is -3");
        yield return Case("stride 0", Features(new ConvSpec(1, 3, 0)), "the stride of features.0 (conv1) is 0");
        yield return Case("negative padding", Features(new ConvSpec(1, 3, 1, -1)), "the padding of features.0 (conv1) is -1");
        yield return Case("pool padding past half", Features(new MaxPoolSpec(3, 2, 2)), "the padding of features.0 (pool0) is 2, not between 0 and 1");
        yield return Case("groups that do not divide", Features(new ConvSpec(4, 3, Groups: 2)), "cannot split 3 and 4 channels into 2 groups");
        yield return Case("groups 0", Features(new ConvSpec(4, 3, Groups: 0)), "into 0 groups");
        yield return Case("norm of size 0", Features(new LrnSpec(0)), "the size of features.0 (norm0) is 0");
        yield return Case("norm not finite", Features(new LrnSpec(5, double.NaN)), "needs finite constants");
        yield return Case("dropout above 1", Classifier(new DropoutSpec(1.5), new LinearSpec(3)), "the probability of classifier.0 (drop1) is not between 0 and 1");
        yield return Case("dropout NaN", Classifier(new DropoutSpec(double.NaN), new LinearSpec(3)), "is not between 0 and 1");
        yield return Case("linear among the features", Features(new LinearSpec(3)), "features.0 (linear1) works on the flattened features, but comes before the flattening");
        yield return Case("conv in the classifier", Classifier(new ConvSpec(3, 1), new LinearSpec(3)), "classifier.0 (conv2) works on maps, but comes after the flattening");
        yield return Case("no last linear", Classifier(new LinearSpec(3), new ReluSpec()), "does not end in a fully connected layer of 3 classes");
        yield return Case("another number of classes", Classifier(new LinearSpec(4)), "does not end in a fully connected layer of 3 classes");
        yield return Case("no classifier", Classifier(), "does not end in a fully connected layer of 3 classes");
        yield return Case("no pixels", Small with { Height = 0 }, "its height is 0");
        yield return Case("no name", Small with { Name = " " }, "its name is not a short printable text");
        yield return Case("a layer that is null", Features([null!]), "features.0 is null");
        yield return Case("too many layers", Features([.. Enumerable.Repeat(new ReluSpec(), 1000)]), "it has more than 1000 layers");
        yield return Case("strides that explode", Features([.. Enumerable.Repeat(new ConvSpec(1, 1, 1024, 1024), 9)]), "its receptive fields pass 2^31 pixels");
        yield return Case(
            "parameters that explode",
            Small with { Classes = 1 << 20, Features = [new ConvSpec(1 << 20, 3)], Classifier = [new LinearSpec(1 << 20), new LinearSpec(1 << 20)] },
            "has 69269233598464 parameters, more than 2^40");
    }

    [TestCaseSource(nameof(All))]
    public void A_network_survives_json(NetworkSpec spec)
    {
        var json = spec.ToJson();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(NetworkSpec.FromJson(json), Is.EqualTo(spec));
            Assert.That(NetworkSpec.FromJson(json).ToJson(), Is.EqualTo(json));
            Assert.That(json.Any(char.IsControl), Is.False);
        }
    }

    [Test]
    public void The_json_is_as_documented() =>
        Assert.That(
            Small.ToJson(),
            Is.EqualTo(
                """{"name":"small","channels":3,"height":9,"width":11,"classes":3,"features":[{"type":"conv","outChannels":4,"kernel":3,"stride":1,"padding":0,"groups":1},{"type":"relu"},{"type":"lrn","size":5,"alpha":0.0005,"beta":0.75,"k":2},{"type":"maxpool","kernel":2,"stride":2,"padding":0,"ceilMode":false}],"classifier":[{"type":"dropout","probability":0.25},{"type":"linear","outFeatures":3}]}"""));

    [Test]
    public void Networks_differ_by_any_layer()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Small, Is.Not.EqualTo(Small with { Classifier = [new DropoutSpec(0.5), new LinearSpec(3)] }));
            Assert.That(Small, Is.EqualTo(Small with { Features = [.. Small.Features] }));
            Assert.That(Small.GetHashCode(), Is.EqualTo((Small with { Features = [.. Small.Features] }).GetHashCode()));
        }
    }

    [TestCaseSource(nameof(Faults))]
    public void A_network_that_cannot_be_is_one_sentence(NetworkSpec spec, string sentence) =>
        Assert.That(
            spec.Plan,
            Throws.TypeOf<NetworkSpecException>().With.Message.StartsWith($"Network '{spec.Name}' cannot be: ").And.Message.Contains(sentence).And.Message.EndsWith("."));

    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("{\"name\":1}")]
    [TestCase("""{"name":"x","height":9,"width":9,"classes":1,"features":null,"classifier":[{"type":"linear","outFeatures":1}]}""")]
    [TestCase("""{"name":"x","height":9,"width":9,"classes":1,"features":[null],"classifier":[{"type":"linear","outFeatures":1}]}""")]
    [TestCase("""{"name":"x","height":9,"width":9,"classes":1,"features":[{"type":"magic"}],"classifier":[{"type":"linear","outFeatures":1}]}""")]
    [TestCase("""{"name":"x","height":9,"width":9,"classes":1,"features":[{"kernel":3}],"classifier":[{"type":"linear","outFeatures":1}]}""")]
    [TestCase("""{"name":"x","height":9,"width":9,"classes":1,"features":[{"type":"conv"}],"classifier":[{"type":"linear","outFeatures":1}]}""")]
    [TestCase("""{"name":"x","height":9,"width":9,"classes":1,"features":[{"type":"relu","x":1}],"classifier":[{"type":"linear","outFeatures":1}]}""")]
    [TestCase("""{"name":"x","height":99999999999,"width":9,"classes":1,"features":[],"classifier":[{"type":"linear","outFeatures":1}]}""")]
    public void Json_that_is_no_network_is_one_sentence(string json)
    {
        var e = Assert.Throws<NetworkSpecException>(() => NetworkSpec.FromJson(json))!;
        Assert.That(e.Message, Does.EndWith(".").And.Not.Contains("\n"));
    }

    [Test]
    public void Mutated_json_is_a_network_or_one_sentence()
    {
        var random = new Random(5);
        var valid = Encoding.UTF8.GetBytes(Networks.Paper.ToJson());
        string[] words = ["0", "-1", "99999999999999", "1e308", "null", "\"\"", "{", "}", "[", "]", ",", "\"type\":\"conv\"", "1048576"];
        var accepted = 0;
        for (var i = 0; i < 4000; i++)
        {
            var bytes = new List<byte>(valid);
            for (var edits = random.Next(1, 4); edits > 0; edits--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0:
                        bytes[at] = (byte)random.Next(32, 127);
                        break;
                    case 1:
                        bytes.InsertRange(at, Encoding.UTF8.GetBytes(words[random.Next(words.Length)]));
                        break;
                    case 2:
                        bytes.RemoveRange(at, Math.Min(random.Next(1, 30), bytes.Count - at));
                        break;
                    default:
                        // A digit for a digit keeps the JSON whole and changes the network.
                        var digit = bytes.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9');
                        if (digit >= 0)
                            bytes[digit] = (byte)random.Next('0', '9' + 1);
                        break;
                }
            }

            try
            {
                _ = NetworkSpec.FromJson(Encoding.UTF8.GetString([.. bytes]));
                accepted++;
            }
            catch (NetworkSpecException)
            {
            }
        }

        Assert.That(accepted, Is.InRange(40, 3900), "both ways out must have been taken");
    }
}
