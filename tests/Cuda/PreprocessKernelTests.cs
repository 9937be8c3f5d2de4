using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.Pictures;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// Pictures become a network's input on the software GPU: bit for bit what <see cref="Preprocessing"/> gives.
/// </summary>
[TestFixture]
public sealed class PreprocessKernelTests : KernelTests
{
    [Test]
    public void Pictures_in_a_batch(
        [Values(1, 3)] int images, [Values(4, 7)] int height, [Values(5, 12, 97)] int width,
        [Values] ChannelOrder order, [ValueSource(nameof(Floats))] DType dtype)
    {
        var preprocessing = new Preprocessing
        {
            Height = height,
            Width = width,
            ValueRange = 255,
            Mean = new PerColour(123.68f, 116.779f, 103.939f),
            Std = new PerColour(58.4f, 57.1f, 0.7f),
            Order = order,
        };
        var pixels = new byte[images * height * width * 3];
        new Random(1).NextBytes(pixels);
        double[] expected =
        [
            .. pixels.Chunk(height * width * 3)
                .SelectMany(image => preprocessing.ToChw(new Picture(height, width, image)))
                .Select(value => (double)value),
        ];
        ForEachGrid(grid =>
        {
            // Aligned, and off for the bytes and for the numbers.
            foreach (var (from, to) in new[] { (0, 0), (1, 0), (0, 1) })
            {
                var y = Device(dtype, expected.Length, to);
                Kernels.Preprocess(
                    images, height, width, order == ChannelOrder.Bgr, 255,
                    new ColourTriple(123.68f, 116.779f, 103.939f), new ColourTriple(58.4f, 57.1f, 0.7f),
                    dtype, Device(pixels, from), y, Stream);
                Same(Read(dtype, y, expected.Length), expected, $"y, {grid}, {from} and {to} off");
            }
        });
    }
}
