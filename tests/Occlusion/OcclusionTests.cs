using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Tests.Seeing;

namespace ZfNet.Tests.Occluding;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class OcclusionTests(string backend)
{
    [TestCase(3, 2, null, null, null)]
    [TestCase(4, 3, 2, "pool1", 1)]
    [TestCase(7, 1, 0, "fc2", 3)]
    public void Equals_one_forward_pass_for_each_position(int square, int stride, int? wanted, string? layer, int? map)
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float32, Backends.Get(backend));
        var (network, shape) = nets.Make("fc-dropout");
        using var owned = network;
        var picture = Array.ConvertAll(Values.Random(3, shape.Count), value => (float)value);
        var options = new OcclusionOptions
        {
            Square = square, Stride = stride, Fill = OcclusionFill.Values(0.25f, -0.5f), Class = wanted, ActivityLayer = layer, ActivityMap = map,
            KeepAllProbabilities = true, BatchSize = 4,
        };
        var result = Occlusion.Run(network, picture, shape, options);

        var whole = Plain(network, nets, picture, shape, layer ?? "relu1");
        var label = whole.Probabilities.Index().MaxBy(pair => pair.Item).Index;
        var followed = map ?? whole.Sums.Index().MaxBy(pair => pair.Item).Index;
        var tolerance = Tolerances.For("network", DType.Float32, "reference");
        Assert.That((result.Label, result.Class, result.ActivityLayer, result.ActivityMap), Is.EqualTo((label, wanted ?? label, layer ?? "relu1", followed)));
        Assert.That((result.Rows, result.Columns), Is.EqualTo(((8 - square) / stride + 1, (7 - square) / stride + 1)));
        List<double> probability = [], activity = [], all = [];
        List<int> labels = [];
        for (var top = 0; top + square <= 8; top += stride)
        for (var left = 0; left + square <= 7; left += stride)
        {
            var painted = picture.ToArray();
            for (var c = 0; c < 2; c++)
            for (var y = top; y < top + square; y++)
            for (var x = left; x < left + square; x++)
                painted[(c * 8 + y) * 7 + x] = c == 0 ? 0.25f : -0.5f;
            var seen = Plain(network, nets, painted, shape, layer ?? "relu1");
            probability.Add(seen.Probabilities[wanted ?? label]);
            all.AddRange(seen.Probabilities);
            labels.Add(seen.Probabilities.Index().MaxBy(pair => pair.Item).Index);
            activity.Add(seen.Sums[followed]);
        }
        Shape grid = [result.Rows, result.Columns];
        Agree(result.ProbabilityGrid, probability, grid, tolerance, "probability");
        Agree(result.ActivityGrid, activity, grid, tolerance, "activity");
        Agree(result.AllProbabilityGrid, all, [result.Rows, result.Columns, 5], tolerance, "all probabilities");
        Assert.That(result.LabelGrid, Is.EqualTo(labels));
    }

    [Test]
    public void Batches_do_not_change_results([Values(1, 5, 100)] int batchSize)
    {
        using var scope = new TensorScope();
        var nets = new TestNets(DType.Float32, Backends.Get(backend));
        var (network, shape) = nets.Make("fc-dropout");
        using var owned = network;
        var picture = Array.ConvertAll(Values.Random(4, shape.Count), value => (float)value);
        var options = new OcclusionOptions { Square = 3, Stride = 1, Fill = OcclusionFill.Mean };
        var expected = Occlusion.Run(network, picture, shape, options);
        var actual = Occlusion.Run(network, picture, shape, options with { BatchSize = batchSize });
        Assert.That(actual.LabelGrid, Is.EqualTo(expected.LabelGrid));
        var tolerance = Tolerances.For("network", DType.Float32, "reference");
        Agree(actual.ProbabilityGrid, [.. expected.ProbabilityGrid], [6, 5], tolerance, "probability");
        Agree(actual.ActivityGrid, [.. expected.ActivityGrid], [6, 5], tolerance, "activity");
    }

    private static (double[] Probabilities, double[] Sums) Plain(Sequential network, TestNets nets, float[] picture, Shape shape, string layer)
    {
        using var scope = new TensorScope();
        var current = nets.From(Array.ConvertAll(picture, value => (double)value), [1, .. shape.Sizes]);
        double[] sums = [];
        foreach (var (name, step) in network.Layers)
        {
            current = step.Forward(current);
            if (name != layer)
                continue;
            var values = Compare.Doubles(current);
            var plane = values.Length / (int)current.Shape[1];
            sums = [.. values.Chunk(plane).Select(map => map.Sum())];
        }
        var scores = Compare.Doubles(current);
        var exponents = scores.Select(score => Math.Exp(score - scores.Max())).ToArray();
        return ([.. exponents.Select(value => value / exponents.Sum())], sums);
    }

    private static void Agree(IReadOnlyList<float> actual, List<double> expected, Shape shape, Tolerance tolerance, string what)
    {
        var comparison = Compare.Measure(actual.Select(value => (double)value).ToArray(), expected.ToArray(), shape, tolerance, what);
        Assert.That(comparison.Passed, comparison.Message);
    }

    private static void Agree(IReadOnlyList<float> actual, float[] expected, Shape shape, Tolerance tolerance, string what) =>
        Agree(actual, [.. expected.Select(value => (double)value)], shape, tolerance, what);
}
