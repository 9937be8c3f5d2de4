using System.Numerics;
using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>Sums, differences and products longer than a register, against BigInteger.</summary>
public sealed class CarryTests
{
    private static void Run(Lanes lanes, uint mask, params string[] program)
    {
        foreach (string line in program)
            lanes.Decode(line).Execute(lanes.Warp, mask);
    }

    private static BigInteger Join(Lanes lanes, string name, int lane, int count, int bits)
    {
        BigInteger value = 0;
        for (int i = count - 1; i >= 0; i--)
            value = (value << bits) + lanes.Get($"%{name}{i}", lane);
        return value;
    }

    private static void Fill(Lanes lanes, string name, int count, int bits, Random random)
    {
        for (int i = 0; i < count; i++)
        {
            lanes.Declare($"%{name}{i}", bits / 8);
            for (int lane = 0; lane < 32; lane++)
            {
                // Many words of all ones or none: they pass carries on.
                ulong word = random.Next(3) switch { 0 => 0, 1 => ulong.MaxValue, _ => (ulong)random.NextInt64() };
                lanes.Set($"%{name}{i}", lane, word);
            }
        }
    }

    [TestCase("u32", 32)]
    [TestCase("s32", 32)]
    [TestCase("u64", 64)]
    [TestCase("s64", 64)]
    public void Sums_and_differences_of_four_words(string type, int bits)
    {
        var random = new Random(21);
        var modulus = BigInteger.One << (4 * bits);
        for (int trial = 0; trial < 20; trial++)
        {
            using var lanes = new Lanes();
            Fill(lanes, "a", 4, bits, random);
            Fill(lanes, "b", 4, bits, random);
            uint mask = trial == 0 ? uint.MaxValue : (uint)random.NextInt64(1L << 32);
            uint others = lanes.Warp.CarryFlags = (uint)random.NextInt64(1L << 32);
            Run(
                lanes, mask, $"add.cc.{type} %s0, %a0, %b0", $"addc.cc.{type} %s1, %a1, %b1",
                $"addc.cc.{type} %s2, %a2, %b2", $"addc.{type} %s3, %a3, %b3");
            Assert.That(lanes.Warp.CarryFlags & ~mask, Is.EqualTo(others & ~mask));
            Run(
                lanes, mask, $"sub.cc.{type} %t0, %a0, %b0", $"subc.cc.{type} %t1, %a1, %b1",
                $"subc.cc.{type} %t2, %a2, %b2", $"subc.{type} %t3, %a3, %b3");
            for (int lane = 0; lane < 32; lane++)
            {
                if ((mask >> lane & 1) == 0)
                    continue;
                var a = Join(lanes, "a", lane, 4, bits);
                var b = Join(lanes, "b", lane, 4, bits);
                Assert.That(Join(lanes, "s", lane, 4, bits), Is.EqualTo((a + b) % modulus));
                Assert.That(Join(lanes, "t", lane, 4, bits), Is.EqualTo((a - b + modulus) % modulus));
            }
        }
    }

    [TestCase("u32", 32)]
    [TestCase("u64", 64)]
    public void Products_of_two_words_plus_four(string type, int bits)
    {
        var random = new Random(22);
        var modulus = BigInteger.One << (4 * bits);
        for (int trial = 0; trial < 20; trial++)
        {
            using var lanes = new Lanes();
            Fill(lanes, "a", 2, bits, random);
            Fill(lanes, "b", 2, bits, random);
            Fill(lanes, "c", 4, bits, random);
            // Schoolbook, in the order in which compilers emit it; every carry is used.
            Run(
                lanes, uint.MaxValue,
                $"mad.lo.cc.{type} %s0, %a0, %b0, %c0", $"madc.hi.cc.{type} %s1, %a0, %b0, %c1",
                $"madc.lo.cc.{type} %s2, %a1, %b1, %c2", $"madc.hi.{type} %s3, %a1, %b1, %c3",
                $"mad.lo.cc.{type} %s1, %a0, %b1, %s1", $"madc.hi.cc.{type} %s2, %a0, %b1, %s2",
                $"addc.{type} %s3, %s3, 0",
                $"mad.lo.cc.{type} %s1, %a1, %b0, %s1", $"madc.hi.cc.{type} %s2, %a1, %b0, %s2",
                $"addc.{type} %s3, %s3, 0");
            for (int lane = 0; lane < 32; lane++)
            {
                var expected = (Join(lanes, "a", lane, 2, bits) * Join(lanes, "b", lane, 2, bits))
                    + Join(lanes, "c", lane, 4, bits);
                Assert.That(Join(lanes, "s", lane, 4, bits), Is.EqualTo(expected % modulus));
            }
        }
    }

    [TestCase(PtxType.S32)]
    [TestCase(PtxType.S64)]
    public void Signed_products_carry_out_of_the_sum_alone(PtxType type)
    {
        string name = type.ToString().ToLowerInvariant();
        int bits = Values.Width(type);
        foreach (bool high in new[] { false, true })
        {
            foreach (bool carry in new[] { false, true })
            {
                foreach (var chunk in Values.Triples(type, type, type, 200).Chunk(32))
                {
                    using var lanes = new Lanes();
                    foreach (string register in new[] { "%a", "%b", "%c" })
                        lanes.Declare(register, bits / 8);
                    for (int lane = 0; lane < chunk.Length; lane++)
                    {
                        lanes.Set("%a", lane, chunk[lane][0]);
                        lanes.Set("%b", lane, chunk[lane][1]);
                        lanes.Set("%c", lane, chunk[lane][2]);
                    }
                    lanes.Warp.CarryFlags = carry ? uint.MaxValue : 0;
                    Run(lanes, uint.MaxValue, $"madc.{(high ? "hi" : "lo")}.cc.{name} %d, %a, %b, %c");
                    for (int lane = 0; lane < chunk.Length; lane++)
                    {
                        var product = Values.Number(type, chunk[lane][0]) * Values.Number(type, chunk[lane][1]);
                        BigInteger half = Values.Wrap(type, high ? product >> bits : product);
                        var sum = half + chunk[lane][2] + (carry ? 1 : 0);
                        Assert.That(lanes.Get("%d", lane), Is.EqualTo(Values.Wrap(type, sum)));
                        Assert.That(lanes.Warp.CarryFlags >> lane & 1, Is.EqualTo(sum >> bits == 1 ? 1 : 0));
                    }
                }
            }
        }
    }

    [Test]
    public void Without_cc_the_flags_stay()
    {
        using var lanes = new Lanes();
        lanes.Declare("%a", 4);
        lanes.Set("%a", 3, uint.MaxValue);
        lanes.Warp.CarryFlags = 0xF0F0F0F0;
        Run(
            lanes, uint.MaxValue, "addc.u32 %d, %a, 1", "subc.u32 %e, %a, 1", "madc.lo.u32 %f, %a, 2, 9",
            "add.u32 %g, %a, 1");
        Assert.That(lanes.Warp.CarryFlags, Is.EqualTo(0xF0F0F0F0));
        Assert.That(lanes.Get("%d", 4), Is.EqualTo(2));
        Assert.That(lanes.Get("%d", 3), Is.Zero);
        Assert.That(lanes.Get("%e", 4), Is.EqualTo(0xFFFFFFFE));
        Assert.That(lanes.Get("%f", 4), Is.EqualTo(10));
    }
}
