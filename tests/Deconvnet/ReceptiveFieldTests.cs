using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Pictures;

namespace ZfNet.Tests.Seeing;

public sealed class ReceptiveFieldTests
{
    /// <summary>
    /// Every unit of every layer is asked about every pixel: does it change when the pixel does? Weights are positive, so that
    /// a raised pixel raises what it reaches; where only a divisor (LRN) changes, other backgrounds let other units win.
    /// </summary>
    [Test]
    public void A_patch_holds_exactly_the_pixels_that_the_unit_depends_on([ValueSource(typeof(TestNets), nameof(TestNets.Names))] string name)
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float64, Backends.Reference);
        var (network, picture) = nets.Make(name);
        using var owned = network;
        foreach (var (parameter, tensor) in network.Parameters)
            tensor.Fill(parameter.EndsWith("weight", StringComparison.Ordinal) ? 1.0 / 8 : 0);
        var chain = new LayerChain(network);
        string[] names = [.. Enumerable.Range(0, chain.Count).Select(i => chain[i].Key)];
        var seen = names.ToDictionary(layer => layer, _ => new Dictionary<int, SortedSet<int>>());
        int height = (int)picture[1], width = (int)picture[2], pixels = height * width;
        Recording? last = null;
        for (var trial = 0; trial < (name == "lrn-within" ? 80 : 1); trial++)
        {
            last?.Dispose();
            last = Recording.Record(network, OnePixelRaised(nets, picture, trial, name == "lrn-across"), new() { Layers = names });
            foreach (var layer in names)
                AddChanges(last.Activation(layer), pixels, seen[layer]);
        }
        using var recording = last!;
        foreach (var layer in names)
        foreach (var (unit, depends) in seen[layer])
        {
            var output = recording.Activation(layer).Shape;
            var columns = output.Rank == 4 ? (int)output[3] : 1;
            var patch = recording.Patch(layer, unit / columns, unit % columns);
            int top = depends.Min(pixel => pixel / width), left = depends.Min(pixel => pixel % width);
            var around = new PixelBox(top, left, depends.Max(pixel => pixel / width) + 1 - top, depends.Max(pixel => pixel % width) + 1 - left);
            if (name == "dilated-groups")
            {
                // Taps lie two apart, so that the last one in the picture may stop a pixel short of its edge.
                Assert.That(patch with { Height = around.Height, Width = around.Width }, Is.EqualTo(around), $"{layer} unit {unit}");
                Assert.That((patch.Height - around.Height, patch.Width - around.Width), Is.EqualTo((0, 0)).Or.EqualTo((0, 1)).Or.EqualTo((1, 0)).Or.EqualTo((1, 1)));
                continue;
            }
            Assert.That(patch, Is.EqualTo(around), $"{layer} unit {unit}");
            Assert.That(depends, Has.Count.EqualTo(patch.Height * patch.Width), $"{layer} unit {unit}: pixels in {patch}");
        }
    }

    /// <summary>A random positive picture, and after it the same with one pixel raised, for every pixel.</summary>
    private static Tensor OnePixelRaised(TestNets nets, Shape picture, int trial, bool faint)
    {
        // Faint pictures stay where the normalised value still rises with the pixel.
        var background = Values.Random(trial, picture.Count, faint ? 0.02 : 0.5, faint ? 0.08 : 1.5);
        var raise = faint || trial % 2 == 1 ? 1 : 1000;
        int pixels = (int)(picture[1] * picture[2]), size = (int)picture.Count;
        var values = new double[(pixels + 1) * size];
        for (var i = 0; i < values.Length; i++)
            values[i] = background[i % size] + (i / size > 0 && i % size % pixels == i / size - 1 ? raise : 0);
        return nets.From(values, [pixels + 1, .. picture.Sizes]);
    }

    private static void AddChanges(Tensor output, int pixels, Dictionary<int, SortedSet<int>> seen)
    {
        if (output.Shape.Rank != 4 && output.Shape.Rank != 2)
            return;
        var values = output.ToArray<double>();
        var units = values.Length / (pixels + 1);
        var plane = output.Shape.Rank == 4 ? (int)(output.Shape[2] * output.Shape[3]) : 1;
        for (var pixel = 0; pixel < pixels; pixel++)
        for (var unit = 0; unit < units; unit++)
            if (values[(pixel + 1) * units + unit] != values[unit])
            {
                if (!seen.TryGetValue(unit % plane, out var depends))
                    seen[unit % plane] = depends = [];
                depends.Add(pixel);
            }
    }

    [Test]
    public void Projections_stay_inside_their_patch([ValueSource(typeof(TestNets), nameof(TestNets.Names))] string name, [Values] bool whole)
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float32, Backends.Reference);
        var (network, picture) = nets.Make(name);
        using var owned = network;
        var chain = new LayerChain(network);
        string[] names = [.. Enumerable.Range(0, chain.Count).Select(i => chain[i].Key)];
        using var recording = Recording.Record(network, nets.Pictures(1, picture), RecordingOptions.For(ProjectionOptions.Gradient, names));
        Seed[] seeds = [.. names.Select(layer => whole ? Seed.WholeMap(layer, 1) : Seed.StrongestUnit(layer, 1))];
        using var projections = Deconvnet.Project(recording, seeds, ProjectionOptions.Gradient);
        for (var i = 0; i < seeds.Length; i++)
        {
            var item = projections.Items[i];
            var image = projections.Image(i);
            int height = (int)picture[1], width = (int)picture[2];
            double outside = 0, inside = 0;
            for (var at = 0; at < image.Length; at++)
                if (Inside(item.Patch, at / width % height, at % width))
                    inside += Math.Abs(image[at]);
                else
                    outside += Math.Abs(image[at]);
            Assert.That(outside, Is.Zero, $"{seeds[i]} outside {item.Patch}");
            Assert.That(projections.PatchImage(i).Sum(Math.Abs), Is.EqualTo(inside).Within(1).Percent, $"{seeds[i]} inside {item.Patch}");
            Assert.That(item.IsZero, Is.EqualTo(inside == 0));
        }
    }

    /// <summary>The paper's network: size, stride and place of the fields in pixels (reference: pads 1 and 0, pools in ceil mode).</summary>
    [TestCase("conv1", 7, 2, -1)]
    [TestCase("pool1", 11, 4, -1)]
    [TestCase("conv2", 27, 8, -1)]
    [TestCase("pool2", 43, 16, -1)]
    [TestCase("conv3", 75, 16, -17)]
    [TestCase("conv4", 107, 16, -33)]
    [TestCase("conv5", 139, 16, -49)]
    [TestCase("pool5", 171, 32, -49)]
    public void The_papers_receptive_fields(string layer, int size, int stride, int start)
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float32, Device.Cpu);
        using var network = TestNets.Net(
            nets.Conv("conv1", 1, 1, 7, 2, 1), TestNets.Pool("pool1", 3, 2, ceil: true), nets.Conv("conv2", 1, 1, 5, 2), TestNets.Pool("pool2", 3, 2, ceil: true),
            nets.Conv("conv3", 1, 1, 3, 1, 1), nets.Conv("conv4", 1, 1, 3, 1, 1), nets.Conv("conv5", 1, 1, 3, 1, 1), TestNets.Pool("pool5", 3, 2));
        using var recording = Recording.Record(network, nets.Pictures(1, [1, 224, 224]));
        Assert.Multiple(() =>
        {
            Assert.That(recording.ReceptiveField(layer, 0, 0), Is.EqualTo(new PixelBox(start, start, size, size)));
            Assert.That(recording.ReceptiveField(layer, 2, 3), Is.EqualTo(new PixelBox(start + 2 * stride, start + 3 * stride, size, size)));
            Assert.That(recording.Patch(layer, 0, 0), Is.EqualTo(new PixelBox(0, 0, size + start, size + start)));
        });
    }

    [Test]
    public void A_networks_plan_says_the_same([Values("wide", "paper", "alexnet", "compact")] string name)
    {
        using var scope = new TensorScope();
        var spec = Networks.Find(name).WithWidths((1, 2), (2, 2), (3, 2), (4, 2), (5, 2), (6, 2), (7, 2));
        using var network = Network.Create(spec);
        using var recording = Recording.Record(network, Tensor.Zeros([1, 3, spec.Height, spec.Width]));
        foreach (var layer in network.Plan.Layers)
        {
            var units = layer.Output.Rank == 3 ? (Height: (int)layer.Output[1], Width: (int)layer.Output[2]) : (Height: 1, Width: 1);
            foreach (var (y, x) in new[] { (0, 0), (units.Height / 2, units.Width - 1), (units.Height - 1, units.Width / 3) })
            {
                Assert.That(recording.Patch(layer.Name, y, x), Is.EqualTo(network.Plan.Clipped(layer.Alias, y, x)), $"{layer.Alias} ({y}, {x})");
                if (layer.Field is not null)
                    Assert.That(recording.ReceptiveField(layer.Alias, y, x), Is.EqualTo(network.Plan.Unclipped(layer.Name, y, x)), $"{layer.Alias} ({y}, {x})");
            }
        }
    }

    private static bool Inside(PixelBox box, int y, int x) => y >= box.Top && y < box.Bottom && x >= box.Left && x < box.Right;
}
