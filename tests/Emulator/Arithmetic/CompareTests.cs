using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>setp, set and testp: every comparison of every type, against numbers compared exactly.</summary>
public sealed class CompareTests
{
    private static readonly PtxType[] Types =
    [
        PtxType.B16, PtxType.B32, PtxType.B64, PtxType.U16, PtxType.U32, PtxType.U64, PtxType.S16, PtxType.S32,
        PtxType.S64, PtxType.F16, PtxType.BF16, PtxType.F32, PtxType.F64,
    ];

    private static readonly string[] Ordered = ["eq", "ne", "lt", "le", "gt", "ge"];

    private static string Name(PtxType type) => type.ToString().ToLowerInvariant();

    private static Ieee? Format(PtxType type) => type switch
    {
        PtxType.F16 => Ieee.F16,
        PtxType.BF16 => Ieee.BF16,
        PtxType.F32 => Ieee.F32,
        PtxType.F64 => Ieee.F64,
        _ => null,
    };

    private static string[] Relations(PtxType type)
    {
        if (type is PtxType.B16 or PtxType.B32 or PtxType.B64)
            return ["eq", "ne"];
        if (type.IsFloat())
            return [.. Ordered, "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"];
        return type.IsSigned() ? Ordered : [.. Ordered, "lo", "ls", "hi", "hs"];
    }

    /// <summary>-1, 0, 1, or null for NaN.</summary>
    private static int? Order(PtxType type, ulong a, ulong b, bool flush)
    {
        if (Format(type) is not { } format)
            return Values.Number(type, a).CompareTo(Values.Number(type, b));
        if (format.IsNaN(a) || format.IsNaN(b))
            return null;
        if (flush)
            (a, b) = (format.Flush(a), format.Flush(b));
        // Infinities are in order with the bits; so is everything else but the two zeros.
        long Key(ulong x) => (x & format.SignBit) != 0 ? -(long)(x & ~format.SignBit) : (long)x;
        return Key(a).CompareTo(Key(b));
    }

    private static bool Holds(string relation, int? order)
    {
        if (relation is "num" or "nan")
            return order == null == (relation == "nan");
        string ordered = relation switch { "lo" => "lt", "ls" => "le", "hi" => "gt", "hs" => "ge", _ => relation[..2] };
        if (order is not { } sign)
            return relation.Length == 3;
        return ordered switch
        {
            "eq" => sign == 0,
            "ne" => sign != 0,
            "lt" => sign < 0,
            "le" => sign <= 0,
            "gt" => sign > 0,
            _ => sign >= 0,
        };
    }

    [TestCaseSource(nameof(Types))]
    public void Setp_by_every_relation(PtxType type)
    {
        var cases = Values.Pairs(type, type).ToArray();
        foreach (bool flush in type is PtxType.F32 or PtxType.F16 ? new[] { false, true } : [false])
        {
            foreach (string relation in Relations(type))
            {
                using var lanes = new Lanes();
                lanes.Declare("%a", type.Bytes() == 8 ? 8 : 4);
                lanes.Declare("%b", type.Bytes() == 8 ? 8 : 4);
                // 16-bit floats give no second predicate.
                bool both = type is not (PtxType.F16 or PtxType.BF16);
                string to = both ? "%p|%q" : "%p";
                string text = $"setp.{relation}{(flush ? ".ftz" : "")}.{Name(type)} {to}, %a, %b";
                var operation = lanes.Decode(text);
                var random = new Random(61);
                foreach (var chunk in cases.Chunk(32))
                {
                    uint expected = 0;
                    for (int lane = 0; lane < chunk.Length; lane++)
                    {
                        lanes.Set("%a", lane, chunk[lane][0]);
                        lanes.Set("%b", lane, chunk[lane][1]);
                        if (Holds(relation, Order(type, chunk[lane][0], chunk[lane][1], flush)))
                            expected |= 1u << lane;
                    }
                    uint mask = chunk.Length < 32 ? (1u << chunk.Length) - 1 : (uint)random.NextInt64(1L << 32);
                    lanes.Predicate("%p") = lanes.Predicate("%q") = 0x0F0F3355;
                    operation.Execute(lanes.Warp, mask);
                    uint untouched = 0x0F0F3355 & ~mask;
                    Assert.That(lanes.Predicate("%p"), Is.EqualTo((expected & mask) | untouched), text);
                    if (both)
                        Assert.That(lanes.Predicate("%q"), Is.EqualTo((~expected & mask) | untouched), text);
                }
            }
        }
    }

    [Test]
    public void Setp_combines_with_a_predicate([Values("and", "or", "xor")] string logic, [Values] bool negated)
    {
        using var lanes = new Lanes();
        lanes.Declare("%a", 4);
        for (int lane = 0; lane < 32; lane++)
            lanes.Set("%a", lane, (ulong)lane);
        const uint C = 0x0FF0A5A5;
        lanes.Predicate("%c") = C;
        lanes.Decode($"setp.lt.{logic}.s32 %p|%q, %a, 13, {(negated ? "!" : "")}%c").Execute(lanes.Warp, uint.MaxValue);
        const uint Less = 0x1FFF;
        uint third = negated ? ~C : C;
        uint Combine(uint x) => logic == "and" ? x & third : logic == "or" ? x | third : x ^ third;
        Assert.That(lanes.Predicate("%p"), Is.EqualTo(Combine(Less)));
        Assert.That(lanes.Predicate("%q"), Is.EqualTo(Combine(~Less)));
    }

    [Test]
    public void Setp_may_discard_either_predicate()
    {
        using var lanes = new Lanes();
        lanes.Declare("%a", 4);
        lanes.Decode("setp.eq.s32 %p|_, %a, 0").Execute(lanes.Warp, uint.MaxValue);
        lanes.Decode("setp.eq.s32 _|%q, %a, 0").Execute(lanes.Warp, uint.MaxValue);
        lanes.Decode("setp.ne.s32 %r, %a, 1").Execute(lanes.Warp, 6);
        Assert.That(lanes.Predicate("%p"), Is.EqualTo(uint.MaxValue));
        Assert.That(lanes.Predicate("%q"), Is.Zero);
        Assert.That(lanes.Predicate("%r"), Is.EqualTo(6));
    }

    [TestCaseSource(nameof(Types))]
    public void Set_by_every_relation(PtxType type)
    {
        var to = new List<(string Name, PtxType Type, ulong One)>
        {
            ("u32", PtxType.U32, uint.MaxValue), ("s32", PtxType.S32, uint.MaxValue),
            ("bf16", PtxType.BF16, 0x3F80),
        };
        if (type != PtxType.BF16)
            to.Add(("f16", PtxType.F16, 0x3C00));
        if (type is PtxType.F16 or PtxType.BF16)
        {
            to.Add(("u16", PtxType.U16, ushort.MaxValue));
            to.Add(("s16", PtxType.S16, ushort.MaxValue));
        }
        else
        {
            to.Add(("f32", PtxType.F32, 0x3F800000));
        }
        var cases = Values.Pairs(type, type, 64).Where((_, i) => i % 5 == 0).ToArray();
        foreach (string relation in Relations(type))
        {
            foreach (var (name, result, one) in to)
            {
                Form.Check(
                    $"set.{relation}.{name}.{Name(type)}", result, [type, type], cases,
                    x => Holds(relation, Order(type, x[0], x[1], false)) ? one : 0);
            }
        }
        if (type is PtxType.F32)
        {
            Form.Check(
                "set.lt.ftz.u32.f32", PtxType.U32, [type, type], cases,
                x => Holds("lt", Order(type, x[0], x[1], true)) ? uint.MaxValue : 0);
        }
    }

    [Test]
    public void Pairs_compare_each_number([Values(PtxType.F16x2, PtxType.BF16x2)] PtxType type)
    {
        var half = type == PtxType.F16x2 ? PtxType.F16 : PtxType.BF16;
        ulong one = type == PtxType.F16x2 ? 0x3C00UL : 0x3F80;
        var random = new Random(62);
        var edges = Values.Edges(half);
        ulong Any() => edges[random.Next(edges.Length)] | edges[random.Next(edges.Length)] << 16;
        var cases = Enumerable.Range(0, 640).Select(_ => new[] { Any(), Any() }).ToArray();
        foreach (string relation in Relations(half))
        {
            bool Low(ulong[] x) => Holds(relation, Order(half, x[0] & 0xFFFF, x[1] & 0xFFFF, false));
            bool High(ulong[] x) => Holds(relation, Order(half, x[0] >> 16, x[1] >> 16, false));
            Form.Check(
                $"set.{relation}.{Name(type)}.{Name(type)}", type, [type, type], cases,
                x => (Low(x) ? one : 0) | (High(x) ? one << 16 : 0));
            using var lanes = new Lanes();
            lanes.Declare("%a", 4);
            lanes.Declare("%b", 4);
            lanes.Predicate("%c") = 0x5A5AF00F;
            var plain = lanes.Decode($"setp.{relation}.{Name(type)} %p|%q, %a, %b");
            var combined = lanes.Decode($"setp.{relation}.xor.{Name(type)} %r|%s, %a, %b, !%c");
            foreach (var chunk in cases.Chunk(32))
            {
                uint low = 0, high = 0;
                for (int lane = 0; lane < 32; lane++)
                {
                    lanes.Set("%a", lane, chunk[lane][0]);
                    lanes.Set("%b", lane, chunk[lane][1]);
                    low |= Low(chunk[lane]) ? 1u << lane : 0;
                    high |= High(chunk[lane]) ? 1u << lane : 0;
                }
                plain.Execute(lanes.Warp, uint.MaxValue);
                combined.Execute(lanes.Warp, uint.MaxValue);
                Assert.That(lanes.Predicate("%p"), Is.EqualTo(low), relation);
                Assert.That(lanes.Predicate("%q"), Is.EqualTo(high), relation);
                Assert.That(lanes.Predicate("%r"), Is.EqualTo(low ^ ~0x5A5AF00Fu), relation);
                Assert.That(lanes.Predicate("%s"), Is.EqualTo(high ^ ~0x5A5AF00Fu), relation);
            }
        }
    }

    [Test]
    public void Set_combines_with_a_predicate()
    {
        using var lanes = new Lanes();
        lanes.Declare("%a", 4);
        for (int lane = 0; lane < 32; lane++)
            lanes.Set("%a", lane, (ulong)lane);
        lanes.Predicate("%c") = 0x0000FFFF;
        lanes.Decode("set.ge.xor.f32.s32 %d, %a, 8, %c").Execute(lanes.Warp, uint.MaxValue);
        for (int lane = 0; lane < 32; lane++)
            Assert.That(lanes.Get("%d", lane), Is.EqualTo(lane >= 8 != lane < 16 ? 0x3F800000UL : 0));
    }

    [TestCase(PtxType.F32)]
    [TestCase(PtxType.F64)]
    public void Testp_by_every_kind(PtxType type)
    {
        var format = Format(type)!;
        var kinds = new Dictionary<string, Func<ulong, bool>>
        {
            ["finite"] = x => (x & format.InfinityBits) != format.InfinityBits,
            ["infinite"] = x => (x & ~format.SignBit) == format.InfinityBits,
            ["number"] = x => !format.IsNaN(x),
            ["notanumber"] = format.IsNaN,
            ["subnormal"] = format.IsSubnormal,
            // The manual counts zero as normal.
            ["normal"] = x => (x & format.InfinityBits) != format.InfinityBits && !format.IsSubnormal(x),
        };
        foreach (var (kind, holds) in kinds)
        {
            using var lanes = new Lanes();
            lanes.Declare("%a", type.Bytes());
            var operation = lanes.Decode($"testp.{kind}.{Name(type)} %p, %a");
            foreach (var chunk in Values.Singles(type).Chunk(32))
            {
                for (int lane = 0; lane < chunk.Length; lane++)
                    lanes.Set("%a", lane, chunk[lane][0]);
                lanes.Predicate("%p") = 0;
                operation.Execute(lanes.Warp, 0x7FFFFFFF);
                Assert.That(lanes.Predicate("%p") >> 31, Is.Zero);
                for (int lane = 0; lane < Math.Min(chunk.Length, 31); lane++)
                {
                    bool actual = (lanes.Predicate("%p") >> lane & 1) != 0;
                    Assert.That(actual, Is.EqualTo(holds(chunk[lane][0])), $"{kind} of 0x{chunk[lane][0]:X}");
                }
            }
        }
    }
}
