using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator;

/// <summary>PTX that is wrong or not supported: one sentence with the module's name and the line.</summary>
[TestFixture]
public sealed class PtxErrorTests
{
    const string Header = ".version 7.8\n.target sm_75\n.address_size 64\n";

    static string Fault(string text)
    {
        var fault = Assert.Throws<PtxException>(() => PtxParser.Parse("bad.ptx", text));
        Assert.That(fault.Message, Does.StartWith($"bad.ptx:{fault.Line}: ").And.EndWith("."));
        Assert.That(fault.Message, Does.Not.Contain('\n'));
        return fault.Message["bad.ptx:".Length..];
    }

    [TestCase("", "1: expected .version, found the end of the text.")]
    [TestCase("hello", "1: expected .version, found \"hello\".")]
    [TestCase("// x\n.target sm_75", "2: expected .version, found \".target\".")]
    [TestCase(".version", "1: expected an ISA version, found the end of the text.")]
    [TestCase(".version 8", "1: \"8\" is not an ISA version.")]
    [TestCase(".version 8.1.2", "1: \"8.1.2\" is not an ISA version.")]
    [TestCase("\n.version 9.0\n.target sm_100\n?", "2: PTX ISA 9.0 is newer than the newest supported, 8.x.")]
    [TestCase(".version 5.1", "1: PTX ISA 5.1 is older than the oldest supported, 6.0.")]
    [TestCase(".version 7.8\n.entry", "2: expected .target, found \".entry\".")]
    [TestCase(".version 7.8\n.target", "2: expected a target, found the end of the text.")]
    [TestCase(".version 7.8\n.target gfx90", "2: the target \"gfx90\" is unknown; one looks like sm_75.")]
    [TestCase(".version 7.8\n.target sm_9", "2: the target \"sm_9\" is unknown; one looks like sm_75.")]
    [TestCase(".version 7.8\n.target sm_90aa", "2: the target \"sm_90aa\" is unknown; one looks like sm_75.")]
    [TestCase(".version 7.8\n.target sm_90b", "2: the target \"sm_90b\" is unknown; one looks like sm_75.")]
    [TestCase(".version 7.8\n.target sm_75,\n texmode_independent",
        "3: the target option \"texmode_independent\" is not supported.")]
    [TestCase(".version 7.8\n.target sm_75\n.address_size 32",
        "3: addresses of 32 bits are not supported; they must have 64.")]
    public void Of_the_header(string text, string sentence) => Assert.That(Fault(text), Is.EqualTo(sentence));

    [TestCase("add", "4: expected a directive, found \"add\".")]
    [TestCase(".frob x;", "4: the directive \".frob\" is not supported.")]
    [TestCase(".visible", "4: expected a variable or a function, found the end of the text.")]
    [TestCase(".visible .frob x;", "4: the directive \".frob\" is not supported.")]
    [TestCase(".local .b32 x;", "4: the directive \".local\" is not supported.")]
    [TestCase(".alias a, b;", "4: the directive \".alias\" is not supported.")]
    [TestCase(".file 1", "4: expected a path in quotes, found the end of the text.")]
    [TestCase(".file x", "4: expected the number of a source file, found \"x\".")]
    [TestCase(".file 1 \"a\", 1 2", "4: expected ',', found \"2\".")]
    [TestCase(".file 1 \"a\", x", "4: expected a time, found \"x\".")]
    [TestCase(".file 1 \"a\", 1, x", "4: expected a size, found \"x\".")]
    [TestCase(".address_size x", "4: expected the size of an address, found \"x\".")]
    [TestCase(".section .debug_str\n{ a { }", "5: the text ends inside the section that starts on line 4.")]
    [TestCase(".section .debug_str;", "4: expected '{', found \";\".")]
    [TestCase(".section x { }", "4: expected a section's name, found \"x\".")]
    [TestCase(".pragma nounroll;", "4: expected a string, found \"nounroll\".")]
    [TestCase("/* x", "4: the comment that starts here does not end.")]
    [TestCase(".pragma \"nounroll;\n\"", "4: the string that starts here does not end on its line.")]
    [TestCase("#", "4: the character '#' has no meaning here.")]
    [TestCase("\u00E9", "4: the character U+00E9 has no meaning here.")]
    [TestCase("\0", "4: the character U+0000 has no meaning here.")]
    [TestCase(". entry", "4: the character '.' has no meaning here.")]
    public void Of_the_module(string text, string sentence) => Assert.That(Fault(Header + text), Is.EqualTo(sentence));

    [TestCase(".global x;", "4: expected a type, found \"x\".")]
    [TestCase(".global .b32;", "4: expected a name, found \";\".")]
    [TestCase(".global .b32 .b64 x;", "4: expected a name, found \".b64\".")]
    [TestCase(".global .b32 %x;", "4: \"%x\" is a register's name, not a variable's.")]
    [TestCase(".global .texref x;", "4: the type \".texref\" is not supported.")]
    [TestCase(".global .b128 x;", "4: the type \".b128\" is not supported.")]
    [TestCase(".global .F32 x;", "4: the type \".F32\" is not supported.")]
    [TestCase(".global .pred x;", "4: a variable cannot have the type .pred; only registers can.")]
    [TestCase(".global .align 3 .b8 x;", "4: an alignment must be a power of two, not 3.")]
    [TestCase(".global .align 0 .b8 x;", "4: an alignment must be between 1 and 4096, not 0.")]
    [TestCase(".global .align 8192 .b8 x;", "4: an alignment must be between 1 and 4096, not 8192.")]
    [TestCase(".global .attribute(managed) .b8 x;", "4: expected an attribute, found \"managed\".")]
    [TestCase(".global .b8 x[];", "4: \"x\" needs a size.")]
    [TestCase(".global .b8 x[2][];", "4: expected the size of \"x\", found \"]\".")]
    [TestCase(".global .b8 x[0];", "4: the size of \"x\" must be between 1 and 1073741824, not 0.")]
    [TestCase(".global .b8 x[-1];", "4: the size of \"x\" must be between 1 and 1073741824, not -1.")]
    [TestCase(".shared .b8 x[99999999999];", "4: the size of \"x\" must be between 1 and 49152, not 99999999999.")]
    [TestCase(".shared .b8 x[99999999999999999999];",
        "4: \"99999999999999999999\" is not an integer of at most 64 bits.")]
    [TestCase(".shared .b64 x[6145];", "4: \"x\" needs more than the 49152 bytes that its state space has.")]
    [TestCase(".shared .v4 .f32 x[4096];",
        "4: with \"x\" the variables need 65536 bytes; their state space has 49152.")]
    [TestCase(".const .b8 x[1][1][1][1][1][1][1][1][1];", "4: \"x\" has more than 8 dimensions.")]
    [TestCase(".const .b8 x[65536];\n.const .b8 y;",
        "5: with \"y\" the variables need 65537 bytes; their state space has 65536.")]
    [TestCase(".global .b8 x[1000000000], y[1000000000];",
        "4: with \"y\" the variables need 2000000000 bytes; their state space has 1073741824.")]
    [TestCase(".global .b8 x[1.5];", "4: \"1.5\" is not an integer of at most 64 bits.")]
    [TestCase(".global .b8 x;\n.shared .b8 x;", "5: \"x\" is declared twice, first on line 4.")]
    [TestCase(".global .b8 x y;", "4: expected ',' or ';', found \"y\".")]
    [TestCase(".shared .b8 x = 1;", "4: \"x\" cannot have an initial value.")]
    [TestCase(".extern .global .b8 x = 1;", "4: \"x\" cannot have an initial value.")]
    [TestCase(".global .b8 x = 256;", "4: 256 does not fit .b8.")]
    [TestCase(".global .s8 x = -129;", "4: -129 does not fit .s8.")]
    [TestCase(".global .b32 x = 1.5;", "4: 1.5 does not fit .b32.")]
    [TestCase(".global .f32 x = 1;", "4: 1 does not fit .f32.")]
    [TestCase(".global .f64 x = 0f3F800000;", "4: 0f3F800000 does not fit .f64.")]
    [TestCase(".global .b32 x = 0x;", "4: \"0x\" is not a number of at most 64 bits.")]
    [TestCase(".global .b32 x = ;", "4: expected a number, found \";\".")]
    [TestCase(".global .b32 x[2] = 1;", "4: expected '{', found \"1\".")]
    [TestCase(".global .b32 x[2] = {1, 2, 3};", "4: there are more initial values than elements.")]
    [TestCase(".global .b32 x[2] = {1, {2}};", "4: the braces do not match the array's dimensions.")]
    [TestCase(".global .b32 x[2][2] = {1, 2};", "4: the braces do not match the array's dimensions.")]
    [TestCase(".global .b32 x[2] = {1,};", "4: expected a number, found \"}\".")]
    [TestCase(".global .b32 x[2][2] = {{}, {}, {}};", "4: there are more initial values than elements.")]
    [TestCase(".global .b32 x[2] = {1 2};", "4: expected ',' or '}', found \"2\".")]
    [TestCase(".global .b8 x[2][100000000] = {{1},\n{2}};",
        "5: more than 16777216 bytes of initial values are not supported.")]
    [TestCase(".global .b32 y;\n.global .u64 x = y;", "5: an address (\"y\") as initial value is not supported.")]
    [TestCase(".global .u64 x[2] = {generic(y), 0};", "4: an address (\"y\") as initial value is not supported.")]
    [TestCase(".global .b8 x[2] = {0xFF(y)};", "4: a part of an address as initial value is not supported.")]
    public void Of_variables(string text, string sentence) => Assert.That(Fault(Header + text), Is.EqualTo(sentence));

    [TestCase(".entry", "4: expected a function's name, found the end of the text.")]
    [TestCase(".entry f", "4: expected '{', found the end of the text.")]
    [TestCase(".entry f(", "4: expected .param, found the end of the text.")]
    [TestCase(".entry f(.param .u32", "4: expected a name, found the end of the text.")]
    [TestCase(".entry f(.param .u32 a", "4: expected ',' or ')', found the end of the text.")]
    [TestCase(".entry f(.param .u32 a,)", "4: expected .param, found \")\".")]
    [TestCase(".entry f(.param .u32 a,\n.param .u32 a) { }", "5: \"a\" is declared twice, first on line 4.")]
    [TestCase(".entry f(.param .b8 a[]) { }", "4: \"a\" needs a size.")]
    [TestCase(".entry f(.param .b8 a[5000]) { }", "4: the size of \"a\" must be between 1 and 4352, not 5000.")]
    [TestCase(".entry f(.param .u32 a = 1) { }", "4: \"a\" cannot have an initial value.")]
    [TestCase(".func f(.reg .u32 a) { }", "4: parameters in registers are not supported.")]
    [TestCase(".entry f()\n.maxntid 1025 { }", "5: the number of threads must be between 1 and 1024, not 1025.")]
    [TestCase(".entry f()\n.reqntid 32, 32, 2 { }", "5: a block of 2048 threads is more than 1024.")]
    [TestCase(".entry f() .maxntid 1, 1, 1, 1 { }", "4: expected '{', found \",\".")]
    [TestCase(".entry f()\n.explicitcluster { }",
        "5: the directive \".explicitcluster\" is not supported before a body.")]
    [TestCase(".entry f() .minnctapersm -1 { }",
        "4: the number of blocks must be between 0 and 2147483647, not -1.")]
    [TestCase(".entry f() .maxnreg { }", "4: expected the number of registers, found \"{\".")]
    [TestCase(".func f() .maxntid 1 { }", "4: the directive \".maxntid\" is not supported before a body.")]
    [TestCase(".entry f() { ret; }\n.entry f() { ret; }", "5: the function \"f\" is defined twice, first on line 4.")]
    [TestCase(".global .b8 f;\n.entry f() { ret; }", "5: \"f\" is declared twice, first on line 4.")]
    [TestCase(".func f();\n.global .b8 f;", "5: \"f\" is declared twice, first on line 4.")]
    [TestCase(".entry f()\n{\nret;\n", "7: the text ends inside the function \"f\".")]
    [TestCase(".entry f()\n{\n{ ret; }\n", "7: the text ends inside the function \"f\".")]
    [TestCase(".entry f() { } }", "4: expected a directive, found \"}\".")]
    public void Of_functions(string text, string sentence) => Assert.That(Fault(Header + text), Is.EqualTo(sentence));

    [TestCase(".frob 1;", "6: the directive \".frob\" is not supported in a function.")]
    [TestCase(".section .x { }", "6: the directive \".section\" is not supported in a function.")]
    [TestCase(".extern x", "6: expected a state space, found \"x\".")]
    [TestCase(".extern .entry", "6: the directive \".entry\" is not supported in a function.")]
    [TestCase(".reg .b32 %q<2000000000>;",
        "6: the number of registers must be between 0 and 100000, not 2000000000.")]
    [TestCase(".reg .b32 %q<100000>;", "6: a function declares more than 100000 registers.")]
    [TestCase(".reg .b32 %q<4;", "6: expected '>', found \";\".")]
    [TestCase(".reg .b32 %q", "7: expected ',' or ';', found \"}\".")]
    [TestCase(".reg .v4 .f32 %v;", "6: registers that are vectors are not supported.")]
    [TestCase(".reg .b31 %v;", "6: the type \".b31\" is not supported.")]
    [TestCase(".reg .b32 5;", "6: expected a register's name, found \"5\".")]
    [TestCase(".reg .u64 %r0;", "6: \"%r0\" is declared twice, first on line 5.")]
    [TestCase(".reg .u64 %r<3>;", "6: \"%r0\" is declared twice, first on line 5.")]
    [TestCase(".shared .b8 a;\n.local .b8 a;", "7: \"a\" is declared twice, first on line 6.")]
    [TestCase(".local .b8 a[524289];", "6: the size of \"a\" must be between 1 and 524288, not 524289.")]
    [TestCase("L: ret;\nL: ret;", "7: \"L\" is declared twice, first on line 6.")]
    [TestCase("{ L: ret; }\nbra L;", "7: there is no label named \"L\".")]
    [TestCase("{ .reg .b32 t; }\nmov.b32 t, 0;",
        "7: there is no register, variable, function or label named \"t\".")]
    [TestCase("bra NOWHERE;", "6: there is no label named \"NOWHERE\".")]
    [TestCase("add.s32 %r0, %r1, %r5;", "6: there is no register named \"%r5\".")]
    [TestCase("mov.u32 %r0, %tid;", "6: there is no register named \"%tid\".")]
    [TestCase("mov.u32 %r0, %tid.w;", "6: there is no register named \"%tid.w\".")]
    [TestCase("mov.u32 %r0, %r1.x;", "6: parts of a register (\"%r1.x\") are not supported.")]
    [TestCase("add.s32 %r0, %r1, %r1", "7: expected ',' or ';', found \"}\".")]
    [TestCase("add.s32 %r0, %r1\nret;", "7: expected ',' or ';', found \"ret\".")]
    [TestCase("add.s32 %r0,;", "6: expected an operand, found \";\".")]
    [TestCase("add.s32 , %r0;", "6: expected an operand, found \",\".")]
    [TestCase("add.s32 %r0, -%r1;", "6: expected a number, found \"%r1\".")]
    [TestCase("add.s32 %r0, 0f12, 1;", "6: \"0f12\" is not a number of at most 64 bits.")]
    [TestCase("add.s32 %r0, 089, 1;", "6: \"089\" is not a number of at most 64 bits.")]
    [TestCase("add.s32 %r0, 02000000000000000000000, 1;",
        "6: \"02000000000000000000000\" is not a number of at most 64 bits.")]
    [TestCase("add.s32 %r0, 1e999, 1;", "6: \"1e999\" is not a number of at most 64 bits.")]
    [TestCase("%r0 = 5;", "6: expected an instruction, found \"%r0\".")]
    [TestCase("5;", "6: expected an instruction, found \"5\".")]
    [TestCase("@%r0 ret;", "6: \"%r0\" is not a predicate.")]
    [TestCase("@!5 ret;", "6: expected a predicate, found \"5\".")]
    [TestCase("@%q9 ret;", "6: there is no register named \"%q9\".")]
    [TestCase("@%p0 }", "6: expected an instruction, found \"}\".")]
    [TestCase("mov.pred %p0, !%r0;", "6: \"%r0\" is not a predicate.")]
    [TestCase("ld.global.u32 %r0, [%r1;", "6: expected ']', found \";\".")]
    [TestCase("ld.global.u32 %r0, [%r1+%r0];", "6: expected an offset, found \"%r0\".")]
    [TestCase("ld.global.u32 %r0, [%r1+4294967296];",
        "6: an offset must be between -2147483648 and 4294967295, not 4294967296.")]
    [TestCase("ld.global.u32 %r0, [_];", "6: an address cannot be '_'.")]
    [TestCase("tex.2d.v4.f32.f32 {%r0}, [%r0, {%r1}];",
        "6: addresses of textures and tensors ([a, {...}]) are not supported.")]
    [TestCase("mov.b64 {%r0, %r1, %r0;", "6: expected ',' or '}', found \";\".")]
    [TestCase("mov.b64 {{%r0}}, %r0;", "6: expected an operand, found \"{\".")]
    [TestCase("call (%r0, f, (%r0);", "6: expected an operand, found \"(\".")]
    [TestCase("shfl %r0|5, %r1;", "6: only registers can stand after '|'.")]
    [TestCase("shfl 5|%p0, %r1;", "6: only registers can stand before '|'.")]
    [TestCase("T: .callprototype _ (.param .b32 _);", "6: calls through a pointer are not supported.")]
    [TestCase("T: .calltargets f;", "6: calls through a pointer are not supported.")]
    [TestCase("T: .branchtargets f;", "6: there is no label named \"f\".")]
    [TestCase("T: .branchtargets T;", "6: there is no label named \"T\".")]
    [TestCase("L: T: .branchtargets L", "7: expected ',' or ';', found \"}\".")]
    [TestCase("T: .branchtargets ;", "6: expected a label, found \";\".")]
    [TestCase(".branchtargets L;", "6: the directive \".branchtargets\" is not supported in a function.")]
    [TestCase("{ .reg .b32 Q; Q: ret; }", "6: \"Q\" is declared twice, first on line 6.")]
    [TestCase(".loc 1 2", "6: there is no source file number 1.")]
    [TestCase(".pragma \"x\"", "7: expected ';', found \"}\".")]
    [TestCase("ret;;", "6: expected an instruction, found \";\".")]
    [TestCase("ret; ] ret;", "6: expected an instruction, found \"]\".")]
    [TestCase("wide_word_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on wide_word;",
        "6: there is no register, variable, function or label named \"wide_word\".")]
    public void Of_bodies(string body, string sentence) =>
        Assert.That(
            Fault($"{Header}.entry f() {{\n.reg .b32 %r<2>; .reg .pred %p<1>;\n{body}\n}}"), Is.EqualTo(sentence));

    [TestCase(".loc 7 2 3", "7: there is no source file number 7.")]
    [TestCase(".loc 1 x", "7: expected a source line, found \"x\".")]
    [TestCase(".loc 1 2 }", "7: expected a source column, found \"}\".")]
    [TestCase(".loc 1 2 3, inlined_at", "7: expected function_name, found \"inlined_at\".")]
    [TestCase(".loc 1 2 3, function_name $a", "8: expected ',', found \"}\".")]
    [TestCase(".loc 1 2 3, function_name $a, x", "7: expected inlined_at, found \"x\".")]
    [TestCase(".loc 1 2 3, function_name $a, inlined_at 2 1 1", "7: there is no source file number 2.")]
    [TestCase(".loc 1 99999999999 3", "7: a source line must be between 0 and 2147483647, not 99999999999.")]
    public void Of_source_lines(string body, string sentence) =>
        Assert.That(Fault($"{Header}.file 1 \"a.cu\"\n.entry f()\n{{\n{body}\n}}"), Is.EqualTo(sentence));

    [Test]
    public void Braces_may_nest_only_so_deep() =>
        Assert.That(Fault($"{Header}.entry f()\n{new string('{', 100_000)}"),
            Is.EqualTo("5: braces nest deeper than 64 levels."));

    [Test]
    public void All_functions_together_may_have_a_million_registers()
    {
        var functions = Enumerable.Range(0, 11).Select(i => $".func f{i}() {{ .reg .b32 %r<99999>; ret; }}\n");
        Assert.That(Fault(Header + string.Concat(functions)),
            Is.EqualTo("14: the module declares more than 1000000 registers."));
    }

    [Test]
    public void A_long_token_is_cut_in_the_sentence()
    {
        var word = new string('x', 1000);
        Assert.That(Fault($"{Header}{word}"), Is.EqualTo($"4: expected a directive, found \"{word[..60]}...\"."));
    }
}
