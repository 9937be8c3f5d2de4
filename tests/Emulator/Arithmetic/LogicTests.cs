using System.Numerics;
using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>Logic, shifts, predicates.</summary>
public sealed class LogicTests
{
    private static readonly PtxType[] Bits = [PtxType.B16, PtxType.B32, PtxType.B64];

    private static readonly PtxType[] Shifted =
    [
        PtxType.B16, PtxType.B32, PtxType.B64, PtxType.U16, PtxType.U32, PtxType.U64, PtxType.S16, PtxType.S32,
        PtxType.S64,
    ];

    private static string Name(PtxType type) => type.ToString().ToLowerInvariant();

    [TestCaseSource(nameof(Bits))]
    public void Bit_by_bit(PtxType type)
    {
        ulong ones = Values.Ones(Values.Width(type));
        PtxType[] two = [type, type];
        Form.Check($"and.{Name(type)}", type, two, Values.Pairs(type, type), x => x[0] & x[1]);
        Form.Check($"or.{Name(type)}", type, two, Values.Pairs(type, type), x => x[0] | x[1]);
        Form.Check($"xor.{Name(type)}", type, two, Values.Pairs(type, type), x => x[0] ^ x[1]);
        Form.Check($"not.{Name(type)}", type, [type], Values.Singles(type), x => x[0] ^ ones);
        Form.Check($"cnot.{Name(type)}", type, [type], Values.Singles(type), x => x[0] == 0 ? 1UL : 0);
    }

    [Test]
    public void Lop3_by_every_table()
    {
        PtxType[] three = [PtxType.B32, PtxType.B32, PtxType.B32];
        var cases = Values.Triples(PtxType.B32, PtxType.B32, PtxType.B32, 0).Where((_, i) => i % 13 == 0).ToArray();
        for (int table = 0; table < 256; table++)
        {
            Form.Check($"lop3.b32 %d, %a, %b, %c, {table}", PtxType.B32, three, cases, x =>
            {
                ulong result = 0;
                for (int i = 0; i < 32; i++)
                {
                    int index = (int)(((x[0] >> i & 1) << 2) | ((x[1] >> i & 1) << 1) | (x[2] >> i & 1));
                    result |= (ulong)(table >> index & 1) << i;
                }
                return result;
            });
        }
    }

    [TestCase("and", 0x00FF00FFu)]
    [TestCase("or", 0x00FF00FFu)]
    public void Lop3_tests_its_result(string logic, uint mask)
    {
        using var lanes = new Lanes();
        lanes.Declare("%a", 4);
        lanes.Declare("%d", 4);
        for (int lane = 0; lane < 32; lane++)
        {
            lanes.Set("%a", lane, (ulong)lane % 3);
            lanes.Set("%d", lane, 99);
        }
        const uint Other = 0x0F0F3C3C;
        lanes.Predicate("%p1") = 0xAAAAAAAA;
        lanes.Predicate("%p2") = Other;
        // Table 0xF0 gives a itself.
        lanes.Decode($"lop3.{logic}.b32 %d|%p1, %a, 0, 0, 240, !%p2").Execute(lanes.Warp, mask);
        for (int lane = 0; lane < 32; lane++)
        {
            bool runs = (mask >> lane & 1) != 0, other = (Other >> lane & 1) == 0, set = lane % 3 != 0;
            bool expected = runs ? (logic == "and" ? set && other : set || other) : lane % 2 == 1;
            Assert.That(lanes.Predicate("%p1") >> lane & 1, Is.EqualTo(expected ? 1 : 0), $"lane {lane}");
            Assert.That(lanes.Get("%d", lane), Is.EqualTo(runs ? (ulong)lane % 3 : 99), $"lane {lane}");
        }
    }

    [TestCaseSource(nameof(Bits))]
    public void Shifts_to_the_left_clamp_their_count(PtxType type) => Form.Check(
        $"shl.{Name(type)}", type, [type, PtxType.U32], Values.Pairs(type, PtxType.U32),
        x => x[1] >= 64 ? 0 : Values.Wrap(type, new BigInteger(x[0]) << (int)x[1]));

    [TestCaseSource(nameof(Shifted))]
    public void Shifts_to_the_right_clamp_their_count_and_copy_the_sign(PtxType type) => Form.Check(
        $"shr.{Name(type)}", type, [type, PtxType.U32], Values.Pairs(type, PtxType.U32),
        x => Values.Wrap(type, Values.Number(type, x[0]) >> (int)Math.Min(x[1], 100)));

    [Test]
    public void Predicates_combine()
    {
        const uint A = 0b1100, B = 0b1010;
        foreach (uint mask in new[] { uint.MaxValue, 0x0000FF0Fu })
        {
            uint Run(string text)
            {
                using var lanes = new Lanes();
                lanes.Predicate("%p1") = A;
                lanes.Predicate("%p2") = B;
                lanes.Predicate("%p3") = 0x33333333;
                lanes.Decode(text).Execute(lanes.Warp, mask);
                Assert.That(lanes.Predicate("%p3") & ~mask, Is.EqualTo(0x33333333 & ~mask));
                return lanes.Predicate("%p3") & mask;
            }

            Assert.That(Run("and.pred %p3, %p1, %p2"), Is.EqualTo((A & B) & mask));
            Assert.That(Run("or.pred %p3, %p1, %p2"), Is.EqualTo((A | B) & mask));
            Assert.That(Run("xor.pred %p3, %p1, %p2"), Is.EqualTo((A ^ B) & mask));
            Assert.That(Run("not.pred %p3, %p1"), Is.EqualTo(~A & mask));
            Assert.That(Run("mov.pred %p3, %p1"), Is.EqualTo(A & mask));
            Assert.That(Run("and.pred %p3, !%p1, %p2"), Is.EqualTo((~A & B) & mask));
            Assert.That(Run("or.pred %p3, %p1, !%p2"), Is.EqualTo((A | ~B) & mask));
            Assert.That(Run("mov.pred %p3, !%p2"), Is.EqualTo(~B & mask));
        }
    }
}
