using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Tests.Seeing;

namespace ZfNet.Tests.Occluding;

/// <summary>Every layer's maps, put together from windows, against passes over whole pictures: the plain way.</summary>
[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class IncrementalPassTests(string backend)
{
    private static IEnumerable<string> Nets =>
        [.. TestNets.Names, "one-by-one", "gaps", "even-average", "padded-average", "no-fully-connected", "upsampled", "no-maps"];

    private static readonly float[] Fill = [0.25f, -0.5f, 0.75f, 0];

    // Corners, edges, steps that do not divide, and a square that is the picture.
    private IEnumerable<(int Square, int Stride)> Squares => Backends.IsSlow(backend) ? [(5, 4)] : [(3, 2), (1, 4), (6, 1)];

    [TestCaseSource(nameof(Nets))]
    public void Every_map_is_that_of_a_whole_pass_bit_for_bit(string name)
    {
        using var scope = new TensorScope();
        using var mode = Autograd.NoGrad();
        var (network, shape) = Make(name);
        using var owned = network;
        var picture = Picture(shape);
        var layers = Flat(network).ToArray();
        foreach (var (square, stride) in Squares)
        {
            CellRange[] rows = Ranges(shape[1], square, stride), columns = Ranges(shape[2], square, stride);
            var pass = new IncrementalPass(network, From(picture, shape), rows, columns);
            Assert.That(pass.MapLayers, Is.EqualTo(Array.FindIndex(layers, layer => layer is Flatten)));
            (int Row, int Column)[] places = [.. from row in Enumerable.Range(0, rows.Length) from column in Enumerable.Range(0, columns.Length) select (row, column)];
            var expected = Array.ConvertAll(places, place => Plain(layers, Paint(picture, shape, rows[place.Row], columns[place.Column]), shape));
            var box = From([.. Enumerable.Range(0, (int)shape[0]).SelectMany(c => Enumerable.Repeat(Fill[c], square * square))], [shape[0], square, square]);
            // With convolutions and their rectifiers in one pass, and the first of them apart.
            foreach (var watch in new int?[] { null, 0 })
            {
                int first = 0, seen = 0;
                // In two batches, whose windows need not be of one size.
                foreach (var batch in places.Chunk((places.Length + 1) / 2))
                {
                    pass.RunMaps(box, batch, watch, (layer, windows) =>
                    {
                        seen += 1 << layer;
                        for (var n = 0; n < windows.Count; n++)
                            Assert.That(PutTogether(pass.Output(layer), windows, n), Is.EqualTo(expected[first + n][layer]),
                                $"layer {layer}, square {square}, stride {stride}, place {batch[n]}");
                    }).Values.Dispose();
                    first += batch.Length;
                    if (first == batch.Length)
                        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, pass.MapLayers).Where(layer => layer == watch || !IsRectified(layers, layer)).Sum(layer => 1 << layer)));
                }
            }
        }
    }

    [Test]
    public void Batches_take_every_place_once([Values(1, 2, 3, 7, 11, 16, 19, 64, 1000)] int size)
    {
        using var scope = new TensorScope();
        using var network = TestNets.Net(new TestNets(DType.Float32, Backends.Get(backend)).Conv("conv1", 1, 1, 3, 1, 1));
        CellRange[] columns = Ranges(13, 3, 1);
        foreach (var rows in new[] { Ranges(11, 3, 2), Ranges(11, 11, 1) })
            CheckBatches(new IncrementalPass(network, From(Picture([1, 11, 13]), [1, 11, 13]), rows, columns), rows.Length, columns.Length, size);
    }

    private static void CheckBatches(IncrementalPass pass, int rows, int columns, int size)
    {
        var batches = pass.Batches(size).ToArray();
        Assert.That(batches.SelectMany(batch => batch), Is.EquivalentTo(
            from row in Enumerable.Range(0, rows) from column in Enumerable.Range(0, columns) select (row, column)));
        Assert.That(batches.Max(batch => batch.Length), Is.LessThanOrEqualTo(size));
        if (size >= rows * columns)
            Assert.That(batches, Has.Length.EqualTo(1));
    }

    [TestCaseSource(nameof(Nets))]
    public void The_map_of_probabilities_and_activities_is_the_plain_one(string name)
    {
        using var scope = new TensorScope();
        using var mode = Autograd.NoGrad();
        var (network, shape) = Make(name);
        using var owned = network;
        var picture = Picture(shape);
        var layers = Flat(network).ToArray();
        var (square, stride) = Squares.First();
        var options = new OcclusionOptions
        {
            Square = square, Stride = stride, Fill = OcclusionFill.Values(Fill[..(int)shape[0]]), KeepAllProbabilities = true, BatchSize = 4,
            // The rest of the network runs after every second batch.
            WaitingElements = 6 * Plain(layers, picture, shape)[Array.FindIndex(layers, layer => layer is Flatten)].Length,
        };
        var result = Occlusion.Run(network, picture, shape, options);
        var watched = Array.FindLastIndex(layers, layer => layer is Conv2d);
        if (watched >= 0 && layers[watched + 1] is ReLU)
            watched++;
        List<double> all = [];
        List<float> activity = [];
        List<int> labels = [];
        foreach (var rows in Ranges(shape[1], square, stride))
        foreach (var columns in Ranges(shape[2], square, stride))
        {
            var outputs = Plain(layers, Paint(picture, shape, rows, columns), shape);
            var exponents = outputs[^1].Select(score => Math.Exp(score - outputs[^1].Max())).ToArray();
            all.AddRange(exponents.Select(value => value / exponents.Sum()));
            labels.Add(Array.IndexOf(exponents, exponents.Max()));
            if (watched >= 0)
            {
                double sum = 0;
                foreach (var value in outputs[watched].Chunk(outputs[watched].Length / Channels(layers, watched)).ElementAt(result.ActivityMap))
                    sum += value;
                activity.Add((float)sum);
            }
        }
        var comparison = Compare.Measure(
            result.AllProbabilityGrid.Select(value => (double)value).ToArray(), all.ToArray(), [labels.Count, result.Classes],
            Tolerances.For("network", DType.Float32, "reference"), "probabilities");
        Assert.That(comparison.Passed, comparison.Message);
        Assert.That(result.LabelGrid, Is.EqualTo(labels));
        Assert.That(result.ActivityGrid, Is.EqualTo(activity), "the same numbers, added in the same order");
    }

    private static bool IsRectified(Layer[] layers, int layer) => layers[layer] is Conv2d && layers[layer + 1] is ReLU;

    private static int Channels(Layer[] layers, int index) =>
        (int)((Conv2d)layers.Take(index + 1).Last(layer => layer is Conv2d)).Weight.Shape[0];

    private static double[] PutTogether(Tensor whole, MapWindows windows, int n)
    {
        var maps = Compare.Doubles(whole);
        var own = Compare.Doubles(windows.Values.Narrow(0, n, 1));
        int height = (int)whole.Shape[2], width = (int)whole.Shape[3];
        for (var i = 0; i < own.Length; i++)
        {
            int y = i / windows.Width % windows.Height, x = i % windows.Width, c = i / windows.Width / windows.Height;
            if (y < windows.Rows(n).Count && x < windows.Columns(n).Count)
                maps[(c * height + windows.Top[n] + y) * width + windows.Left[n] + x] = own[i];
        }
        return maps;
    }

    /// <summary>Every layer's output on one picture.</summary>
    private double[][] Plain(Layer[] layers, float[] picture, Shape shape)
    {
        using var scope = new TensorScope();
        var current = From(picture, shape);
        return [.. layers.Select(layer => Compare.Doubles(current = layer.Forward(current)))];
    }

    private static float[] Paint(float[] picture, Shape shape, CellRange rows, CellRange columns)
    {
        var painted = picture.ToArray();
        for (var c = 0; c < shape[0]; c++)
        for (var y = rows.First; y <= rows.Last; y++)
            painted.AsSpan((int)((c * shape[1] + y) * shape[2]) + columns.First, columns.Count).Fill(Fill[c]);
        return painted;
    }

    private static CellRange[] Ranges(long size, int square, int stride) =>
        [.. Enumerable.Range(0, Occlusion.Positions((int)size, square, stride)).Select(i => new CellRange(i * stride, i * stride + square - 1))];

    private static float[] Picture(Shape shape) => Array.ConvertAll(Values.Random(11, shape.Count), value => (float)value);

    private Tensor From(float[] values, Shape shape) => Tensor.From(values, [1, .. shape.Sizes], Backends.Get(backend));

    private static IEnumerable<Layer> Flat(Sequential network) =>
        network.Layers.SelectMany(layer => layer.Value is Sequential inner ? Flat(inner) : [layer.Value]);

    /// <summary>A network that ends in class scores, and the shape of its picture.</summary>
    private (Sequential Network, Shape Picture) Make(string name)
    {
        var nets = new TestNets(DType.Float32, Backends.Get(backend));
        var (network, shape) = name switch
        {
            "one-by-one" => (TestNets.Net(nets.Conv("conv1", 2, 3, 1), TestNets.Relu("relu1"), nets.Conv("conv2", 3, 4, 1, 2, 1)), new Shape([2, 9, 7])),
            // Columns that no window reaches, and windows in the padding alone.
            "gaps" => (TestNets.Net(nets.Conv("conv1", 1, 3, 2, 3), TestNets.Relu("relu1"), nets.Conv("conv2", 3, 2, 1, 2, 1)), new Shape([1, 13, 10])),
            "even-average" => (TestNets.Net(nets.Conv("conv1", 2, 3, 3, 1, 1), TestNets.Relu("relu1"), new("pool1", new AvgPool2d(3, 2, 1)), nets.Conv("conv2", 3, 3, 2)), new Shape([2, 9, 11])),
            "padded-average" => (TestNets.Net(nets.Conv("conv1", 2, 3, 3), new("pool1", new AvgPool2d(3, 1, 1, countIncludePad: false)), nets.Conv("conv2", 3, 3, 2)), new Shape([2, 8, 9])),
            "no-fully-connected" => (TestNets.Net(nets.Conv("conv1", 2, 4, 3, 1, 1), TestNets.Relu("relu1"), nets.Conv("conv2", 4, 5, 3), TestNets.Relu("relu2"),
                new("pool", new AvgPool2d(new Pair(6, 7))), new("flatten", new Flatten())), new Shape([2, 8, 9])),
            "upsampled" => (TestNets.Net(nets.Conv("conv1", 2, 3, 3), new("up", new Doubled()), new("same", new Same()), nets.Conv("conv2", 3, 2, 3, 2)), new Shape([2, 9, 8])),
            "no-maps" => (TestNets.Net(new KeyValuePair<string, Layer>("flatten", new Flatten()), nets.Linear("fc", 2 * 8 * 7, 5)), new Shape([2, 8, 7])),
            _ => nets.Make(name),
        };
        if (Flat(network).Any(layer => layer is Flatten))
            return (network, shape);
        using var scope = new TensorScope();
        var maps = network.Forward(From(Picture(shape), shape));
        return (TestNets.Net([.. network.Layers, new("flatten", new Flatten()), nets.Linear("fc", (int)maps.Count, 5)]), shape);
    }

    private sealed class Same : Layer
    {
        public override Tensor Forward(Tensor x) => x;
    }

    /// <summary>A layer of somebody's own, whose reach nobody knows.</summary>
    private sealed class Doubled : Layer
    {
        public override Tensor Forward(Tensor x) => x.UpsampleBilinear2d(new Pair(2 * (int)x.Shape[2], 2 * (int)x.Shape[3]));
    }
}
