using NUnit.Framework;
using ZfNet.Data;
using ZfNet.Engine;
using ZfNet.Pictures;
using ZfNet.Reports;

namespace ZfNet.Tests.Reporting;

public sealed class ReportTests
{
    private Model model = null!;
    private string folder = null!;

    [SetUp]
    public void Make()
    {
        var spec = Networks.Compact.WithWidths((1, 4), (2, 6), (3, 6), (4, 6), (5, 6), (6, 8), (7, 8));
        model = new Model(Network.Create(spec, Initialiser.PyTorch, seed: 2), new Preprocessing { Height = 64, Width = 64, Mean = PerColour.All(0.5f) }, []);
        folder = Path.Combine(Path.GetTempPath(), $"zfnet-report-{Guid.NewGuid():N}");
    }

    [TearDown]
    public void Remove()
    {
        model.Dispose();
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void Visualize_writes_a_sheet_a_layer_and_both_comparisons()
    {
        var said = new List<string>();
        var (layers, files) = VisualizeReport.Write(model, new Noise(7), folder, new() { Layers = ["conv1", "features.12"], Maps = 3, Top = 4 }, new Direct(report => said.Add(report.What)));
        Assert.That(files.Select(Path.GetFileName), Is.EqualTo(new[]
        {
            "conv1.png", "conv1-random-units.png", "conv1-random-weights.png", "pool5.png", "pool5-random-units.png", "pool5-random-weights.png",
        }));
        Assert.That(Directory.GetFiles(folder).Order(), Is.EqualTo(files.Order()), "nothing half-written remains");
        foreach (var file in files)
            Assert.That(Picture.Load(file).Width, Is.GreaterThan(300), file);
        Assert.That(said.Distinct(), Has.Member("searching").And.Member("projecting conv1"));
        Assert.That(layers[0].Panels.Select(panel => (panel.Map, panel.Projections.Count)), Is.EqualTo(new[] { (0, 4), (1, 4), (2, 4) }));
        Assert.That(layers[0].RandomUnits.SelectMany(panel => panel.Projections).Select(projection => projection.Unit.Picture),
            Is.EqualTo(layers[0].Panels.SelectMany(panel => panel.Projections).Select(projection => projection.Unit.Picture)));
    }

    [Test]
    public void A_dead_map_is_said_to_be_and_never_drawn_black()
    {
        ((Conv2d)model.Network.Layer("conv1")).Bias!.Fill(-1000);
        var layer = VisualizeReport.Make(model, new Noise(3), new() { Layers = ["relu1"], Maps = 1, Top = 2, Compare = false })[0];
        Assert.That((layer.DeadMaps.Count, layer.Panels[0].ZeroCount, layer.RandomUnits.Count), Is.EqualTo((4, 2, 0)));
        var drawn = VisualizeReport.Block(layer.Panels[0], model.Preprocessing);
        var left = drawn.Crop(new PixelBox(0, 0, drawn.Height, drawn.Width / 2 - 4));
        Assert.That(left.Pixels.ToArray().Average(value => (double)value), Is.GreaterThan(150), "a light hatch");
        var report = ProjectReport.Make(model, new Noise(1).Get(0), Seed.StrongestUnit("relu1", 0));
        Assert.That((report.Projection.IsZero, report.Image.All(value => value == 0)), Is.EqualTo((true, true)));
    }

    [Test]
    public void Occlude_writes_five_panels_one_sheet_and_the_numbers()
    {
        var report = OccludeReport.Make(model, new Noise(1).Get(0), new() { Square = 32, Stride = 16, Fill = OcclusionFill.Grey(model.Preprocessing) });
        var files = report.Write(folder);
        Assert.That(files.Select(Path.GetFileName), Is.EqualTo(new[]
        {
            "a-input.png", "b-activity.png", "c-projection.png", "d-probability.png", "e-label.png", "occlusion.png", "occlusion.json",
        }));
        Assert.That(Directory.GetFiles(folder).Order(), Is.EqualTo(files.Order()), "nothing half-written remains");
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(files[^1]));
        Assert.That(json.RootElement.GetProperty("probabilityGrid").EnumerateArray().Select(cell => cell.GetSingle()), Is.EqualTo(report.Map.ProbabilityGrid));
        Assert.That(json.RootElement.GetProperty("rows").GetInt32(), Is.EqualTo(3));
        foreach (var file in files.SkipLast(1))
            Assert.That(Picture.Load(file).Height, Is.GreaterThanOrEqualTo(180), file);
    }

    [Test]
    public void A_projection_of_one_picture_is_framed_and_saved()
    {
        var report = ProjectReport.Make(model, new Noise(1).Get(0), Seed.StrongestUnit("conv3", 2));
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "p.png");
        report.Save(path);
        Assert.That(Picture.Load(path).Pixels.SequenceEqual(report.Drawing.Pixels));
        Assert.That(report.Image, Has.Count.EqualTo(3 * 64 * 64));
        Assert.That(() => ProjectReport.Make(model, new Noise(1).Get(0), Seed.StrongestUnit("conv3", 6)), Throws.InstanceOf<InputException>().With.Message.EqualTo("Layer \"conv3\" has no map 6: its maps are 0 to 5."));
    }

    [Test]
    public void A_folder_that_cannot_be_is_one_sentence()
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "file");
        File.WriteAllText(file, "x");
        Assert.That(
            () => VisualizeReport.Write(model, new Noise(1), Path.Combine(file, "out"), new() { Layers = ["conv1"], Maps = 1, Top = 1, Compare = false }),
            Throws.InstanceOf<InputException>().With.Message.StartsWith("Cannot make the folder"));
        Assert.That(() => VisualizeReport.Make(model, new Noise(1), new() { Layers = ["conv1"], Maps = 0 }), Throws.InstanceOf<InputException>());
    }

    private sealed class Direct(Action<(string What, WorkProgress Progress)> report) : IProgress<(string What, WorkProgress Progress)>
    {
        public void Report((string What, WorkProgress Progress) value) => report(value);
    }

    /// <summary>Seeded pictures.</summary>
    private sealed class Noise(int count) : IPictureSource
    {
        public int Count => count;

        public IReadOnlyList<string> Classes => [];

        public Picture Get(int index)
        {
            var pixels = new byte[64 * 64 * 3];
            new Random(index + 1).NextBytes(pixels);
            return new Picture(64, 64, pixels.AsSpan());
        }

        public int Label(int index) => -1;

        public string Name(int index) => $"noise {index}";
    }
}
