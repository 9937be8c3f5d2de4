using NUnit.Framework;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator;

/// <summary>What each construct of PTX becomes.</summary>
[TestFixture]
public sealed class PtxParserTests
{
    static readonly PtxModule Sample = PtxParser.Parse("sample.ptx", PtxSample.Text);

    static PtxFunction Calls => Sample.Functions.Single(f => f.IsEntry);

    /// <summary>An entry with this body; its first line is line 5.</summary>
    static PtxFunction Entry(string body) =>
        PtxParser.Parse("t.ptx", $".version 7.8\n.target sm_75\n.entry f(.param .u64 in)\n{{\n{body}\n}}").Functions[0];

    /// <summary>The operands of an instruction that may use %r0-9 of .b32, %d0-9 of .b64, %p0-9 of .pred.</summary>
    static IReadOnlyList<PtxOperand> Operands(string instruction) =>
        Entry(".reg .b32 %r<10>; .reg .b64 %d<10>; .reg .pred %p<10>; .shared .b8 tile[64];\n" + instruction)
            .Instructions[0].Operands;

    static PtxInstruction Only(PtxFunction function, string opcode) =>
        function.Instructions.Single(i => i.Opcode == opcode);

    [Test]
    public void The_header_gives_version_target_and_name() =>
        Assert.That(
            (Sample.Name, Sample.Version, Sample.Target), Is.EqualTo(("sample.ptx", new Version(8, 4), "sm_80")));

    [TestCase("6.0", "sm_52")]
    [TestCase("6.4", "sm_75")]
    [TestCase("8.8", "sm_120")]
    [TestCase("8.0", "sm_90a")]
    [TestCase("7.8", "sm_75, debug")]
    public void Versions_from_6_0_to_8_x_and_every_sm_are_read(string version, string target)
    {
        var module = PtxParser.Parse("t.ptx", $"\uFEFF.version {version}\r\n.target {target}\r\n.address_size 64\r\n");
        Assert.That((module.Version, module.Target), Is.EqualTo((Version.Parse(version), target.Split(',')[0])));
        Assert.That(module.Functions, Is.Empty);
    }

    [Test]
    public void Functions_are_entries_and_device_functions_and_declarations()
    {
        Assert.That(Sample.Functions.Select(f => (f.Name, f.IsEntry, f.Line)), Is.EqualTo(new[]
        {
            ("_Z6helperf1S", false, 22), ("calls", true, 42),
        }));
        Assert.That(Sample.Declarations, Is.EqualTo(new[] { "vprintf" }));
        Assert.That(Sample.Functions[0].Returns.Select(r => (r.Name, r.Space, r.Type)),
            Is.EqualTo(new[] { ("func_retval0", PtxSpace.Param, PtxType.B32) }));
        Assert.That(Calls.Returns, Is.Empty);
    }

    [Test]
    public void A_forward_declaration_and_recursion_lead_to_one_function()
    {
        var module = PtxParser.Parse("t.ptx",
            """
            .version 7.8
            .target sm_75
            .func (.param .b32 r) g(.param .b32 a);
            .extern .func (.param .b32 _) variadic(.param .b32 _, .param .align 8 .b8 _[]) .noreturn;
            .weak .entry k() .reqntid 8, 4 .maxnreg 64 .pragma "nounroll"; { call (_), g, (1); ret; }
            .func (.param .b32 r) g(.param .b32 a) { .param .b32 x; call.uni (x), g, (a); ret; }
            """);
        Assert.That(module.Functions.Select(f => f.Name), Is.EqualTo(new[] { "k", "g" }));
        Assert.That(module.Declarations, Is.EqualTo(new[] { "variadic" }));
        Assert.That(module.Functions[0].RequiredBlock, Is.EqualTo((8, 4, 1)));
        Assert.That(module.Functions[0].MaxThreadsPerBlock, Is.EqualTo(32));
        Assert.That(module.Functions[1].Instructions[0].Operands, Is.EqualTo(new[] { "x", "g", "a" }.Select(
            (name, i) => i == 1 ? new PtxSymbol(name, 0) : (PtxOperand)new PtxArguments([new PtxSymbol(name, 0)]))
            .ToArray()).Using<PtxOperand>(Same));
    }

    [Test]
    public void Parameters_have_types_sizes_and_alignment()
    {
        Assert.That(Calls.Parameters.Select(p => p.Space), Is.All.EqualTo(PtxSpace.Param));
        Assert.That(Calls.Parameters.Select(p => (p.Name, p.Type, p.Count, p.Bytes, p.Alignment)), Is.EqualTo(new[]
        {
            ("calls_param_0", PtxType.U64, 1L, 8L, 8), ("calls_param_1", PtxType.B8, 32L, 32L, 8),
            ("calls_param_2", PtxType.U64, 1L, 8L, 8), ("calls_param_3", PtxType.U32, 1L, 4L, 4),
        }));
        Assert.That((Calls.MaxThreadsPerBlock, Calls.RequiredBlock), Is.EqualTo(((int?)256, ((int, int, int)?)null)));
    }

    [Test]
    public void Ranges_of_registers_are_written_out()
    {
        var registers = Calls.Registers;
        Assert.That(registers["%SP"], Is.EqualTo(PtxType.B64));
        Assert.That(registers.Where(r => r.Key.StartsWith("%rs", StringComparison.Ordinal)),
            Is.EqualTo(new Dictionary<string, PtxType>
            {
                ["%rs0"] = PtxType.B16, ["%rs1"] = PtxType.B16, ["%rs2"] = PtxType.B16,
            }));
        Assert.That(registers["%p3"], Is.EqualTo(PtxType.Pred));
        Assert.That(registers, Does.Not.ContainKey("%p4"));
        Assert.That(Entry(".reg .f16x2 a, %b<0>, c;").Registers.Keys, Is.EqualTo(new[] { "a", "c" }));
    }

    [Test]
    public void Variables_lie_in_their_space()
    {
        Assert.That(Sample.Variables.Select(v => (v.Name, v.Space, v.Type, v.Count, v.Alignment, v.IsExtern, v.Line)),
            Is.EqualTo(new[]
            {
                ("table", PtxSpace.Const, PtxType.B8, 48L, 4, false, 15),
                ("counter", PtxSpace.Global, PtxType.U64, 1L, 8, false, 16),
                ("man", PtxSpace.Global, PtxType.U32, 1L, 4, false, 17),
                ("$str", PtxSpace.Global, PtxType.B8, 6L, 1, false, 18),
                ("weights", PtxSpace.Global, PtxType.F32, 6L, 4, false, 19),
                ("smem", PtxSpace.Shared, PtxType.B8, 0L, 16, true, 20),
            }));
        Assert.That(Calls.Variables.Select(v => (v.Name, v.Space, v.Bytes)), Is.SupersetOf(new[]
        {
            ("__local_depot1", PtxSpace.Local, 32L), ("tile", PtxSpace.Shared, 1024L),
        }));
    }

    [TestCase(".global .b8 x[4] = {1, 255, -128}", "01 FF 80")]
    [TestCase(".global .u16 x = 0xABCD", "CD AB")]
    [TestCase(".global .s32 x = -2", "FE FF FF FF")]
    [TestCase(".const .b64 x = 0x8000000000000000U", "00 00 00 00 00 00 00 80")]
    [TestCase(".global .f32 x = 0f3F800000", "00 00 80 3F")]
    [TestCase(".global .f32 x = -0.5", "00 00 00 BF")]
    [TestCase(".global .f32 x = 0d3FE0000000000000", "00 00 00 3F")]
    [TestCase(".global .f64 x = 2.5e-1", "00 00 00 00 00 00 D0 3F")]
    [TestCase(".global .f64 x = -0d3FF0000000000000", "00 00 00 00 00 00 F0 BF")]
    [TestCase(".global .b32 x = 0f3F800000", "00 00 80 3F")]
    [TestCase(".global .u8 x[2][3] = {{1}, {2, 3}}", "01 00 00 02 03")]
    [TestCase(".global .s8 x[1][2] = {{+1, -1}}", "01 FF")]
    [TestCase(".global .u8 x[2][2][2] = {{{1}, {2}}, {{3, 4}}}", "01 00 02 00 03 04")]
    [TestCase(".global .u8 x[5] = {}", "")]
    [TestCase(".global .v2 .u8 x[2] = {{1, 2}, {3}}", "01 02 03")]
    [TestCase(".global .v2 .u8 x = {1, 2}", "01 02")]
    public void Initial_values_become_bytes(string declaration, string bytes)
    {
        var variable = PtxParser.Parse("t.ptx", $".version 7.8\n.target sm_75\n{declaration};").Variables[0];
        Assert.That(string.Join(' ', variable.Initial.ToArray().Select(b => b.ToString("X2"))), Is.EqualTo(bytes));
    }

    [TestCase(".global .u16 x[] = {1, 2, 3}", 3)]
    [TestCase(".global .u16 x[][4] = {{1}, {2}}", 8)]
    [TestCase(".global .v4 .f32 x[3]", 12)]
    [TestCase(".global .u64 x[2][3][5]", 30)]
    [TestCase(".extern .global .u64 x[]", 0)]
    public void Sizes_may_come_from_dimensions_vectors_or_values(string declaration, int count) =>
        Assert.That(PtxParser.Parse("t.ptx", $".version 7.8\n.target sm_75\n{declaration};").Variables[0].Count,
            Is.EqualTo(count));

    [Test]
    public void Several_variables_may_share_a_declaration_and_a_vector_aligns_to_its_size()
    {
        var module = PtxParser.Parse("t.ptx", ".version 7.8\n.target sm_75\n.global .v4 .f32 a, b[2];");
        Assert.That(module.Variables.Select(v => (v.Name, v.Bytes, v.Alignment)),
            Is.EqualTo(new[] { ("a", 16L, 16), ("b", 32L, 16) }));
    }

    [Test]
    public void An_instruction_has_opcode_modifiers_guard_line_and_text()
    {
        var load = Calls.Instructions.Single(i => i.Has("v4"));
        Assert.That(load.Opcode, Is.EqualTo("ld"));
        Assert.That(load.Modifiers, Is.EqualTo(new[] { "global", "L2::128B", "v4", "f32" }));
        Assert.That(load.Text, Is.EqualTo("ld.global.L2::128B.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1+-16]"));
        Assert.That(load.ToString(), Is.EqualTo(load.Text));
        Assert.That(PtxSample.Text.Split('\n')[load.Line - 1], Does.Contain("ld.global.L2::128B"));
        var jump = Calls.Instructions.First(i => i.Opcode == "bra");
        Assert.That((jump.Guard, jump.Text), Is.EqualTo((new PtxGuard("%p1", false), "@%p1 bra $L__BB1_2")));
    }

    [Test]
    public void Text_is_on_one_line_without_comments()
    {
        var call = Calls.Instructions.First(i => i.Opcode == "call");
        Assert.That(call.Text, Is.EqualTo("call.uni (retval0), _Z6helperf1S, (param0, param1)"));
        Assert.That(Entry(".reg .b32 a;\nadd.u32 /* x */ a,a, // y\n -\n1 ;").Instructions[0].Text,
            Is.EqualTo("add.u32 a,a, - 1"));
    }

    [TestCase("%r1", "%r1")]
    [TestCase("%tid.x", "%tid.x")]
    [TestCase("%nctaid.z", "%nctaid.z")]
    [TestCase("%laneid", "%laneid")]
    [TestCase("%envreg31", "%envreg31")]
    public void Registers_are_declared_or_special(string text, string name) =>
        Assert.That(Operands($"mov.u32 %r0, {text};")[1], Is.EqualTo(new PtxRegister(name)));

    [TestCase("0", 0UL, PtxImmediateKind.Integer)]
    [TestCase("-5", 0xFFFFFFFFFFFFFFFBUL, PtxImmediateKind.Integer)]
    [TestCase("+5", 5UL, PtxImmediateKind.Integer)]
    [TestCase("0x1fU", 31UL, PtxImmediateKind.Integer)]
    [TestCase("0XFFFFFFFFFFFFFFFF", ulong.MaxValue, PtxImmediateKind.Integer)]
    [TestCase("18446744073709551615U", ulong.MaxValue, PtxImmediateKind.Integer)]
    [TestCase("-9223372036854775808", 0x8000000000000000UL, PtxImmediateKind.Integer)]
    [TestCase("017", 15UL, PtxImmediateKind.Integer)]
    [TestCase("01777777777777777777777U", ulong.MaxValue, PtxImmediateKind.Integer)]
    [TestCase("0b1011U", 11UL, PtxImmediateKind.Integer)]
    [TestCase("WARP_SZ", 32UL, PtxImmediateKind.Integer)]
    [TestCase("0f3F800000", 0x3F800000UL, PtxImmediateKind.Float32)]
    [TestCase("0Fff800000", 0xFF800000UL, PtxImmediateKind.Float32)]
    [TestCase("-0f3F800000", 0xBF800000UL, PtxImmediateKind.Float32)]
    [TestCase("0d7FF0000000000000", 0x7FF0000000000000UL, PtxImmediateKind.Float64)]
    [TestCase("1.5", 0x3FF8000000000000UL, PtxImmediateKind.Float64)]
    [TestCase("-1e-1", 0xBFB999999999999AUL, PtxImmediateKind.Float64)]
    [TestCase("2.E+1", 0x4034000000000000UL, PtxImmediateKind.Float64)]
    public void Numbers_keep_their_bits_and_kind(string text, ulong bits, PtxImmediateKind kind) =>
        Assert.That(Operands($"mov.b64 %d0, {text};")[1], Is.EqualTo(new PtxImmediate(bits, kind)));

    [TestCase("[%d1]", 0)]
    [TestCase("[%d1+16]", 16)]
    [TestCase("[%d1+-16]", -16)]
    [TestCase("[%d1-16]", -16)]
    [TestCase("[ %d1 + 0x10 ]", 16)]
    public void Addresses_have_a_base_and_an_offset(string text, int offset) =>
        Assert.That(Operands($"ld.global.u32 %r0, {text};")[1],
            Is.EqualTo(new PtxAddress(new PtxRegister("%d1"), offset)));

    [Test]
    public void Addresses_may_be_symbols_or_numbers()
    {
        Assert.That(Operands("ld.shared.u32 %r0, [tile+8];")[1],
            Is.EqualTo(new PtxAddress(new PtxSymbol("tile", 0), 8)));
        Assert.That(Operands("ld.param.u32 %r0, [in];")[1], Is.EqualTo(new PtxAddress(new PtxSymbol("in", 0), 0)));
        Assert.That(Operands("ld.shared.u32 %r0, [16];")[1],
            Is.EqualTo(new PtxAddress(new PtxImmediate(16, PtxImmediateKind.Integer), 0)));
        Assert.That(Operands("mov.u64 %d0, tile-8;")[1], Is.EqualTo(new PtxSymbol("tile", -8)));
    }

    [Test]
    public void Operands_may_be_vectors_pairs_sinks_and_negated_predicates()
    {
        Assert.That(Operands("mov.b64 {%r1, _}, %d0;")[0],
            Is.EqualTo(new PtxVector([new PtxRegister("%r1"), new PtxSink()])).Using<PtxOperand>(Same));
        Assert.That(Operands("shfl.sync.up.b32 %r1|%p2, %r0, 1, 0, -1;")[0],
            Is.EqualTo(new PtxPair(new PtxRegister("%r1"), new PtxRegister("%p2"))));
        Assert.That(Operands("setp.eq.and.s32 _|%p2, %r0, 1, !%p3;"), Is.EqualTo(new PtxOperand[]
        {
            new PtxPair(new PtxSink(), new PtxRegister("%p2")), new PtxRegister("%r0"),
            new PtxImmediate(1, PtxImmediateKind.Integer), new PtxNegated(new PtxRegister("%p3")),
        }));
        Assert.That(Operands("bar.sync 0;"), Is.EqualTo(new[] { new PtxImmediate(0, PtxImmediateKind.Integer) }));
        Assert.That(Operands("ret;"), Is.Empty);
        Assert.That(Only(Calls, "mma").Operands.Cast<PtxVector>().Select(v => v.Elements.Count),
            Is.EqualTo(new[] { 4, 4, 2, 4 }));
    }

    [Test]
    public void Calls_have_arguments_in_parentheses()
    {
        var function = Entry(".param .b32 r, a, b;\ncall.uni (r), f, (a, b);\ncall f;\ncall f, (a);");
        Assert.That(function.Instructions.Select(i => i.Operands.Count), Is.EqualTo(new[] { 3, 1, 2 }));
        Assert.That(function.Instructions[0].Operands[2],
            Is.EqualTo(new PtxArguments([new PtxSymbol("a", 0), new PtxSymbol("b", 0)])).Using<PtxOperand>(Same));
    }

    [Test]
    public void Labels_stand_before_an_instruction_or_at_the_end()
    {
        var function = Entry(".reg .pred p; @p bra END; START: bra.uni START; END: AGAIN:");
        var labels = new Dictionary<string, int> { ["START"] = 1, ["END"] = 2, ["AGAIN"] = 2 };
        Assert.That(function.Labels, Is.EqualTo(labels));
        Assert.That(function.Instructions[0].Operands, Is.EqualTo(new[] { new PtxSymbol("END", 0) }));
    }

    [Test]
    public void Tables_of_branches_hold_labels_in_order()
    {
        Assert.That(Calls.BranchTargets.Keys, Is.EqualTo(new[] { "$L_brx_0" }));
        Assert.That(Calls.BranchTargets["$L_brx_0"], Is.EqualTo(new[] { "$L__BB1_3", "$L__BB1_4", "$L__BB1_5" }));
        Assert.That(Only(Calls, "brx").Operands,
            Is.EqualTo(new PtxOperand[] { new PtxRegister("%r1"), new PtxSymbol("$L_brx_0", 0) }));
        Assert.That(Calls.Labels, Does.Not.ContainKey("$L_brx_0"));
    }

    [Test]
    public void What_braces_declare_again_gets_a_name_of_its_own()
    {
        var tests = Calls.Instructions.Where(i => i.Opcode == "setp" && i.Has("gt")).ToArray();
        Assert.That(tests.Select(i => i.Operands[0]),
            Is.EqualTo(new[] { new PtxRegister("p"), new PtxRegister("p#2"), new PtxRegister("%p3") }));
        var jumps = Calls.Instructions.Where(i => i.Guard?.Register.StartsWith('p') == true).ToArray();
        Assert.That(jumps.Select(i => i.Guard),
            Is.EqualTo(new[] { new PtxGuard("p", true), new PtxGuard("p#2", false) }));
        Assert.That(jumps.Select(i => i.Operands[0]),
            Is.EqualTo(new[] { new PtxSymbol("DONE", 0), new PtxSymbol("DONE#2", 0) }));
        Assert.That(Calls.Labels["DONE#2"] - Calls.Labels["DONE"], Is.EqualTo(4));
        Assert.That(Calls.Registers["p#2"], Is.EqualTo(PtxType.Pred));
        Assert.That(Calls.Registers.Keys.Where(r => r.StartsWith("temp", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "temp_param_reg", "temp_param_reg#2" }));
        Assert.That(Calls.Variables.Select(v => v.Name).Where(v => v.StartsWith("param", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "param0", "param1", "param0#2", "param1#2" }));
        var arguments = new PtxArguments([new PtxSymbol("param0#2", 0), new PtxSymbol("param1#2", 0)]);
        Assert.That(Calls.Instructions.Last(i => i.Opcode == "call").Operands[2],
            Is.EqualTo(arguments).Using<PtxOperand>(Same));
    }

    [Test]
    public void Inner_names_hide_outer_ones_until_their_braces_close()
    {
        var function = Entry(".reg .b32 %r<2>; { .reg .b32 %r1; mov.b32 %r1, %r0; { .reg .b32 %r1; mov.b32 %r1, 1; } "
            + "mov.b32 %r1, 2; } mov.b32 %r1, 3;");
        Assert.That(function.Instructions.Select(i => ((PtxRegister)i.Operands[0]).Name),
            Is.EqualTo(new[] { "%r1#2", "%r1#3", "%r1#2", "%r1" }));
        Assert.That(function.Instructions[0].Text, Is.EqualTo("mov.b32 %r1, %r0"));
    }

    [Test]
    public void A_local_name_that_hides_one_of_the_module_gets_a_name_of_its_own()
    {
        var module = PtxParser.Parse("t.ptx", ".version 7.8\n.target sm_75\n.shared .b32 x;\n.entry f() {\n"
            + ".reg .b32 r; { .shared .b32 x; ld.shared.b32 r, [x]; } ld.shared.b32 r, [x]; }");
        Assert.That(module.Functions[0].Instructions.Select(i => ((PtxSymbol)((PtxAddress)i.Operands[1]).Base).Name),
            Is.EqualTo(new[] { "x#2", "x" }));
        Assert.That(module.Functions[0].Variables.Single().Name, Is.EqualTo("x#2"));
    }

    [Test]
    public void Source_lines_come_from_the_nearest_loc_and_the_table_at_the_end()
    {
        Assert.That(Sample.Functions[0].Instructions.Select(i => i.Source), Is.EqualTo(new SourceLocation?[]
        {
            new("tests/sample.cu", 22), new("tests/sample.cu", 22), new("tests/sample.cu", 22),
            new("tests/sample.cu", 22), new("tests/sample.cu", 22),
        }));
        // Inlined code: where it was written, not where it was inlined.
        Assert.That(Only(Calls, "mad").Source, Is.EqualTo(new SourceLocation("include/helper.h", 40)));
        Assert.That(Calls.Instructions[0].Source, Is.EqualTo(new SourceLocation("tests/sample.cu", 25)));
        // Line 0: the compiler's own code.
        Assert.That(Calls.Instructions.First(i => i.Opcode == "call").Source, Is.Null);
        Assert.That(Entry("ret;").Instructions[0].Source, Is.Null);
    }

    [Test]
    public void A_loc_may_name_its_function_with_an_offset()
    {
        var module = PtxParser.Parse("t.ptx", ".version 7.8\n.target sm_75\n.file 3 \"a b.cu\"\n.entry f()\n{\n"
            + ".loc 3 5 1\n.loc 3 7 1, function_name $L__info_string0+16, inlined_at 3 5 1\nret;\n}");
        Assert.That(module.Functions[0].Instructions[0].Source, Is.EqualTo(new SourceLocation("a b.cu", 7)));
    }

    /// <summary>Equality that looks into lists.</summary>
    static bool Same(PtxOperand a, PtxOperand b) => (a, b) switch
    {
        (PtxVector x, PtxVector y) => x.Elements.SequenceEqual(y.Elements),
        (PtxArguments x, PtxArguments y) => x.Elements.SequenceEqual(y.Elements),
        _ => a == b,
    };
}
