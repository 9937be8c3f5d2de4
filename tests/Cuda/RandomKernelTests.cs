using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// Dropout and random numbers on the software GPU: masks and uniform numbers bit for bit, normal ones within the table.
/// </summary>
[TestFixture]
public sealed class RandomKernelTests : KernelTests
{
    private static readonly int[] Sizes = [0, 1, 3, 4, 31, 33, 257, 1025, 4099];

    [Test]
    public void Dropout(
        [ValueSource(nameof(Sizes))] int size, [Values(0, 0.1, 0.5, 1)] double p,
        [ValueSource(nameof(Floats))] DType dtype)
    {
        // Both halves of the counter's and the key's words count.
        var mask = new DropoutMask(p, 0x1234_5678_9ABC_DEF0, 0xFEDC_BA98_7654_3210);
        var x = Values.Random(1, size);
        if (size > 2)
            (x[0], x[1], x[2]) = (double.NaN, -0.0, double.PositiveInfinity);
        var y = Host(dtype, size);
        Plain.Dropout(mask, Host(dtype, x), y);
        ForEachGrid(grid =>
        {
            foreach (var offset in new[] { 0, 1 })
            {
                var to = Device(dtype, size, offset);
                Kernels.Dropout(mask, dtype, Device(dtype, x), to, size, Stream);
                Same(Read(dtype, to, size), Read(y), $"y, {grid}, {offset} off");
            }
            var place = Device(dtype, x);
            Kernels.Dropout(mask, dtype, place, place, size, Stream);
            Same(Read(dtype, place, size), Read(y), $"y in x's place, {grid}");
        });
    }

    [Test]
    public void Uniform_numbers([ValueSource(nameof(Sizes))] int size, [ValueSource(nameof(Floats))] DType dtype)
    {
        var y = Host(dtype, size);
        Plain.RandomUniform(0xFEDC_BA98_7654_3210, 3UL << 32 | 5, -0.3, 1.7, y);
        ForEachGrid(grid =>
        {
            foreach (var offset in new[] { 0, 1 })
            {
                var to = Device(dtype, size, offset);
                Kernels.RandomUniform(0xFEDC_BA98_7654_3210, 3UL << 32 | 5, -0.3, 1.7, dtype, to, size, Stream);
                Same(Read(dtype, to, size), Read(y), $"y, {grid}, {offset} off");
            }
        });
    }

    [Test]
    public void Normal_numbers([ValueSource(nameof(Sizes))] int size, [ValueSource(nameof(Floats))] DType dtype)
    {
        var y = Host(dtype, size);
        Plain.RandomNormal(11, 7, 0.5, 3, y);
        double[]? first = null;
        ForEachGrid(grid =>
        {
            foreach (var offset in new[] { 0, 1 })
            {
                var to = Device(dtype, size, offset);
                Kernels.RandomNormal(11, 7, 0.5, 3, dtype, to, size, Stream);
                var numbers = Read(dtype, to, size);
                Close(numbers, Read(y), "random", dtype, $"y, {grid}, {offset} off");
                Same(numbers, first ??= numbers, $"y against the first grid's, {grid}, {offset} off");
            }
        });
    }

    [Test]
    public void A_normal_number_at_angle_zero_is_the_mean([ValueSource(nameof(Floats))] DType dtype)
    {
        // The second word of this seed's first block is 0, of which the sine is 0.
        const ulong Seed = 293046734;
        Assert.That(Philox.Block(Seed, 0, 0).Y, Is.Zero);
        DevicePointer y = Device(dtype, 2);
        var plain = Host(dtype, 2);
        Plain.RandomNormal(Seed, 0, 0.5, 3, plain);
        Kernels.RandomNormal(Seed, 0, 0.5, 3, dtype, y, 2, Stream);
        Close(Read(dtype, y, 2), Read(plain), "random", dtype, "y");
        Assert.That(Read(dtype, y, 2)[1], Is.EqualTo(0.5));
    }
}
