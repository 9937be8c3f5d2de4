using NUnit.Framework;
using ZfNet.Pictures;

namespace ZfNet.Tests.Models;

public sealed class ReceptiveFieldTests
{
    // Size and stride: the paper's, as listed in the reference. Start: minus the padding summed over strides.
    [TestCase("conv1", 7, 2, -1)]
    [TestCase("pool1", 11, 4, -1)]
    [TestCase("conv2", 27, 8, -1)]
    [TestCase("pool2", 43, 16, -1)]
    [TestCase("conv3", 75, 16, -17)]
    [TestCase("conv4", 107, 16, -33)]
    [TestCase("conv5", 139, 16, -49)]
    [TestCase("relu5", 139, 16, -49)]
    [TestCase("pool5", 171, 32, -49)]
    public void The_papers_layers_see(string layer, int size, int stride, int start) =>
        Assert.That(Networks.Paper.Plan().Layer(layer).Field, Is.EqualTo(new ReceptiveField(size, stride, start)));

    [TestCase("conv1", 7, 2)]
    [TestCase("conv2", 27, 4)]
    [TestCase("conv3", 51, 8)]
    [TestCase("conv4", 67, 8)]
    [TestCase("conv5", 83, 8)]
    public void The_compact_networks_layers_see(string layer, int size, int stride) =>
        Assert.That(
            Networks.Compact.Plan().Layer(layer).Field, Is.EqualTo(Networks.Compact.Plan().Layer(layer).Field!.Value with { Size = size, Stride = stride }));

    [Test]
    public void A_unit_in_the_middle_sees_its_whole_square()
    {
        var plan = Networks.Paper.Plan();
        var expected = new PixelBox(6 * 16 - 49, 5 * 16 - 49, 139, 139);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.Unclipped("conv5", 6, 5), Is.EqualTo(expected));
            Assert.That(plan.Clipped("conv5", 6, 5), Is.EqualTo(expected));
            Assert.That(plan.Unclipped("conv1", 0, 109), Is.EqualTo(new PixelBox(-1, 217, 7, 7)));
            Assert.That(plan.Clipped("conv1", 0, 109), Is.EqualTo(new PixelBox(0, 217, 6, 7)));
            Assert.That(plan.Clipped("fc8", 0, 0), Is.EqualTo(new PixelBox(0, 0, 224, 224)));
        }
    }

    [TestCase("paper")]
    [TestCase("wide")]
    [TestCase("alexnet")]
    [TestCase("compact")]
    [TestCase("mini")]
    public void Clipped_rectangles_are_the_pixels_that_a_unit_depends_on(string name) => Compare(Networks.Find(name));

    [TestCaseSource(nameof(Odd))]
    public void So_they_are_for_odd_geometries(NetworkSpec spec) => Compare(spec);

    [Test]
    public void Units_that_are_not_there_are_one_sentence()
    {
        var plan = Networks.Paper.Plan();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => plan.Clipped("conv5", 13, 0),
                Throws.TypeOf<NetworkSpecException>().With.Message.EqualTo("Layer 'conv5' of network 'paper' has no unit at row 13, column 0: its maps are 13x13."));
            Assert.That(() => plan.Clipped("conv5", 0, -1), Throws.TypeOf<NetworkSpecException>());
            Assert.That(() => plan.Unclipped("fc6", 0, 0), Throws.TypeOf<NetworkSpecException>().With.Message.Contains("sees the whole picture"));
        }
    }

    private static IEnumerable<NetworkSpec> Odd()
    {
        var random = new Random(31);
        for (var i = 0; i < 40; i++)
        {
            // Kernels from 1 to 5, strides that may pass the kernel, paddings to the limit, ceil mode.
            var layers = new List<LayerSpec>();
            for (var l = random.Next(1, 5); l > 0; l--)
            {
                int kernel = random.Next(1, 6), stride = random.Next(1, 4);
                layers.Add(random.Next(2) == 0
                    ? new ConvSpec(1, kernel, stride, random.Next(0, 4))
                    : new MaxPoolSpec(kernel, stride, random.Next(0, kernel / 2 + 1), random.Next(2) == 0));
            }

            yield return new NetworkSpec
            {
                Name = $"odd-{i}",
                Channels = 1,
                Height = random.Next(30, 60),
                Width = random.Next(30, 60),
                Classes = 2,
                Features = layers,
                Classifier = [new LinearSpec(2)],
            };
        }
    }

    /// <summary>Follows, unit by unit, the set of pixel rows and columns that reach it.</summary>
    private static void Compare(NetworkSpec spec)
    {
        var plan = spec.Plan();
        SortedSet<int>[] rows = Identity(spec.Height), columns = Identity(spec.Width);
        foreach (var layer in plan.Layers.Where(layer => layer.Field is not null))
        {
            if (layer.Spec is ConvSpec or MaxPoolSpec)
            {
                var (kernel, stride, padding) = layer.Spec is ConvSpec conv
                    ? (conv.Kernel, conv.Stride, conv.Padding)
                    : layer.Spec is MaxPoolSpec pool ? (pool.Kernel, pool.Stride, pool.Padding) : default;
                rows = Next(rows, (int)layer.Output[1], kernel, stride, padding);
                columns = Next(columns, (int)layer.Output[2], kernel, stride, padding);
            }

            // The last units have the interesting edges; a few in between are enough of the rest.
            foreach (var y in Units(rows.Length))
                foreach (var x in Units(columns.Length))
                {
                    bool empty = rows[y].Count == 0 || columns[x].Count == 0;
                    var expected = empty
                        ? default
                        : new PixelBox(rows[y].Min, columns[x].Min, rows[y].Max - rows[y].Min + 1, columns[x].Max - columns[x].Min + 1);
                    var actual = plan.Clipped(layer.Alias, y, x);
                    Assert.That(actual, Is.EqualTo(expected), $"{spec.Name} {layer.Alias} ({y}, {x})");
                    if (empty)
                        continue;

                    // And the unclipped square holds it.
                    var square = plan.Unclipped(layer.Alias, y, x);
                    Assert.That(
                        square.Top <= actual.Top && square.Left <= actual.Left
                        && square.Top + square.Height >= actual.Top + actual.Height && square.Left + square.Width >= actual.Left + actual.Width);
                }
        }
    }

    private static IEnumerable<int> Units(int count) => new[] { 0, 1, count / 3, count / 2, count - 2, count - 1 }.Where(i => i >= 0 && i < count).Distinct();

    private static SortedSet<int>[] Identity(int size) => [.. Enumerable.Range(0, size).Select(i => new SortedSet<int> { i })];

    private static SortedSet<int>[] Next(SortedSet<int>[] below, int count, int kernel, int stride, int padding) =>
    [
        .. Enumerable.Range(0, count).Select(unit =>
            new SortedSet<int>(Enumerable.Range(unit * stride - padding, kernel).Where(i => i >= 0 && i < below.Length).SelectMany(i => below[i]))),
    ];
}
