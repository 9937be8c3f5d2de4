using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Occluding;

/// <summary>
/// A convolution wide enough for Winograd's transforms, by windows: the bits of a whole pass without them, and with them, where window
/// and map take other tiles, the bound of any convolution.
/// </summary>
[TestFixture(CpuIsa.Portable)]
[TestFixture(CpuIsa.Avx2)]
[TestFixture(CpuIsa.Avx512)]
public sealed class IncrementalWinogradTests(CpuIsa isa)
{
    private const int Channels = 128, Height = 12, Width = 13, Square = 5;

    private static readonly (int Row, int Column)[] Places = [(0, 0), (3, 4), (7, 8), (0, 5)];

    [SetUp]
    public void SkipWhereItCannotRun()
    {
        if (!CpuIsaSupport.CanRun(isa))
            Assert.Ignore($"This processor has no {isa}.");
    }

    [Test]
    public void Without_the_transforms_every_bit_is_that_of_a_whole_pass([Values(3, 5)] int kernel)
    {
        using var device = new Device(new CpuBackend(2, isa) { Winograd = false });
        using var scope = new TensorScope();
        Check(device, kernel, (whole, _, actual, place) => Compare.Equal(actual, whole, place));
    }

    [Test]
    public void With_them_every_sum_keeps_the_bound_of_a_convolution([Values(3, 5)] int kernel)
    {
        using var context = new KernelContext(1, isa);
        var padding = kernel / 2;
        Conv2dGeometry Geometry(int h, int w, Pair around) => new(1, Channels, h, w, Channels, kernel, 1, around, 1, 1);
        Assert.That(WinogradConvolution.Forward(context, Geometry(Height, Width, padding)), Is.Not.Null, "the whole map's way");
        // What the square reaches, with the cells around it that the windows see.
        var window = Square + 4 * padding;
        Assert.That(WinogradConvolution.Forward(context, Geometry(window, window, 0)), Is.Not.Null, "a window's way");

        using var device = new Device(new CpuBackend(2, isa));
        using var scope = new TensorScope();
        Check(device, kernel, (_, picture, actual, place) =>
        {
            var (weight, bias) = (Weights(kernel), Bias());
            // A sum takes a while in float64: every 13th channel.
            for (var channel = 0; channel < Channels; channel += 13)
                Cpu.Data.AssertSums(
                    actual.Narrow(1, channel, 1).ToArray<float>(), Sums(picture, weight, bias, kernel, channel, value => value),
                    Sums(picture, weight, bias, kernel, channel, Math.Abs), (long)Channels * kernel * kernel, $"{place}, channel {channel}");
        });
    }

    private static void Check(Device device, int kernel, Action<Tensor, double[], Tensor, string> check)
    {
        using var mode = Autograd.NoGrad();
        using var network = new Sequential([new("conv", new Conv2d(Channels, Channels, kernel, padding: kernel / 2, device: device))]) { Training = false };
        var conv = (Conv2d)network.Layers[0].Value;
        conv.Weight.CopyFrom<float>(Floats(Weights(kernel)));
        conv.Bias!.CopyFrom<float>(Floats(Bias()));
        var picture = Values.Random(1, Channels * Height * Width);
        var box = Values.Random(2, Channels * Square * Square);
        CellRange[] rows = [.. Enumerable.Range(0, Height - Square + 1).Select(at => new CellRange(at, at + Square - 1))];
        CellRange[] columns = [.. Enumerable.Range(0, Width - Square + 1).Select(at => new CellRange(at, at + Square - 1))];
        var pass = new IncrementalPass(network, Tensor.From(Floats(picture), [1, Channels, Height, Width], device), rows, columns);
        using var windows = pass.RunMaps(Tensor.From(Floats(box), [1, Channels, Square, Square], device), Places, null, (_, _) => { }).Values;
        var size = Square + 2 * (kernel / 2);
        Assert.That(windows.Shape, Is.EqualTo(new Shape([Places.Length, Channels, size, size])), "windows, not whole maps");
        for (var n = 0; n < Places.Length; n++)
        {
            var (row, column) = Places[n];
            var occluded = picture.ToArray();
            for (var c = 0; c < Channels; c++)
            for (var y = 0; y < Square; y++)
            for (var x = 0; x < Square; x++)
                occluded[(c * Height + row + y) * Width + column + x] = box[(c * Square + y) * Square + x];
            var whole = conv.Forward(Tensor.From(Floats(occluded), [1, Channels, Height, Width], device));
            var actual = pass.Output(0).Clone();
            int top = Math.Clamp(row - kernel / 2, 0, Height - size), left = Math.Clamp(column - kernel / 2, 0, Width - size);
            MapWindows.Part(actual, new(top, top + size - 1), new(left, left + size - 1)).CopyFrom(windows.Narrow(0, n, 1));
            check(whole, occluded, actual, $"place {Places[n]}");
        }
    }

    /// <summary>One map of the convolution in float64, of the numbers or of their sizes.</summary>
    private static double[] Sums(double[] picture, double[] weight, double[] bias, int kernel, int channel, Func<double, double> size)
    {
        var sums = new double[Height * Width];
        Array.Fill(sums, size(bias[channel]));
        for (var c = 0; c < Channels; c++)
        for (var tap = 0; tap < kernel * kernel; tap++)
        {
            int down = tap / kernel - kernel / 2, across = tap % kernel - kernel / 2;
            var factor = weight[(channel * Channels + c) * kernel * kernel + tap];
            for (var y = Math.Max(0, -down); y < Math.Min(Height, Height - down); y++)
            for (var x = Math.Max(0, -across); x < Math.Min(Width, Width - across); x++)
                sums[y * Width + x] += size(factor * picture[(c * Height + y + down) * Width + x + across]);
        }
        return sums;
    }

    private static double[] Weights(int kernel) => Values.Random(3, (long)Channels * Channels * kernel * kernel);

    private static double[] Bias() => Values.Random(4, Channels);

    private static float[] Floats(double[] values) => Array.ConvertAll(values, value => (float)value);
}
