using NUnit.Framework;
using ZfNet.PtxEmulator.Arithmetic;
using ZfNet.PtxEmulator.Execution;

namespace ZfNet.Tests.Emulator.Arithmetic;

/// <summary>What is not understood is refused with a reason: no modifier is ever skipped.</summary>
public sealed class RefusalTests
{
    [TestCase("add.foo.s32 %d, %a, %b", ".foo")]
    [TestCase("add.sat.u32 %d, %a, %b", ".sat")]
    [TestCase("add.s32.sat %d, %a, %b", "type")]
    [TestCase("add.s32 %d, %a", "operands")]
    [TestCase("add.s32 %d, %a, %b, %c", "operands")]
    [TestCase("add.b32 %d, %a, %b", ".b32")]
    [TestCase("add.s8 %d, %a, %b", ".s8")]
    [TestCase("add.pred %d, %a, %b", ".pred")]
    [TestCase("add %d, %a, %b", "type")]
    [TestCase("add.sat.f64 %d, %a, %b", ".sat")]
    [TestCase("add.ftz.f64 %d, %a, %b", ".ftz")]
    [TestCase("add.rz.f16 %d, %a, %b", ".rz")]
    [TestCase("add.ftz.bf16 %d, %a, %b", ".ftz")]
    [TestCase("add.sat.ftz.f32 %d, %a, %b", ".ftz")]
    [TestCase("add.cc.u16 %d, %a, %b", "carries")]
    [TestCase("add.s32.s32 %d, %a, %b", ".s32")]
    [TestCase("add.sat.u16x2 %d, %a, %b", ".sat")]
    [TestCase("mul.u16x2 %d, %a, %b", "pairs")]
    [TestCase("max.relu.u16x2 %d, %a, %b", ".relu")]
    [TestCase("max.relu.u32 %d, %a, %b", ".relu")]
    [TestCase("mul.s32 %d, %a, %b", ".lo")]
    [TestCase("mul.wide.s64 %d, %a, %b", ".wide")]
    [TestCase("mad.lo.sat.s32 %d, %a, %b, %c", ".sat")]
    [TestCase("mad.hi.sat.u32 %d, %a, %b, %c", ".sat")]
    [TestCase("mad.f32 %d, %a, %b, %c", "rounding")]
    [TestCase("mul24.lo.u16 %d, %a, %b", "type")]
    [TestCase("mul24.u32 %d, %a, %b", ".lo")]
    [TestCase("abs.u32 %d, %a", ".u32")]
    [TestCase("fma.f32 %d, %a, %b, %c", "rounding")]
    [TestCase("fma.rn.s32 %d, %a, %b, %c", ".s32")]
    [TestCase("fma.rn.relu.f32 %d, %a, %b, %c", ".relu")]
    [TestCase("fma.rn.sat.relu.f16 %d, %a, %b, %c", ".relu")]
    [TestCase("fma.rz.f16 %d, %a, %b, %c", ".rn")]
    [TestCase("div.f32 %d, %a, %b", "rounding")]
    [TestCase("div.rn.sat.f32 %d, %a, %b", ".sat")]
    [TestCase("div.approx.f64 %d, %a, %b", ".f64")]
    [TestCase("rem.f32 %d, %a, %b", ".approx")]
    [TestCase("rcp.f32 %d, %a", "rounding")]
    [TestCase("rcp.approx.f64 %d, %a", ".f64")]
    [TestCase("sqrt.approx.f64 %d, %a", ".f64")]
    [TestCase("sin.f32 %d, %a", ".approx")]
    [TestCase("sin.approx.f64 %d, %a", ".f64")]
    [TestCase("tanh.approx.ftz.f32 %d, %a", ".f32")]
    [TestCase("ex2.approx.bf16 %d, %a", ".ftz")]
    [TestCase("min.NaN.f64 %d, %a, %b", ".NaN")]
    [TestCase("min.xorsign.f32 %d, %a, %b", ".abs")]
    [TestCase("and.u32 %d, %a, %b", ".b32")]
    [TestCase("and.b32.b32 %d, %a, %b", ".b32")]
    [TestCase("shl.u32 %d, %a, %b", ".u32")]
    [TestCase("lop3.b32 %d, %a, %b, %c, %e", "constant")]
    [TestCase("lop3.b32 %d, %a, %b, %c, 256", "8 bits")]
    [TestCase("lop3.b64 %d, %a, %b, %c, 1", ".b32")]
    [TestCase("shf.l.b32 %d, %a, %b, %c", ".clamp")]
    [TestCase("prmt.b32.foo %d, %a, %b, %c", ".foo")]
    [TestCase("bfe.b32 %d, %a, %b, %c", ".b32")]
    [TestCase("popc.u32 %d, %a", ".u32")]
    [TestCase("dp2a.u32.u32 %d, %a, %b, %c", ".lo")]
    [TestCase("setp.foo.s32 %p, %a, %b", ".foo")]
    [TestCase("setp.ltu.s32 %p, %a, %b", ".ltu")]
    [TestCase("setp.lt.b32 %p, %a, %b", ".lt")]
    [TestCase("setp.lo.s32 %p, %a, %b", ".lo")]
    [TestCase("setp.lt.ftz.f64 %p, %a, %b", ".ftz")]
    [TestCase("setp.lt.and.s32 %p, %a, %b", "operands")]
    [TestCase("setp.lt.s32 %p, %a, %b, %q", "operands")]
    [TestCase("set.lt.u16.s32 %d, %a, %b", ".u16")]
    [TestCase("set.lt.f32.f16 %d, %a, %b", ".f32")]
    [TestCase("set.lt.f16.bf16 %d, %a, %b", ".f16")]
    [TestCase("set.lt.f16.f16x2 %d, %a, %b", ".f16x2")]
    [TestCase("setp.lt.f16 %p|%q, %a, %b", "one predicate")]
    [TestCase("setp.lt.f16x2 %p, %a, %b", "two predicates")]
    [TestCase("setp.lo.bf16x2 %p|%q, %a, %b", ".lo")]
    [TestCase("setp.lt.ftz.bf16x2 %p|%q, %a, %b", ".ftz")]
    [TestCase("lop3.xor.b32 %d|%p, %a, %b, %c, 1, %q", ".xor")]
    [TestCase("lop3.and.b32 %d, %a, %b, %c, 1, %q", "predicate")]
    [TestCase("lop3.b32 %d|%p, %a, %b, %c, 1", "predicate")]
    [TestCase("cvt.sat.s32.s16 %d, %a", ".sat")]
    [TestCase("cvt.sat.f32.bf16 %d, %a", ".sat")]
    [TestCase("cvt.rn.bf16.s8 %d, %a", "8 bits")]
    [TestCase("cvt.rm.relu.f16.f32 %d, %a", ".rm")]
    [TestCase("testp.odd.f32 %p, %a", ".odd")]
    [TestCase("testp.finite.s32 %p, %a", ".f32")]
    [TestCase("selp.u8 %d, %a, %b, %p", ".u8")]
    [TestCase("slct.s32.s64 %d, %a, %b, %c", "types")]
    [TestCase("mov.u8 %d, %a", ".u8")]
    [TestCase("mov.b64 %d, {%a, %b, %c}", "vector")]
    [TestCase("mov.b16 %d, {%a, %b}", "vector")]
    [TestCase("cvt.s32.f32 %d, %a", "rounding")]
    [TestCase("cvt.rn.s32.f32 %d, %a", "rounding")]
    [TestCase("cvt.rni.s32.s64 %d, %a", "rounding")]
    [TestCase("cvt.f32.s32 %d, %a", "rounding")]
    [TestCase("cvt.f32.f64 %d, %a", "rounding")]
    [TestCase("cvt.rn.f64.f32 %d, %a", "rounds nothing")]
    [TestCase("cvt.rni.f64.f32 %d, %a", "same type")]
    [TestCase("cvt.ftz.s32.s64 %d, %a", ".ftz")]
    [TestCase("cvt.rna.f16.f32 %d, %a", ".rna")]
    [TestCase("cvt.rn.relu.f16.f64 %d, %a", ".relu")]
    [TestCase("cvt.rn.tf32.f64 %d, %a", ".tf32")]
    [TestCase("cvt.rn.f16x2.f64 %d, %a, %b", "pair")]
    [TestCase("cvt.rn.f16x2.f32 %d, %a", "operands")]
    [TestCase("cvt.rn.e4m3x2.f32 %d, %a, %b", ".e4m3x2")]
    [TestCase("cvt.u32.b32 %d, %a", "types")]
    [TestCase("cvt.pack.sat.s8.s32.b32 %d, %a, %b, %c", ".pack")]
    public void Refused_with_a_reason(string text, string word)
    {
        using var lanes = new Lanes();
        Assert.That(
            () => ArithmeticDecoder.TryDecode(Lanes.Parse(text), lanes),
            Throws.TypeOf<UnsupportedInstructionException>().With.Message.Contain(word));
    }

    [TestCase("add.s64 %d, %a, %b")]
    [TestCase("mul.wide.s32 %d, %a, %b")]
    [TestCase("cvt.u64.u32 %d, %a")]
    [TestCase("mov.b64 %d, %a")]
    public void A_register_too_narrow_is_refused(string text)
    {
        using var lanes = new Lanes();
        lanes.Declare("%d", 4);
        Assert.That(
            () => ArithmeticDecoder.TryDecode(Lanes.Parse(text), lanes),
            Throws.TypeOf<UnsupportedInstructionException>().With.Message.Contain("32 bits"));
    }

    [TestCase("ld.global.f32 %d, %a")]
    [TestCase("bra %a")]
    [TestCase("bar.sync 0")]
    [TestCase("vadd.u32.u32.u32 %d, %a, %b")]
    public void What_is_not_arithmetic_is_for_others(string text)
    {
        using var lanes = new Lanes();
        Assert.That(ArithmeticDecoder.TryDecode(Lanes.Parse(text), lanes), Is.Null);
    }
}
