using NUnit.Framework;
using ZfNet.Engine;

namespace ZfNet.Tests.Models;

public sealed class NetworksTests
{
    // Summed by a script of its own from maps, kernels and sides: k*k*in*out + out for each layer.
    [TestCase("wide", 386_548_840)]
    [TestCase("wide-without-3-4", 377_110_120)]
    [TestCase("wide-without-7", 369_767_528)]
    [TestCase("wide-without-6-7", 97_776_744)]
    [TestCase("wide-without-3-4-6-7", 88_338_024)]
    [TestCase("wide-fc-2048", 194_704_488)]
    [TestCase("wide-fc-8192", 795_403_368)]
    [TestCase("wide-maps-384-384-256", 201_818_216)]
    [TestCase("paper", 62_357_608)]
    [TestCase("paper-without-3-4", 59_850_088)]
    [TestCase("paper-without-7", 45_576_296)]
    [TestCase("paper-without-6-7", 12_943_464)]
    [TestCase("paper-without-3-4-6-7", 10_435_944)]
    [TestCase("paper-fc-2048", 28_848_232)]
    [TestCase("paper-fc-8192", 154_542_184)]
    [TestCase("paper-maps-512-1024-512", 107_627_624)]
    [TestCase("paper-maps-512-1024-512-fc-8192", 237_560_936)]
    [TestCase("alexnet", 62_378_344)]
    [TestCase("alexnet-without-3-4", 59_870_824)]
    [TestCase("alexnet-without-7", 45_597_032)]
    [TestCase("alexnet-without-6-7", 12_964_200)]
    [TestCase("alexnet-without-3-4-6-7", 10_456_680)]
    [TestCase("alexnet-fc-2048", 28_868_968)]
    [TestCase("alexnet-fc-8192", 154_562_920)]
    [TestCase("alexnet-maps-512-1024-512", 107_648_360)]
    [TestCase("alexnet-maps-512-1024-512-fc-8192", 237_581_672)]
    [TestCase("paper-text-order", 62_357_608)]
    [TestCase("compact", 622_602)]
    [TestCase("compact-without-3-4", 401_194)]
    [TestCase("compact-without-7", 556_810)]
    [TestCase("compact-without-6-7", 341_450)]
    [TestCase("compact-without-3-4-6-7", 120_042)]
    [TestCase("compact-fc-128", 461_322)]
    [TestCase("compact-fc-512", 1_043_466)]
    [TestCase("compact-maps-128-341-192", 1_623_455)]
    [TestCase("compact-maps-128-341-192-fc-512", 2_265_503)]
    [TestCase("mini", 149_514)]
    [TestCase("mini-without-2", 112_586)]
    [TestCase("mini-without-5", 133_002)]
    [TestCase("mini-without-4-5", 63_626)]
    [TestCase("mini-without-2-4-5", 26_698)]
    [TestCase("mini-fc-64", 99_594)]
    [TestCase("mini-fc-256", 273_930)]
    [TestCase("mini-maps-171-128", 414_357)]
    [TestCase("mini-maps-171-128-fc-256", 612_501)]
    public void Parameters_are_as_counted_by_hand(string name, long parameters) =>
        Assert.That(Networks.Find(name).Plan().Parameters, Is.EqualTo(parameters));

    [Test]
    public void The_catalogue_holds_no_name_twice_and_nothing_uncounted()
    {
        var names = Networks.All.Select(spec => spec.Name).ToArray();
        var counted = typeof(NetworksTests).GetMethod(nameof(Parameters_are_as_counted_by_hand))!
            .GetCustomAttributes(typeof(TestCaseAttribute), false).Cast<TestCaseAttribute>().Select(test => (string)test.Arguments[0]!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(names, Is.Unique);
            Assert.That(names, Is.EquivalentTo(counted));
        }
    }

    [Test]
    public void An_unknown_network_is_one_sentence_that_lists_those_there_are() =>
        Assert.That(
            () => Networks.Find("vgg"),
            Throws.TypeOf<NetworkSpecException>().With.Message.StartsWith("There is no network 'vgg'; there are wide, paper, paper-text-order, alexnet, compact, mini, wide-without-3-4,"));

    [Test]
    public void Names_are_found_in_any_case() => Assert.That(Networks.Find("AlexNet"), Is.SameAs(Networks.AlexNet));

    [Test]
    public void The_papers_shapes_are_those_of_its_figure_3()
    {
        var plan = Networks.Paper.Plan();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Layer("conv1").Output, Is.EqualTo(new Shape(96, 110, 110)));
            Assert.That(plan.Layer("pool1").Output, Is.EqualTo(new Shape(96, 55, 55)));
            Assert.That(plan.Layer("conv2").Output, Is.EqualTo(new Shape(256, 26, 26)));
            Assert.That(plan.Layer("pool2").Output, Is.EqualTo(new Shape(256, 13, 13)));
            Assert.That(plan.Layer("conv5").Output, Is.EqualTo(new Shape(256, 13, 13)));
            Assert.That(plan.FeatureShape, Is.EqualTo(new Shape(256, 6, 6)));
            Assert.That(plan.Layer("norm1").Name, Is.EqualTo("features.2"), "the ports' order");
            Assert.That(Networks.Find("paper-text-order").Plan().Layer("norm1").Name, Is.EqualTo("features.3"), "the text's order");
        }
    }

    [Test]
    public void The_wide_networks_parameters_have_pytorchs_names()
    {
        // torch: list(ZFNet().state_dict()) of the article's class.
        string[] expected =
        [
            "features.0.weight [96, 3, 7, 7]", "features.0.bias [96]",
            "features.3.weight [256, 96, 5, 5]", "features.3.bias [256]",
            "features.6.weight [512, 256, 3, 3]", "features.6.bias [512]",
            "features.8.weight [1024, 512, 3, 3]", "features.8.bias [1024]",
            "features.10.weight [512, 1024, 3, 3]", "features.10.bias [512]",
            "classifier.1.weight [4096, 86528]", "classifier.1.bias [4096]",
            "classifier.4.weight [4096, 4096]", "classifier.4.bias [4096]",
            "classifier.6.weight [1000, 4096]", "classifier.6.bias [1000]",
        ];
        Assert.That(Networks.Wide.Plan().NamedParameters.Select(p => $"{p.Name} {p.Shape}"), Is.EqualTo(expected));
    }

    [Test]
    public void Aliases_lead_to_names_and_back()
    {
        var plan = Networks.Wide.Plan();
        string[] expected =
        [
            "conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "conv3", "relu3", "conv4", "relu4", "conv5", "relu5", "pool5",
            "drop5", "fc6", "relu6", "drop6", "fc7", "relu7", "fc8",
        ];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Layers.Select(layer => layer.Alias), Is.EqualTo(expected));
            foreach (var layer in plan.Layers)
            {
                Assert.That(plan.Layer(layer.Alias), Is.SameAs(layer));
                Assert.That(plan.Layer(layer.Name), Is.SameAs(layer));
            }

            Assert.That(plan.Layer("FC6").Name, Is.EqualTo("classifier.1"));
            Assert.That(
                () => plan.Layer("conv6"),
                Throws.TypeOf<NetworkSpecException>().With.Message.EqualTo(
                    $"Network 'wide' has no layer 'conv6'; it has {string.Join(", ", expected)}."));
        }
    }

    [TestCase("wide-without-3-4", "conv1 relu1 pool1 conv2 relu2 pool2 conv5 relu5 pool5 drop5 fc6 relu6 drop6 fc7 relu7 fc8")]
    [TestCase("wide-without-7", "conv1 relu1 pool1 conv2 relu2 pool2 conv3 relu3 conv4 relu4 conv5 relu5 pool5 drop5 fc6 relu6 drop6 fc8")]
    [TestCase("wide-without-3-4-6-7", "conv1 relu1 pool1 conv2 relu2 pool2 conv5 relu5 pool5 drop5 fc8")]
    [TestCase("paper-without-6-7", "conv1 relu1 norm1 pool1 conv2 relu2 norm2 pool2 conv3 relu3 conv4 relu4 conv5 relu5 pool5 fc8")]
    public void Layers_that_stay_keep_their_numbers(string name, string aliases) =>
        Assert.That(string.Join(' ', Networks.Find(name).Plan().Layers.Select(layer => layer.Alias)), Is.EqualTo(aliases));

    [Test]
    public void Dropout_is_changed_wherever_it_is()
    {
        var layers = Networks.Paper.WithDropout(0.25).Classifier;
        Assert.That(layers.OfType<DropoutSpec>(), Is.EqualTo(new[] { new DropoutSpec(0.25), new DropoutSpec(0.25) }));
        Assert.That(layers, Has.Count.EqualTo(Networks.Paper.Classifier.Count));
        foreach (var bad in new[] { -0.1, 1, double.NaN })
            Assert.That(() => Networks.Paper.WithDropout(bad), Throws.TypeOf<NetworkSpecException>());
    }

    [Test]
    public void Changes_that_cannot_be_are_one_sentence()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => Networks.Wide.WithoutLayers(9),
                Throws.TypeOf<NetworkSpecException>().With.Message.EqualTo("Network 'wide' has no layer 9; it has 1, 2, 3, 4, 5, 6, 7, 8."));
            Assert.That(() => Networks.Wide.WithoutLayers(8), Throws.TypeOf<NetworkSpecException>());
            Assert.That(() => Networks.Wide.WithWidths((6, 5), (6, 5)), Throws.TypeOf<NetworkSpecException>());
            Assert.That(() => Networks.Wide.WithWidths((8, 5)), Throws.TypeOf<NetworkSpecException>());
        }
    }

    [TestCase(2)]
    [TestCase(1000)]
    public void The_compact_network_is_small(int classes)
    {
        var plan = Networks.Compact.WithClasses(classes).Plan();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Parameters, Is.LessThan(2_000_000));
            Assert.That(plan.Flops, Is.LessThan(61_000_000));
            Assert.That(plan.Layers[^1].Output, Is.EqualTo(new Shape(classes)));
            Assert.That(plan.FeatureShape, Is.EqualTo(new Shape(96, 3, 3)));
        }
    }

    [Test]
    public void The_wide_networks_training_step_of_eight_is_487_gflop() =>
        Assert.That(Networks.Wide.Plan().Flops * 3 * 8 / 1e9, Is.EqualTo(487).Within(0.5));
}
