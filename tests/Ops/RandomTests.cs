using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class RandomTests(string backend) : OpTests(backend)
{
    private static IEnumerable<int> Sizes => ReLUTests.Sizes;

    [Test]
    public void Uniform_by_hand_from_Philox()
    {
        var (a, b, c, d) = Philox.Block(9, 4, 0);
        var (e, _, _, _) = Philox.Block(9, 4, 1);
        double[] expected = [.. new[] { a, b, c, d, e }.Select(word => (double)(float)(-1 + 3 * ((word >> 8) / 16777216.0)))];
        Compare.Equal(Tensor.Uniform([5], new Generator(9) { Stream = 4 }, -1, 2, DType.Float32, Device), expected, [5], "uniform");
    }

    [Test]
    public void Normal_by_hand_from_Philox()
    {
        var (a, b, c, d) = Philox.Block(9, 4, 0);
        double Radius(uint word) => Math.Sqrt(-2 * Math.Log((word + 1.0) / 4294967296.0));
        double Angle(uint word) => 2 * Math.PI * word / 4294967296.0;
        double[] expected =
        [
            1 + 2 * Radius(a) * Math.Cos(Angle(b)), 1 + 2 * Radius(a) * Math.Sin(Angle(b)),
            1 + 2 * Radius(c) * Math.Cos(Angle(d)), 1 + 2 * Radius(c) * Math.Sin(Angle(d)),
        ];
        var y = Tensor.Normal([4], new Generator(9) { Stream = 4 }, 1, 2, DType.Float64, Device);
        Compare.Close(y, expected, [4], Tolerances.For("random", DType.Float64, "reference"), "normal");
    }

    [Test]
    public void Every_size_matches_the_reference([ValueSource(nameof(Sizes))] int size)
    {
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            Compare.Equal(
                Tensor.Uniform([size], new Generator(3), -2, 5, dtype, Device), Tensor.Uniform([size], new Generator(3), -2, 5, dtype, Backends.Reference), "uniform");
            Compare.Close(
                Tensor.Normal([size], new Generator(3), 1, 2, dtype, Device), Tensor.Normal([size], new Generator(3), 1, 2, dtype, Backends.Reference),
                Tolerances.For("random", dtype, "reference"), "normal");
        }
    }

    [Test]
    public void Streams_are_equal_bit_for_bit_on_every_backend(
        [ValueSource(nameof(Sizes))] int size, [Values(3UL, 0xFEDC_BA98_7654_3210)] ulong seed)
    {
        const ulong Stream = 0x1234_5678_9ABC_DEF0;
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
            Compare.Equal(Uniform(Device, dtype), Uniform(Backends.Reference, dtype), $"{dtype} uniform");
        // Logarithm and sine differ in float64's last places, which float32 rounds away.
        Compare.Equal(Normal(Device), Normal(Backends.Reference), "normal");

        Tensor Uniform(Device device, DType dtype) =>
            Tensor.Uniform([size], new Generator(seed) { Stream = Stream }, -0.3, 1.7, dtype, device);

        Tensor Normal(Device device) =>
            Tensor.Normal([size], new Generator(seed) { Stream = Stream }, 0.5, 3, DType.Float32, device);
    }

    [Test]
    public void The_statistics_are_right()
    {
        const int count = 60_000;
        var uniform = Tensor.Uniform([count], new Generator(5), 2, 4, DType.Float32, Device).ToArray<float>();
        Assert.That(uniform.Min(), Is.GreaterThanOrEqualTo(2).And.LessThan(2.001));
        Assert.That(uniform.Max(), Is.LessThanOrEqualTo(4).And.GreaterThan(3.999));
        // Four standard errors.
        Assert.That(uniform.Average(), Is.EqualTo(3).Within(4 * 2 / Math.Sqrt(12.0 * count)));
        var normal = Tensor.Normal([count], new Generator(5), -1, 3, DType.Float32, Device).ToArray<float>();
        var mean = normal.Average();
        Assert.That(mean, Is.EqualTo(-1).Within(4 * 3 / Math.Sqrt(count)));
        var variance = normal.Average(value => (value - mean) * (value - mean));
        Assert.That(variance, Is.EqualTo(9).Within(4 * 9 * Math.Sqrt(2.0 / count)));
        var tail = normal.Count(value => Math.Abs(value + 1) > 6) / (double)count;
        Assert.That(tail, Is.EqualTo(0.0455).Within(4 * Math.Sqrt(0.0455 / count)));
    }

    [Test]
    public void Streams_and_seeds_differ_and_return()
    {
        var generator = new Generator(6);
        float[] Draw() => Tensor.Uniform([9], generator, 0, 1, DType.Float32, Device).ToArray<float>();
        var (first, second) = (Draw(), Draw());
        Assert.That(second, Is.Not.EqualTo(first));
        generator.Stream = 0;
        Assert.That(Draw(), Is.EqualTo(first));
        generator = new Generator(1UL << 40);
        Assert.That(Draw(), Is.Not.EqualTo(first));
    }

    [Test]
    public void Initialisers_have_the_stated_spread_and_are_equal_on_every_backend()
    {
        using var conv = new Conv2d(16, 32, 5, device: Device);
        Init.KaimingNormalFanOut(conv, new Generator(7));
        var weights = conv.Weight.ToArray<float>();
        Assert.That(Deviation(weights), Is.EqualTo(Math.Sqrt(2.0 / (32 * 25))).Within(0.03 * Math.Sqrt(2.0 / (32 * 25))));
        Assert.That(conv.Bias!.ToArray<float>(), Is.All.Zero);

        using var linear = new Linear(400, 30, device: Device);
        Init.Normal(linear, 0.01, new Generator(7));
        Assert.That(Deviation(linear.Weight.ToArray<float>()), Is.EqualTo(0.01).Within(3e-4));
        Init.PyTorchDefault(linear, new Generator(7));
        var bound = 1 / Math.Sqrt(400);
        foreach (var values in new[] { linear.Weight.ToArray<float>(), linear.Bias!.ToArray<float>() })
        {
            Assert.That(values.Max(Math.Abs), Is.LessThanOrEqualTo((float)bound).And.GreaterThan(0.8 * bound));
            Assert.That(values.Average(), Is.EqualTo(0).Within(4 * bound / Math.Sqrt(3.0 * values.Length)));
        }
        using var same = new Linear(400, 30, device: Backends.Reference);
        Init.PyTorchDefault(same, new Generator(7));
        Compare.Equal(linear.Weight, same.Weight, "weight");
        Compare.Equal(linear.Bias, same.Bias, "bias");
    }

    private static double Deviation(float[] values) => Math.Sqrt(values.Average(value => (double)value * value));
}
