using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Pictures;
using ZfNet.Tests.Seeing;

namespace ZfNet.Tests.Occluding;

public sealed class OcclusionMapTests
{
    private static readonly OcclusionOptions Small = new() { Square = 2, Stride = 1, Fill = OcclusionFill.Zero };

    [TestCase(224, 32, 8, 25)]
    [TestCase(64, 16, 5, 10)]
    [TestCase(8, 8, 3, 1)]
    [TestCase(8, 9, 1, 0)]
    [TestCase(9, 1, 1, 9)]
    public void Positions_are_counted_from_the_first_pixel(int size, int square, int stride, int positions) =>
        Assert.That(Occlusion.Positions(size, square, stride), Is.EqualTo(positions));

    [Test]
    public void A_network_that_looks_at_one_pixel_loses_it_exactly_under_the_square()
    {
        using var network = OnePixel();
        var picture = new float[30];
        picture[2 * 6 + 3] = 1;
        var result = Occlusion.Run(network, picture, [1, 5, 6], Small);
        // Scores (4v, 1): the pixel decides between two classes, e^4 against e^1, or e^0 against e^1 when covered.
        var (seen, covered) = (Math.Exp(4) / (Math.Exp(4) + Math.E), 1 / (1 + Math.E));
        Assert.Multiple(() =>
        {
            Assert.That(result.ActivityLayer, Is.Null, "there is no convolution to watch");
            Assert.That(result.ActivityGrid, Is.Empty);
            Assert.That(result.AllProbabilityGrid, Is.Empty, "not asked for");
            Assert.That((result.Class, result.Label, result.Rows, result.Columns), Is.EqualTo((0, 0, 4, 5)));
            Assert.That(result.Probability, Is.EqualTo(seen).Within(1e-6));
        });
        for (var row = 0; row < 4; row++)
        for (var column = 0; column < 5; column++)
        {
            var under = row is >= 1 and <= 2 && column is >= 2 and <= 3;
            Assert.That(result.ProbabilityGrid[row * 5 + column], Is.EqualTo(under ? covered : seen).Within(1e-6), $"({row}, {column})");
            Assert.That(result.LabelGrid[row * 5 + column], Is.EqualTo(under ? 1 : 0), $"({row}, {column})");
        }
    }

    [Test]
    public void The_activity_is_what_the_square_leaves_of_the_strongest_map()
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float32, Backends.Reference);
        using var network = TestNets.Net(nets.Conv("conv1", 1, 2, 1), TestNets.Relu("relu1"), new("flatten", new Flatten()), nets.Linear("fc", 18, 2));
        ((Conv2d)network["conv1"]).Weight.CopyFrom<float>([1, 10]);
        ((Conv2d)network["conv1"]).Bias!.Fill(0);
        float[] picture = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        var result = Occlusion.Run(network, picture, [1, 3, 3], Small);
        Assert.That((result.ActivityLayer, result.ActivityMap, result.Activity), Is.EqualTo(("relu1", 1, 450f)));
        Assert.That(result.ActivityGrid, Is.EqualTo(new[] { 450f - 120, 450f - 160, 450f - 240, 450f - 280 }));
        Assert.That(Occlusion.Run(network, picture, [1, 3, 3], Small with { ActivityMap = 0 }).ActivityGrid[3], Is.EqualTo(45f - 28));
    }

    [Test]
    public void Fills_say_what_they_paint()
    {
        float[] picture = [1, 2, 3, 6, -1, -1, -1, 3];
        Assert.Multiple(() =>
        {
            Assert.That(Occlusion.Occlude(picture, [2, 2, 2], new PixelBox(1, 1, 5, 5), OcclusionFill.Mean), Is.EqualTo(new float[] { 1, 2, 3, 3, -1, -1, -1, 0 }));
            Assert.That(Occlusion.Occlude(picture, [2, 2, 2], new PixelBox(0, 0, 2, 1), OcclusionFill.Zero), Is.EqualTo(new float[] { 0, 2, 0, 6, 0, -1, 0, 3 }));
            Assert.That(picture[0], Is.EqualTo(1), "the picture itself is left alone");
            Assert.That(() => OcclusionFill.Find("pink", Preprocessing()), Throws.InstanceOf<InputException>().With.Message.EqualTo("There is no fill 'pink'; there are grey, mean, zero."));
            Assert.That(() => Occlusion.Occlude(picture, [2, 2, 2], new PixelBox(0, 0, 1, 1), OcclusionFill.Values(1)), Throws.InstanceOf<InputException>());
        });
    }

    [Test]
    public void Grey_is_half_of_the_pixels_range_preprocessed([Values] ChannelOrder order)
    {
        var preprocessing = Preprocessing() with { Order = order };
        var grey = Occlusion.Occlude(new float[3], [3, 1, 1], new PixelBox(0, 0, 1, 1), OcclusionFill.Find("GREY", preprocessing));
        // (127.5 - mean) / std, by colour.
        float[] colours = [(127.5f - 100) / 2, (127.5f - 110) / 4, (127.5f - 120) / 5];
        Assert.That(grey, Is.EqualTo(order == ChannelOrder.Rgb ? colours : colours.Reverse()));
        var drawn = preprocessing.ToPicture(grey);
        Assert.That(drawn[0, 0], Is.EqualTo(Rgb.Grey), "the panel shows 128");
    }

    [Test]
    public void Upsampling_is_linear_between_centres_and_silent_beyond()
    {
        using var network = OnePixel(20, 14);
        var result = Occlusion.Run(network, new float[280], [1, 20, 14], new() { Square = 6, Stride = 3, Fill = OcclusionFill.Zero });
        Assert.That((result.Rows, result.Columns, result.Placement), Is.EqualTo((5, 3, new HeatMapPlacement(3, 3, 3, 3))));
        var grid = Enumerable.Range(0, 15).Select(i => 2f * (i / 3) + 5f * (i % 3)).ToArray();
        var (bare, held) = (result.Upsample(grid), result.Upsample(grid, hold: true));
        for (var y = 0; y < 20; y++)
        for (var x = 0; x < 14; x++)
        {
            double v = Math.Clamp((y + 0.5 - 3) / 3, 0, 4), u = Math.Clamp((x + 0.5 - 3) / 3, 0, 2);
            Assert.That(held[y * 14 + x], Is.EqualTo(2 * v + 5 * u).Within(1e-5), $"({y}, {x})");
            var inside = y is >= 2 and <= 15 && x is >= 2 and <= 9;
            Assert.That(bare[y * 14 + x], inside ? Is.EqualTo(held[y * 14 + x]) : Is.NaN, $"({y}, {x})");
        }
        Assert.That(() => result.Upsample(new float[4]), Throws.ArgumentException);
        Assert.That(result.SquareAt(4, 2), Is.EqualTo(new PixelBox(12, 6, 6, 6)));
    }

    [Test]
    public void Progress_counts_positions_and_cancelling_stops()
    {
        using var network = OnePixel();
        var reports = new List<WorkProgress>();
        Occlusion.Run(network, new float[30], [1, 5, 6], Small with { BatchSize = 8 }, new Direct(reports.Add));
        Assert.That(reports, Is.EqualTo(new WorkProgress[] { new(6, 20), new(10, 20), new(16, 20), new(20, 20) }));

        using var stop = new CancellationTokenSource();
        var before = 0;
        Assert.That(
            () => Occlusion.Run(network, new float[30], [1, 5, 6], Small with { BatchSize = 1 }, new Direct(report => { before = report.Done; if (report.Done == 3) stop.Cancel(); }), stop.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(before, Is.EqualTo(3));
    }

    [TestCase(6, 1, null, null, null, "A square of 6 pixels is larger than the picture, which the network sees as 5x6.")]
    [TestCase(0, 1, null, null, null, "The square's side must be at least 1 pixel, not 0.")]
    [TestCase(2, 0, null, null, null, "The stride must be at least 1 pixel, not 0.")]
    [TestCase(2, 1, 2, null, null, "There is no class 2: the network has 2, 0 to 1.")]
    [TestCase(2, 1, null, "conv9", null, "There is no layer \"conv9\"; there are flatten, fc.")]
    [TestCase(2, 1, null, "fc", 2, "Layer \"fc\" has no map 2: its maps are 0 to 1.")]
    public void What_cannot_be_is_named(int square, int stride, int? wanted, string? layer, int? map, string sentence)
    {
        using var network = OnePixel();
        var options = Small with { Square = square, Stride = stride, Class = wanted, ActivityLayer = layer, ActivityMap = map };
        Assert.That(() => Occlusion.Run(network, new float[30], [1, 5, 6], options), Throws.InstanceOf<InputException>().With.Message.EqualTo(sentence));
    }

    [Test]
    public void Damaged_numbers_and_wrong_shapes_are_refused()
    {
        using var network = OnePixel();
        var picture = new float[30];
        picture[2 * 6 + 3] = float.NaN;
        Assert.That(() => Occlusion.Run(network, picture, [1, 5, 6], Small), Throws.InstanceOf<InputException>().With.Message.Contains("NaN"));
        Assert.That(() => Occlusion.Run(network, new float[29], [1, 5, 6], Small), Throws.InstanceOf<ShapeException>());
        Assert.That(() => Occlusion.Run(network, new float[25], [1, 5, 5], Small), Throws.InstanceOf<ShapeException>());
    }

    [Test]
    public void Nothing_leaks() =>
        NoLeaks.In(device =>
        {
            var nets = new TestNets(DType.Float32, device);
            var (network, shape) = nets.Make("fc-dropout");
            using var owned = network;
            Occlusion.Run(network, new float[shape.Count], shape, Small);
        });

    private static Preprocessing Preprocessing() => new() { Height = 1, Width = 1, ValueRange = 255, Mean = new(100, 110, 120), Std = new(2, 4, 5) };

    /// <summary>Scores (4 * the pixel in row 2, column 3; 1).</summary>
    private static Sequential OnePixel(int height = 5, int width = 6)
    {
        var linear = new Linear(height * width, 2, device: Backends.Reference);
        var weight = new float[2 * height * width];
        weight[2 * width + 3] = 4;
        linear.Weight.CopyFrom<float>(weight);
        linear.Bias!.CopyFrom<float>([0, 1]);
        return new Sequential(KeyValuePair.Create<string, Layer>("flatten", new Flatten()), KeyValuePair.Create<string, Layer>("fc", linear));
    }

    private sealed class Direct(Action<WorkProgress> report) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => report(value);
    }
}
