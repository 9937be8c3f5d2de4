using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;
using ZfNet.Tests.Seeing;

namespace ZfNet.Tests.Occluding;

/// <summary>A fully connected layer by its changed rows, against the whole product on maps put together.</summary>
[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class ChangedLinearTests(string backend)
{
    // Channels, maps, outputs; tops and lefts of the batches' windows; their size.
    private static readonly TestCaseData[] Cases =
    [
        new(3, 5, 7, 11, new[] { (0, 0), (3, 4), (1, 2), (1, 6) }, 2, 1),
        new(1, 4, 1, 2, new[] { (3, 0) }, 1, 1),
        new(2, 6, 3, 5, new[] { (2, 0), (0, 0), (2, 0), (4, 0), (1, 0) }, 2, 3),
        new(4, 3, 5, 19, new[] { (0, 1), (0, 2), (0, 0) }, 3, 2),
    ];

    private Device Device => Backends.Get(backend);

    [TestCaseSource(nameof(Cases))]
    public void Equals_the_whole_product(int channels, int height, int width, int outputs, (int Top, int Left)[] places, int rows, int columns)
    {
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            using var scope = new TensorScope();
            using var mode = Autograd.NoGrad();
            using var layer = new Linear(
                From(dtype, 1, [outputs, (long)channels * height * width]), From(dtype, 2, [outputs]));
            var maps = From(dtype, 3, [1, channels, height, width]);
            var windows = Windows(dtype, maps.Shape, places, rows, columns);
            var whole = Together(maps, windows);
            var y = ChangedLinear.Forward(layer, maps, layer.Forward(maps.Flatten()), windows);
            // Two sums of the whole length: the one picture's, and the changes'.
            Compare.Close(y, layer.Forward(whole.Flatten()), Tolerances.For("linear", dtype, "reference"), "y");
        }
    }

    [Test]
    public void Where_nothing_differs_the_output_is_the_one_pictures_bit_for_bit()
    {
        using var scope = new TensorScope();
        using var mode = Autograd.NoGrad();
        using var layer = new Linear(From(DType.Float32, 1, [6, 2 * 3 * 5]), From(DType.Float32, 2, [6]));
        var maps = From(DType.Float32, 3, [1, 2, 3, 5]);
        var same = new MapWindows(MapWindows.Part(maps, new(1, 2), new(3, 4)).Contiguous(), [1], [3], new Pair(3, 5));
        var output = layer.Forward(maps.Flatten());
        Compare.Equal(ChangedLinear.Forward(layer, maps, output, [same]), output, "y");
    }

    [Test]
    public void Takes_weights_in_bfloat16_where_the_device_holds_them()
    {
        using var scope = new TensorScope();
        using var mode = Autograd.NoGrad();
        using var layer = new Linear(From(DType.Float32, 1, [9, 2 * 4 * 3]), From(DType.Float32, 2, [9]));
        if (!Backends.Cpus.Contains(backend))
        {
            Assert.That(() => layer.StoreWeightAs(DType.BFloat16), Throws.TypeOf<ShapeException>(), "the device holds no bfloat16");
            return;
        }
        layer.StoreWeightAs(DType.BFloat16);
        var maps = From(DType.Float32, 3, [1, 2, 4, 3]);
        var windows = Windows(DType.Float32, maps.Shape, [(0, 0), (2, 1), (1, 0)], 2, 2);
        Compare.Close(
            ChangedLinear.Forward(layer, maps, layer.Forward(maps.Flatten()), windows), layer.Forward(Together(maps, windows).Flatten()),
            Tolerances.For("linear", DType.Float32, "reference"), "y");
    }

    [Test]
    public void Pays_where_less_than_three_quarters_of_the_rows_differ()
    {
        using var scope = new TensorScope();
        Shape maps = [1, 2, 8, 5];
        Assert.That(ChangedLinear.Pays(maps, [.. Windows(DType.Float32, maps, [(0, 0)], 6, 1)]), Is.False);
        Assert.That(ChangedLinear.Pays(maps, [.. Windows(DType.Float32, maps, [(0, 0)], 5, 5)]), Is.True);
        // A batch of three with all rows and one of one with one row: 25 of 32.
        Assert.That(ChangedLinear.Pays(maps, [Windows(DType.Float32, maps, [(0, 0), (0, 0), (0, 0), (0, 0)], 8, 1)[0], .. Windows(DType.Float32, maps, [(7, 0)], 1, 1)]), Is.False);
    }

    /// <summary>Flattened maps that somebody watches are made whole; the output is the same sum otherwise.</summary>
    [Test]
    public void A_pass_shows_the_flattened_maps_when_asked()
    {
        using var scope = new TensorScope();
        using var mode = Autograd.NoGrad();
        var nets = new TestNets(DType.Float32, Device);
        using var network = TestNets.Net(
            nets.Conv("conv1", 2, 3, 1), TestNets.Relu("relu1"), new("flatten", new Flatten()), new("drop", new Dropout(0.5, new Generator(1))), nets.Linear("fc", 3 * 8 * 7, 5));
        var picture = From(DType.Float32, 3, [1, 2, 8, 7]);
        var pass = new IncrementalPass(network, picture, [new(0, 1), new(5, 6)], [new(2, 4)]);
        var batch = pass.RunMaps(From(DType.Float32, 4, [1, 2, 2, 3]), [(0, 0), (1, 0)], null, (_, _) => { });
        var outputs = new List<double[]>();
        foreach (var (watch, expected) in new (int? Watch, int[] Expected)[] { (null, [4]), (4, [4]), (2, [2, 3, 4]), (3, [2, 3, 4]) })
        {
            var seen = new List<int>();
            using var scores = pass.RunRest([batch], watch, (layer, output) =>
            {
                seen.Add(layer);
                Assert.That(output.Shape, Is.EqualTo(new Shape([2, layer == 4 ? 5 : 3 * 8 * 7])));
            });
            Assert.That(seen, Is.EqualTo(expected), $"watching {watch}");
            outputs.Add(Compare.Doubles(scores));
        }
        foreach (var output in outputs[1..])
        {
            var comparison = Compare.Measure(output, outputs[0], [2, 5], Tolerances.For("linear", DType.Float32, "reference"), "scores");
            Assert.That(comparison.Passed, comparison.Message);
        }
    }

    private Tensor From(DType dtype, int seed, Shape shape)
    {
        var values = Values.Random(seed, shape.Count);
        return dtype == DType.Float64
            ? Tensor.From(values, shape, Device)
            : Tensor.From(Array.ConvertAll(values, value => (float)value), shape, Device);
    }

    /// <summary>One batch of all but the last place, and one of the last.</summary>
    private List<MapWindows> Windows(DType dtype, Shape maps, (int Top, int Left)[] places, int rows, int columns) =>
        [.. places.Chunk(Math.Max(1, places.Length - 1)).Select((batch, i) => new MapWindows(
            From(dtype, 10 + i, [batch.Length, maps[1], rows, columns]), Array.ConvertAll(batch, place => place.Top), Array.ConvertAll(batch, place => place.Left),
            new Pair((int)maps[2], (int)maps[3])))];

    private static Tensor Together(Tensor maps, List<MapWindows> windows)
    {
        var whole = maps.Expand([windows.Sum(batch => batch.Count), .. maps.Shape.Sizes[1..]]).Contiguous();
        var first = 0;
        foreach (var batch in windows)
        for (var n = 0; n < batch.Count; n++, first++)
            MapWindows.Part(whole.Narrow(0, first, 1), new(batch.Top[n], batch.Top[n] + batch.Height - 1), new(batch.Left[n], batch.Left[n] + batch.Width - 1))
                .CopyFrom(batch.Values.Narrow(0, n, 1));
        return whole;
    }
}
