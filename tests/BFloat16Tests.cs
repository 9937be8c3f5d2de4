using NUnit.Framework;
using ZfNet.Engine;
using ZfNet.Kernels;

namespace ZfNet.Tests;

/// <summary>The upper half of float32: rounding against arithmetic in double, one by one and by vectors.</summary>
public sealed class BFloat16Tests
{
    [Test]
    public void Every_value_survives_float32_and_signalling_NaNs_become_quiet()
    {
        for (var bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var stored = new BFloat16((ushort)bits);
            var value = stored.ToSingle();
            Assert.That(BitConverter.SingleToUInt32Bits(value), Is.EqualTo((uint)bits << 16));
            Assert.That(BFloat16.Round(value).Bits, Is.EqualTo(float.IsNaN(value) ? bits | 0x40 : bits), $"{bits:X4}");
        }
    }

    [TestCase(0x3F808000u, 0x3F80, TestName = "A tie goes to the even one below")]
    [TestCase(0x3F818000u, 0x3F82, TestName = "A tie goes to the even one above")]
    [TestCase(0x3F808001u, 0x3F81, TestName = "Above a tie goes up")]
    [TestCase(0x3F817FFFu, 0x3F81, TestName = "Below a tie goes down")]
    [TestCase(0x7F7F7FFFu, 0x7F7F, TestName = "Just below the tie with infinity is the largest number")]
    [TestCase(0x7F7F8000u, 0x7F80, TestName = "Beyond the largest number is infinity")]
    [TestCase(0xFF7FFFFFu, 0xFF80, TestName = "Beyond the smallest number is minus infinity")]
    [TestCase(0x7F800000u, 0x7F80, TestName = "Infinity stays")]
    [TestCase(0x7F800001u, 0x7FC0, TestName = "A NaN whose payload is lost stays NaN")]
    [TestCase(0xFFFFFFFFu, 0xFFFF, TestName = "A NaN of all ones does not carry over")]
    [TestCase(0x80000000u, 0x8000, TestName = "Minus zero stays")]
    [TestCase(0x00008000u, 0x0000, TestName = "Half of the smallest number is zero")]
    [TestCase(0x00008001u, 0x0001, TestName = "More than half of the smallest number is that number")]
    public void Rounds(uint bits, int expected) =>
        Assert.That(BFloat16.Round(BitConverter.UInt32BitsToSingle(bits)).Bits, Is.EqualTo(expected));

    [Test]
    public void Rounds_to_the_nearest_as_double_arithmetic_says()
    {
        foreach (var value in Numbers().Where(float.IsFinite))
        {
            // The step between bfloat16 numbers around the value; Math.Round goes to even on ties.
            var step = Math.ScaleB(1, Math.Max(Math.ILogB(value), -126) - 7);
            var nearest = Math.Round(value / step) * step;
            var expected = Math.Abs(nearest) >= Math.ScaleB(1, 128) ? Math.CopySign(double.PositiveInfinity, value) : nearest;
            Assert.That((double)BFloat16.Round(value).ToSingle(), Is.EqualTo(expected), $"{value:R}");
        }
    }

    [Test]
    public void Vectors_round_as_one_by_one_does_and_write_nothing_else([Values(0, 1, 7, 8, 9, 1000)] int count)
    {
        var from = Numbers().Take(count).ToArray();
        var to = new BFloat16[count + 1];
        to[count] = new(0xABCD);
        BFloat16.Round(from, to);
        Assert.That(to, Is.EqualTo(from.Select(BFloat16.Round).Append(new(0xABCD))));
        var back = new float[count + 1];
        back[count] = 7;
        BFloat16.Widen(to.AsSpan(..count), back);
        Assert.That(back.Select(BitConverter.SingleToInt32Bits), Is.EqualTo(to[..count].Select(stored => stored.Bits << 16).Append(BitConverter.SingleToInt32Bits(7))));
        Assert.That(() => BFloat16.Round(from, new BFloat16[Math.Max(0, count - 1)]), count == 0 ? Throws.Nothing : Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Tensors_become_bfloat16_and_back_on_every_device_that_holds_it([ValueSource(typeof(Backends), nameof(Backends.All))] string backend)
    {
        var device = Backends.Get(backend);
        using var scope = new TensorScope();
        // More than a chunk of the thread pool's.
        var numbers = Numbers().Take(40_003).ToArray();
        var tensor = Tensor.From(numbers, [numbers.Length], device);
        if (device.Backend is not IBFloat16Storage)
        {
            var sentence = $"Device {device} holds no bfloat16: weights are stored so on the CPU only.";
            Assert.That(() => tensor.ToBFloat16(), Throws.TypeOf<ShapeException>().With.Message.EqualTo(sentence));
            Assert.That(() => Tensor.Zeros([2], DType.BFloat16, device), Throws.TypeOf<ShapeException>().With.Message.EqualTo(sentence));
            return;
        }
        var stored = tensor.ToBFloat16();
        Assert.That(stored.ToString(), Is.EqualTo($"bfloat16 [40003] on {device}"));
        Assert.That(stored.ToArray<BFloat16>(), Is.EqualTo(numbers.Select(BFloat16.Round)));
        Assert.That(
            stored.ToFloat32().ToArray<float>().Select(BitConverter.SingleToInt32Bits), Is.EqualTo(numbers.Select(number => BFloat16.Round(number).Bits << 16)));
    }

    [Test]
    public void A_bfloat16_tensor_is_made_filled_copied_viewed_and_read([Values("reference", "cpu-2-threads")] string backend)
    {
        using var scope = new TensorScope();
        var device = Backends.Get(backend);
        BFloat16[] elements = [.. Enumerable.Range(0, 12).Select(i => BFloat16.Round(i))];
        var stored = Tensor.From(elements, [3, 4], device);
        Assert.That(stored.Permute(1, 0).ToArray<BFloat16>(), Is.EqualTo(new[] { 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11 }.Select(i => elements[i])));
        Assert.That(stored.Clone().ToArray<BFloat16>(), Is.EqualTo(elements));
        Assert.That(stored.Narrow(0, 2, 1).Narrow(1, 3, 1).Item(), Is.EqualTo(11));
        stored.Narrow(0, 1, 1).Fill(1.5);
        Assert.That(stored.ToFloat32().ToArray<float>(), Is.EqualTo(new[] { 0, 1, 2, 3, 1.5f, 1.5f, 1.5f, 1.5f, 8, 9, 10, 11 }));
        var error = Assert.Throws<ShapeException>(() => stored.ToArray<float>());
        Assert.That(error.Message, Is.EqualTo("copy_to: host memory is of Float32; expected elements of BFloat16."));
    }

    /// <summary>Numbers of every size, subnormal too, ties and their neighbours, and what is not a number.</summary>
    private static IEnumerable<float> Numbers()
    {
        var random = new Random(5);
        foreach (var special in new[] { 0f, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon })
            yield return special;
        for (var i = 0; i < 50_000; i++)
        {
            var bits = (uint)random.NextInt64(1L << 32);
            if (i % 3 == 0)
                bits = (bits & 0xFFFF0000) + 0x8000 + (uint)random.Next(-1, 2);
            yield return BitConverter.UInt32BitsToSingle(bits);
        }
    }
}
