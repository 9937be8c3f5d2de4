using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Occluding;

/// <summary>
/// Convolutions wide enough for Winograd's transforms, by windows: their tiles lie where the whole maps' do, so every map has the bits
/// of a pass over the whole picture.
/// </summary>
[TestFixture(CpuIsa.Portable)]
[TestFixture(CpuIsa.Avx2)]
[TestFixture(CpuIsa.Avx512)]
public sealed class IncrementalWinogradTests(CpuIsa isa)
{
    private const int Channels = 128, Square = 2;

    [SetUp]
    public void SkipWhereItCannotRun()
    {
        if (!CpuIsaSupport.CanRun(isa))
            Assert.Ignore($"This processor has no {isa}.");
    }

    /// <summary>Maps whose last tiles are cut off by one, two and three rows or columns, and whole ones; squares at every row and column of a tile.</summary>
    [Test]
    public void Every_map_is_that_of_a_whole_pass_bit_for_bit(
        [Values] bool winograd, [Values("3 3 pool 3", "5 3 5", "3 5")] string layers, [Values("23 18", "17 20", "33 38")] string size)
    {
        using var device = new Device(new CpuBackend(2, isa) { Winograd = winograd });
        using var scope = new TensorScope();
        using var mode = Autograd.NoGrad();
        using var network = Network(device, layers);
        int height = int.Parse(size.Split(' ')[0]), width = int.Parse(size.Split(' ')[1]);
        var picture = Floats(1, Channels * height * width);
        var box = Floats(2, Channels * Square * Square);
        CellRange[] rows = Ranges(height), columns = Ranges(width);
        var pass = new IncrementalPass(network, Tensor.From(picture, [1, Channels, height, width], device), rows, columns);
        (int Row, int Column)[] places = [.. Enumerable.Range(0, 9).Select(i => (i * (rows.Length - 1) / 8, (i * 5 + 2) % columns.Length))];
        var expected = Array.ConvertAll(places, place => Plain(network, Tensor.From(
            Occluded(picture, box, rows[place.Row], columns[place.Column], height, width), [1, Channels, height, width], device)));
        pass.RunMaps(Tensor.From(box, [1, Channels, Square, Square], device), places, null, (layer, windows) =>
        {
            if (layer == 1 || size == "33 38")
                Assert.That(windows.AreWhole, Is.False, $"layer {layer} takes windows");
            for (var n = 0; n < places.Length; n++)
                Compare.Equal(PutTogether(pass.Output(layer), windows, n), expected[n][layer], $"layer {layer}, place {places[n]}");
        }).Values.Dispose();
        Assert.That(((Conv2d)pass.Step(0).Layer).OutputTile(pass.Step(0).Input), winograd ? Is.Not.EqualTo((Pair)1) : Is.EqualTo((Pair)1));
    }

    /// <summary>Every layer's output on one picture.</summary>
    private static Tensor[] Plain(Sequential network, Tensor current) => [.. network.Layers.Select(layer => current = layer.Value.Forward(current))];

    /// <summary>Convolutions by their filters' size, each with its rectifier, and poolings.</summary>
    private static Sequential Network(Device device, string layers)
    {
        var made = new List<KeyValuePair<string, Layer>>();
        foreach (var layer in layers.Split(' '))
        {
            if (layer == "pool")
            {
                made.Add(new("pool", new MaxPool2d(3, 2, 1)));
                continue;
            }
            var kernel = int.Parse(layer);
            var conv = new Conv2d(Channels, Channels, kernel, padding: kernel / 2, device: device);
            var scale = 1 / (kernel * MathF.Sqrt(Channels));
            conv.Weight.CopyFrom<float>(Array.ConvertAll(Floats(3 + made.Count, conv.Weight.Count), value => scale * value));
            conv.Bias!.CopyFrom<float>(Floats(4 + made.Count, Channels));
            made.Add(new($"conv{made.Count}", conv));
            made.Add(new($"relu{made.Count}", new ReLU()));
        }
        return new Sequential(made) { Training = false };
    }

    private static CellRange[] Ranges(int size) => [.. Enumerable.Range(0, size - Square + 1).Select(at => new CellRange(at, at + Square - 1))];

    private static float[] Occluded(float[] picture, float[] box, CellRange rows, CellRange columns, int height, int width)
    {
        var occluded = picture.ToArray();
        for (var c = 0; c < Channels; c++)
        for (var y = 0; y < Square; y++)
            box.AsSpan((c * Square + y) * Square, Square).CopyTo(occluded.AsSpan((c * height + rows.First + y) * width + columns.First));
        return occluded;
    }

    private static Tensor PutTogether(Tensor whole, MapWindows windows, int n)
    {
        var maps = whole.Clone();
        var (rows, columns) = (windows.Rows(n), windows.Columns(n));
        MapWindows.Part(maps, rows, columns).CopyFrom(
            MapWindows.Part(windows.Values.Narrow(0, n, 1), new(0, rows.Count - 1), new(0, columns.Count - 1)));
        return maps;
    }

    private static float[] Floats(int seed, long count) => Array.ConvertAll(Values.Random(seed, count), value => (float)value);
}
