using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>mov, selp and slct.</summary>
public sealed class MoveTests
{
    private static readonly PtxType[] Types =
    [
        PtxType.B16, PtxType.B32, PtxType.B64, PtxType.U16, PtxType.U32, PtxType.U64, PtxType.S16, PtxType.S32,
        PtxType.S64, PtxType.F32, PtxType.F64,
    ];

    private static string Name(PtxType type) => type.ToString().ToLowerInvariant();

    [TestCaseSource(nameof(Types))]
    public void Mov_copies_bits(PtxType type)
    {
        Form.Check($"mov.{Name(type)}", type, [type], Values.Singles(type), x => x[0]);
        if (!type.IsFloat())
        {
            Form.Check(
                $"mov.{Name(type)} %d, -2", type, [type], Values.Singles(type, 0),
                _ => Values.Ones(Values.Width(type)) - 1);
        }
    }

    [Test]
    public void Mov_packs_and_unpacks()
    {
        var random = new Random(41);
        ulong Any() => (ulong)random.NextInt64();
        var wide = Enumerable.Range(0, 100).Select(_ => new[] { Any(), Any(), Any(), Any() }).ToArray();
        var narrow = wide.Select(x => x.Select(y => y & 0xFFFF).ToArray()).ToArray();
        PtxType[] b16 = [PtxType.B16, PtxType.B16, PtxType.B16, PtxType.B16];
        Form.Check("mov.b32 %d, {%a, %b}", PtxType.B32, b16[..2], narrow, x => x[0] | x[1] << 16);
        Form.Check(
            "mov.b64 %d, {%a, %b, %c, %e}", PtxType.B64, b16, narrow, x => x[0] | x[1] << 16 | x[2] << 32 | x[3] << 48);
        Form.Check(
            "mov.b64 %d, {%a, %b}", PtxType.B64, [PtxType.B32, PtxType.B32], wide, x => (uint)x[0] | x[1] << 32);
        Form.Check("mov.b64 {%d, _}, %a", PtxType.B32, [PtxType.B64], wide, x => (uint)x[0]);
        Form.Check("mov.b64 {_, %d}, %a", PtxType.B32, [PtxType.B64], wide, x => x[0] >> 32);
        Form.Check("mov.b32 {%d, _}, %a", PtxType.B16, [PtxType.B32], wide, x => (ushort)x[0]);
        Form.Check("mov.b32 {_, %d}, %a", PtxType.B16, [PtxType.B32], wide, x => (ushort)(x[0] >> 16));
        for (int i = 0; i < 4; i++)
        {
            string[] to = ["_", "_", "_", "_"];
            to[i] = "%d";
            Form.Check(
                $"mov.b64 {{{string.Join(", ", to)}}}, %a", PtxType.B16, [PtxType.B64], wide,
                x => (ushort)(x[0] >> (16 * i)));
        }
    }

    [TestCaseSource(nameof(Types))]
    public void Selp_selects_lane_by_lane(PtxType type)
    {
        foreach (string form in new[] { "%p", "!%p" })
        {
            using var lanes = new Lanes();
            string text = $"selp.{Name(type)} %d, %a, %b, {form}";
            foreach (string name in new[] { "%d", "%a", "%b" })
                lanes.Declare(name, type.Bytes() == 8 ? 8 : 4);
            for (int lane = 0; lane < 32; lane++)
            {
                lanes.Set("%d", lane, 300);
                lanes.Set("%a", lane, 100 + (ulong)lane);
                lanes.Set("%b", lane, 200 + (ulong)lane);
            }
            const uint Choice = 0xDEADBEEF, Mask = 0x7FF1F00F;
            lanes.Predicate("%p") = Choice;
            lanes.Decode(text).Execute(lanes.Warp, Mask);
            for (int lane = 0; lane < 32; lane++)
            {
                bool first = (Choice >> lane & 1) != 0 == (form == "%p");
                ulong expected = (Mask >> lane & 1) == 0 ? 300 : (first ? 100UL : 200UL) + (ulong)lane;
                Assert.That(lanes.Get("%d", lane), Is.EqualTo(expected), $"{text}, lane {lane}");
            }
        }
    }

    [TestCaseSource(nameof(Types))]
    public void Slct_selects_by_sign(PtxType type)
    {
        ulong ones = Values.Ones(Values.Width(type));
        IEnumerable<ulong[]> Cases(PtxType sign) => Values.Singles(sign, 100).Select(x => new[] { 77UL, ones, x[0] });
        Form.Check(
            $"slct.{Name(type)}.s32", type, [type, type, PtxType.S32], Cases(PtxType.S32),
            x => (int)(uint)x[2] >= 0 ? x[0] : x[1]);
        Form.Check(
            $"slct.{Name(type)}.f32", type, [type, type, PtxType.F32], Cases(PtxType.F32),
            x => BitConverter.UInt32BitsToSingle((uint)x[2]) >= 0 ? x[0] : x[1]);
        Form.Check(
            $"slct.ftz.{Name(type)}.f32", type, [type, type, PtxType.F32], Cases(PtxType.F32),
            x => BitConverter.UInt32BitsToSingle((uint)Ieee.F32.Flush(x[2])) >= 0 ? x[0] : x[1]);
    }
}
