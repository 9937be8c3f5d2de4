using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests.Ops;

[TestFixtureSource(typeof(Backends), nameof(Backends.All))]
public sealed class DropoutTests(string backend) : OpTests(backend)
{
    private static IEnumerable<int> Sizes => ReLUTests.Sizes;

    [Test]
    public void By_hand_from_Philox()
    {
        var x = Floats([1, 2, 3, 4, 5, 6], 6);
        var (a, b, c, d) = Philox.Block(7, 3, 0);
        var (e, f, _, _) = Philox.Block(7, 3, 1);
        double[] expected = [.. new[] { a, b, c, d, e, f }.Select((word, i) => word < 1u << 30 ? 0 : (float)(i + 1) * (float)(1 / 0.75))];
        Compare.Equal(x.Dropout(0.25, new Generator(7) { Stream = 3 }), expected, [6], "y");
    }

    [Test]
    public void The_mask_is_equal_bit_for_bit_on_every_backend([ValueSource(nameof(Sizes))] int size, [Values(0.1, 0.5, 0.9)] double p)
    {
        var x = Argument.Random("x", [size], 71);
        foreach (var dtype in new[] { DType.Float32, DType.Float64 })
        {
            var (y, gradients) = Pass(t => t[0].Dropout(p, new Generator(11)), [x], dtype, Device);
            var (expected, expectedGradients) = Pass(t => t[0].Dropout(p, new Generator(11)), [x], dtype, Backends.Reference);
            Compare.Equal(y, expected, "y");
            Compare.Equal(gradients[0], expectedGradients[0], "dx");
        }
    }

    [Test]
    public void Every_word_of_a_stream_is_Philoxs_to_its_last_bit([Values(1UL, 0xFEDC_BA98_7654_3210)] ulong seed)
    {
        // A word equal to the threshold is kept, and one below it is not.
        const ulong Stream = 0x1234_5678_9ABC_DEF0;
        var x = Tensor.Full([9], 1, DType.Float64, Device);
        for (var i = 0; i < 9; i++)
        {
            var (a, b, c, d) = Philox.Block(seed, Stream, (ulong)i / 4);
            uint word = new[] { a, b, c, d }[i % 4];
            Assert.That(Dropped(word), Is.False, $"word {i} under its own threshold");
            Assert.That(Dropped(word + 1.0), Is.True, $"word {i} under the next threshold");

            bool Dropped(double threshold) =>
                x.Dropout(threshold / 4294967296, new Generator(seed) { Stream = Stream }).ToArray<double>()[i] == 0;
        }
    }

    [Test]
    public void The_backward_pass_recomputes_the_same_mask()
    {
        var x = Tensor.Full([1025], 1, DType.Float32, Device);
        x.RequiresGrad = true;
        var y = x.Dropout(0.5, new Generator(12));
        y.Backward(Tensor.Full([1025], 1, DType.Float32, Device));
        Compare.Equal(x.Grad, y, "dx of ones under ones");
    }

    [Test]
    public void As_many_drop_as_p_says([Values(0.1, 0.5, 0.8)] double p)
    {
        const int count = 100_000;
        var y = Tensor.Full([count], 1, DType.Float32, Device).Dropout(p, new Generator(13)).ToArray<float>();
        var dropped = y.Count(value => value == 0);
        // Four standard deviations of a binomial.
        Assert.That(Math.Abs(dropped - p * count), Is.LessThan(4 * Math.Sqrt(count * p * (1 - p))));
        Assert.That(y.Where(value => value != 0).Distinct(), Is.EqualTo(new[] { (float)(1 / (1 - p)) }));
        // Neighbours do not drop together.
        var pairs = Enumerable.Range(0, count - 1).Count(i => y[i] == 0 && y[i + 1] == 0);
        Assert.That(Math.Abs(pairs - p * p * count), Is.LessThan(6 * Math.Sqrt(count * p * p)));
    }

    [Test]
    public void P_0_keeps_and_p_1_drops_everything()
    {
        var x = Argument.Random("x", [443], 72).Make(DType.Float32, Device, requiresGrad: false);
        Compare.Equal(x.Dropout(0, new Generator(1)), x, "p = 0");
        Compare.Equal(x.Dropout(1, new Generator(1)), new double[443], [443], "p = 1");
        Compare.Equal(Floats([float.NaN, float.PositiveInfinity], 2).Dropout(1, new Generator(1)), [0, 0], [2], "p = 1 drops NaN too");
    }

    [Test]
    public void Every_call_takes_a_stream_and_another_mask()
    {
        var generator = new Generator(14);
        var x = Tensor.Full([200], 1, DType.Float32, Device);
        var (first, second) = (x.Dropout(0.5, generator).ToArray<float>(), x.Dropout(0.5, generator).ToArray<float>());
        Assert.That(generator.Stream, Is.EqualTo(2));
        Assert.That(first, Is.Not.EqualTo(second));
        generator.Stream = 0;
        Assert.That(x.Dropout(0.5, generator).ToArray<float>(), Is.EqualTo(first), "a resumed generator goes on alike");
        Assert.That(x.Dropout(0.5, new Generator(15)).ToArray<float>(), Is.Not.EqualTo(first), "another seed");
    }

    [Test]
    public void Gradients_match_differences() =>
        GradientCheck.Run("elementwise", Device, t => t[0].Dropout(0.4, new Generator(16)), [Argument.Random("x", [3, 7], 73)]);

    [Test]
    public void Threads_and_runs_give_the_same_bits() => SameBits(t => t[0].Dropout(0.5, new Generator(17)), Argument.Random("x", [70_001], 74));

    [Test]
    public void Bad_arguments_are_refused_in_one_sentence()
    {
        var generator = new Generator(1);
        Refuses(() => Zeros(2).Dropout(-0.1, generator), "dropout: p is -0.1; expected in [0, 1].");
        Refuses(() => Zeros(2).Dropout(1.5, generator), "dropout: p is 1.5; expected in [0, 1].");
        Refuses(() => Zeros(2).Dropout(double.NaN, generator), "dropout: p is NaN; expected in [0, 1].");
        Refuses(() => Ints([1], 1).Dropout(0.5, generator), $"dropout: x is int32 [1] on {Device}; expected a floating-point tensor.");
        Assert.That(generator.Stream, Is.Zero, "a refused call takes no stream");
    }
}
