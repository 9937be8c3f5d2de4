using NUnit.Framework;

namespace ZfNet.Tests.Models;

public sealed class AblationTests
{
    private static IEnumerable<NetworkSpec> Bases => Ablation.Bases;

    [TestCaseSource(nameof(Bases))]
    public void Every_base_comes_first_and_has_the_changes_of_table_3(NetworkSpec network)
    {
        var ablations = Ablation.Of(network);
        Assert.That(ablations[0].Spec, Is.SameAs(network));
        var changes = ablations.Select(ablation => ablation.Change.Name).ToArray();
        string[] common =
            ["base", "without-middle", "without-last-fc", "without-fc", "without-middle-fc", "half-fc", "double-fc"];
        Assert.That(changes, Is.EqualTo(
            network.Name == "wide" ? [.. common, "narrower"] : (string[])[.. common, "wider", "wider-double-fc"]));
        Assert.That(ablations.Select(ablation => ablation.Base), Has.All.SameAs(network));
    }

    [TestCase("paper", "without-middle-fc", "paper-without-3-4-6-7", "layers 3, 4, 6 and 7 removed")]
    [TestCase("paper", "wider", "paper-maps-512-1024-512", "layers 3 to 5 of 512, 1024 and 512 maps")]
    [TestCase("wide", "narrower", "wide-maps-384-384-256", "layers 3 to 5 of 384, 384 and 256 maps")]
    [TestCase(
        "alexnet", "wider-double-fc", "alexnet-maps-512-1024-512-fc-8192",
        "layers 3 to 5 of 512, 1024 and 512 maps, layers 6 and 7 of 8192 units")]
    [TestCase("compact", "half-fc", "compact-fc-128", "layers 6 and 7 of 128 units")]
    [TestCase("compact", "without-middle", "compact-without-3-4", "layers 3 and 4 removed")]
    [TestCase("mini", "without-middle", "mini-without-2", "layer 2 removed")]
    [TestCase("mini", "wider", "mini-maps-171-128", "layers 2 and 3 of 171 and 128 maps")]
    [TestCase("mini", "base", "mini", "unchanged")]
    public void A_change_is_the_same_part_at_every_scale(string network, string change, string name, string description)
    {
        var ablation = Ablation.Of(Networks.Find(network)).Single(one => one.Change.Name == change);
        Assert.That((ablation.Spec.Name, ablation.Description), Is.EqualTo((name, description)));
        Assert.That(Networks.Find(name), Is.EqualTo(ablation.Spec), "it can be trained by its name");
    }

    [Test]
    public void Every_row_of_table_3_is_beside_its_change()
    {
        Assert.That(TableThree.AlexNet, Has.Count.EqualTo(7));
        Assert.That(TableThree.Figure3, Has.Count.EqualTo(5));
        var changes = AblationChange.All.Select(change => change.Name).ToArray();
        Assert.That(TableThree.AlexNet.Keys.Union(TableThree.Figure3.Keys), Is.SubsetOf(changes));
        var wider = Ablation.Of(Networks.Mini).Single(one => one.Change.Name == "wider");
        Assert.That(wider.PaperAlexNet, Is.Null);
        Assert.That(wider.PaperFigure3, Is.EqualTo(new TableThreeErrors(18.8, 37.5, 16.0)));
    }

    [Test]
    public void A_network_that_is_no_base_is_refused() =>
        Assert.That(
            () => Ablation.Of(Networks.Find("paper-text-order")),
            Throws.TypeOf<NetworkSpecException>().With.Message.EqualTo(
                "There is no ablation of network 'paper-text-order'; "
                + "there are those of wide, paper, alexnet, compact, mini."));
}
