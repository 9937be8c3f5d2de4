using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Pictures;
using ZfNet.Reports;
using ZfNet.Tests.Training;
using ZfNet.Training;

namespace ZfNet.Tests.Reporting;

[TestFixture]
public sealed class RunReportTests
{
    private TemporaryFolder folder = null!;
    private Model model = null!;
    private PreparedPictures pictures = null!;

    [SetUp]
    public void Make()
    {
        folder = new TemporaryFolder();
        var spec = Networks.Compact.WithWidths((1, 4), (2, 6), (3, 6), (4, 6), (5, 6), (6, 8), (7, 8)).WithClasses(3);
        model = new Model(Network.Create(spec, seed: 2), new Preprocessing { Height = 64, Width = 64, Mean = PerColour.All(0.5f) }, []);
        pictures = new PreparedPictures(new StripedPictures(2, 1, side: 64), model.Preprocessing);
    }

    [TearDown]
    public void Remove()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Test]
    public void The_page_grows_with_the_run_and_keeps_the_snapshots_of_a_stopped_one()
    {
        var run = new RunFolder(folder.Path);
        using (var log = new TrainingLog(run.Log, _ => true))
        {
            Report().EpochDone(1);
            Assert.That(File.Exists(run.Report), Is.False, "nothing to show before the first epoch is in the log");
            Lines(log, 1);
            Report().EpochDone(1);
            Lines(log, 2);
            Report().EpochDone(2);
            Lines(log, 3);
        }
        var bits = TinyNetwork.Bits(model.Network.Body);
        model.Network.Training = true;
        Report().EpochDone(3, last: true);

        Assert.That((model.Network.Training, TinyNetwork.Bits(model.Network.Body)), Is.EqualTo((true, bits)), "looking changes nothing");
        Assert.That(new Snapshots(run.Snapshots).Epochs(), Is.EqualTo(new[] { 1, 3 }), "2 was not asked for, the last always is");
        var page = File.ReadAllText(run.Report);
        Assert.That(page, Does.Not.Contain("{{").And.Not.Contain("<script").And.Not.Contain("http").And.Not.Contain("NaN"));
        Assert.That(page, Does.Contain("conv2, map 3").And.Contain("held-out top-5").And.Contain("60.0%"));
        Assert.That(page.Split("<svg").Length - 1, Is.EqualTo(3));
        Assert.That(page.Split("data:image/png").Length - 1, Is.EqualTo(2 * 3), "filters and two maps, twice");

        RunReport Report() => new(run, model, pictures) { Maps = FollowedMap.Parse("conv2:3, pool5:0", model.Network.Plan), Epochs = [1, 5] };
    }

    [TestCase("conv2", "'conv2' is no feature map")]
    [TestCase("conv2:x", "'conv2:x' is no feature map")]
    [TestCase("conv2:-1", "'conv2:-1' is no feature map")]
    [TestCase("conv2:6", "Layer 'conv2' has no map 6: its maps are 0 to 5.")]
    [TestCase("conv9:1", "has no layer 'conv9'")]
    public void A_map_that_there_is_not_is_refused(string text, string sentence) =>
        Assert.That(() => FollowedMap.Parse(text, model.Network.Plan), Throws.InstanceOf<InputException>().With.Message.Contains(sentence));

    private static void Lines(TrainingLog log, int epoch)
    {
        for (var step = 4 * epoch - 3; step <= 4 * epoch; step++)
            log.Append(new StepLine(step, epoch, step == 2 ? double.NaN : 2.0 / step, 0.3, 0.9, 0.01, 50, step));
        log.Append(new EpochLine(4 * epoch, epoch, 2.0 / epoch, 0.2 * epoch, 1, 0.01, 50, 4 * epoch) { HeldOut = epoch == 2 ? null : new(1.5, 0.2 * epoch, 0.9, 10) });
    }
}
