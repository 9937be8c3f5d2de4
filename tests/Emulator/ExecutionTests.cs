using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Checks;

namespace ZfNet.Tests.Emulator;

/// <summary>Control flow, barriers, memory spaces, atomics and shuffles, compared with what C# says.</summary>
[TestFixture]
public sealed class ExecutionTests
{
    private const string Thread = "mov.u32 %r1, %tid.x; mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ntid.x; mad.lo.u32 %r4, %r2, %r3, %r1;"
        + " mul.wide.u32 %d1, %r4, 4; add.s64 %d2, %p0_, %d1;";

    private static readonly int[] BlockSizes = [1, 31, 32, 33, 96, 255, 1024];

    private static string Kernel(string body, string before = "", int numbers = 0) =>
        EmulatorRun.Module("k", 1, numbers, $"{Thread}\n{body}\nret;", before);

    private static int[] Run(string ptx, LaunchShape shape, params int[] numbers)
    {
        using var run = new EmulatorRun(workers: 2);
        var count = (int)(shape.Grid.Count * shape.Block.Count);
        var buffer = run.Zeros(4 * count);
        run.Run(ptx, shape, [buffer, .. numbers.Select(number => (KernelArgument)number)]);
        run.AssertClean();
        return run.Read<int>(buffer, count);
    }

    [TestCaseSource(nameof(BlockSizes))]
    public void Lanes_loop_as_often_as_each_needs(int threads)
    {
        // Collatz steps of the thread's number: loops of different lengths with a branch inside.
        var ptx = Kernel("""
            add.u32 %r5, %r4, 1; mov.u32 %r6, 0;
            LOOP: setp.eq.u32 %q1, %r5, 1; @%q1 bra DONE;
            and.b32 %r7, %r5, 1; setp.eq.u32 %q2, %r7, 0; @%q2 bra EVEN;
            mad.lo.u32 %r5, %r5, 3, 1; bra NEXT;
            EVEN: shr.u32 %r5, %r5, 1;
            NEXT: add.u32 %r6, %r6, 1; bra LOOP;
            DONE: st.global.u32 [%d2], %r6;
            """);
        Assert.That(Run(ptx, new(new(3), new(threads))), Is.EqualTo(Enumerable.Range(1, 3 * threads).Select(Steps)));

        static int Steps(int n)
        {
            var steps = 0;
            for (long value = n; value != 1; steps++)
                value = value % 2 == 0 ? value / 2 : (3 * value) + 1;
            return steps;
        }
    }

    [Test]
    public void Indices_have_three_dimensions()
    {
        var ptx = EmulatorRun.Module("k", 1, 0, """
            mov.u32 %r1, %tid.x; mov.u32 %r2, %tid.y; mov.u32 %r3, %tid.z; mov.u32 %r4, %ntid.x; mov.u32 %r5, %ntid.y;
            mad.lo.u32 %r6, %r3, %r5, %r2; mad.lo.u32 %r6, %r6, %r4, %r1;
            mov.u32 %r7, %ctaid.x; mov.u32 %r8, %ctaid.y; mov.u32 %r9, %ctaid.z; mov.u32 %r10, %nctaid.x; mov.u32 %r11, %nctaid.y;
            mad.lo.u32 %r12, %r9, %r11, %r8; mad.lo.u32 %r12, %r12, %r10, %r7;
            mad.lo.u32 %r13, %r12, 30, %r6;
            mul.lo.u32 %r14, %r1, 2; mad.lo.u32 %r14, %r2, 10, %r14; mad.lo.u32 %r14, %r3, 100, %r14;
            mad.lo.u32 %r14, %r7, 1000, %r14; mad.lo.u32 %r14, %r8, 10000, %r14; mad.lo.u32 %r14, %r9, 100000, %r14;
            mul.wide.u32 %d1, %r13, 4; add.s64 %d1, %p0_, %d1; st.global.u32 [%d1], %r14; ret;
            """);
        var expected = from w in Enumerable.Range(0, 2) from v in Enumerable.Range(0, 3) from u in Enumerable.Range(0, 4)
                       from z in Enumerable.Range(0, 2) from y in Enumerable.Range(0, 5) from x in Enumerable.Range(0, 3)
                       select (2 * x) + (10 * y) + (100 * z) + (1000 * u) + (10000 * v) + (100000 * w);
        Assert.That(Run(ptx, new(new(4, 3, 2), new(3, 5, 2))), Is.EqualTo(expected));
    }

    [Test]
    public void A_table_of_branches_sends_each_lane_its_way()
    {
        var ptx = Kernel("""
            rem.u32 %r5, %r1, 4; mov.u32 %r6, 0;
            TABLE: .branchtargets A, B, C, D;
            brx.idx %r5, TABLE;
            A: add.u32 %r6, %r6, 1;
            B: add.u32 %r6, %r6, 10;
            C: add.u32 %r6, %r6, 100; bra END;
            D: mov.u32 %r6, 5;
            END: st.global.u32 [%d2], %r6;
            """);
        int[] expected = [111, 110, 100, 5];
        Assert.That(Run(ptx, new(new(1), new(45))), Is.EqualTo(Enumerable.Range(0, 45).Select(i => expected[i % 4])));
    }

    [Test]
    public void Functions_call_themselves_with_a_stack_for_each_lane()
    {
        const string fibonacci = """
            .func (.param .b32 result) fib(.param .b32 n)
            {
            .reg .pred %p<3>; .reg .b32 %x<6>;
            ld.param.b32 %x1, [n];
            setp.lt.s32 %p1, %x1, 2;
            mov.u32 %x4, %x1;
            @%p1 bra DONE;
            { .param .b32 a; .param .b32 b; sub.s32 %x2, %x1, 1; st.param.b32 [a], %x2; call.uni (b), fib, (a); ld.param.b32 %x3, [b]; }
            { .param .b32 a; .param .b32 b; sub.s32 %x2, %x1, 2; st.param.b32 [a], %x2; call.uni (b), fib, (a); ld.param.b32 %x4, [b]; }
            add.s32 %x4, %x3, %x4;
            DONE: st.param.b32 [result], %x4;
            ret;
            }
            """;
        var ptx = Kernel("""
            rem.u32 %r5, %r1, 11; setp.eq.u32 %q1, %r5, 3; mov.u32 %r6, -1; @%q1 bra SKIP;
            { .param .b32 a; .param .b32 b; st.param.b32 [a], %r5; call (b), fib, (a); ld.param.b32 %r6, [b]; }
            SKIP: st.global.u32 [%d2], %r6;
            """, fibonacci);
        int[] numbers = [0, 1, 1, -1, 3, 5, 8, 13, 21, 34, 55];
        Assert.That(Run(ptx, new(new(2), new(44))), Is.EqualTo(Enumerable.Range(0, 88).Select(i => numbers[i % 44 % 11])));
    }

    [Test]
    public void A_functions_registers_and_memory_are_zero_at_the_first_call_of_every_block()
    {
        const string counter = """
            .func (.param .b32 result) count()
            {
            .local .b32 calls; .reg .b32 %x<3>;
            add.u32 %x1, %x1, 1;
            ld.local.u32 %x2, [calls]; add.u32 %x2, %x2, 16; st.local.u32 [calls], %x2;
            add.u32 %x2, %x2, %x1;
            st.param.b32 [result], %x2;
            ret;
            }
            """;
        var ptx = Kernel("""
            { .param .b32 b; call.uni (b), count, (); ld.param.b32 %r6, [b]; }
            st.global.u32 [%d2], %r6;
            """, counter);
        Assert.That(Run(ptx, new(new(7), new(33))), Is.EqualTo(Enumerable.Repeat(17, 7 * 33)));
    }

    [Test]
    public void Recursion_without_end_is_reported()
    {
        const string endless = """
            .func f()
            {
            call f, ();
            ret;
            }
            """;
        using var run = new EmulatorRun();
        run.Run(Kernel("call f, ();", endless), new(new(1), new(1)), run.Zeros(4));
        Assert.That(run.Reports.Select(report => report.Kind), Is.EqualTo(new[] { CheckKind.CallDepth }));
    }

    [TestCaseSource(nameof(BlockSizes))]
    public void A_barrier_orders_what_warps_hand_over(int threads)
    {
        // Eight rounds of handing each value to the next thread.
        var ptx = Kernel("""
            mov.u32 %r5, ring; shl.b32 %r6, %r1, 2; add.u32 %r6, %r5, %r6;
            add.u32 %r7, %r1, 1; rem.u32 %r7, %r7, %r3; shl.b32 %r7, %r7, 2; add.u32 %r7, %r5, %r7;
            mov.u32 %r8, %r1; mov.u32 %r9, 0;
            LOOP: st.shared.u32 [%r6], %r8; bar.sync 0; ld.shared.u32 %r8, [%r7]; bar.sync 0;
            add.u32 %r9, %r9, 1; setp.lt.u32 %q1, %r9, 8; @%q1 bra LOOP;
            st.global.u32 [%d2], %r8;
            """, ".shared .align 4 .b8 ring[4096];");
        Assert.That(Run(ptx, new(new(1), new(threads))), Is.EqualTo(Enumerable.Range(0, threads).Select(i => (i + 8) % threads)));
    }

    [Test]
    public void Warps_meet_in_pairs_at_named_barriers()
    {
        // Warps 0 and 1 at barrier 1, warps 2 and 3 at barrier 2; the first of a pair writes, the second reads.
        var ptx = Kernel("""
            shr.u32 %r5, %r1, 6; add.u32 %r6, %r5, 1; and.b32 %r7, %r1, 63; mov.u32 %r8, box; shl.b32 %r9, %r5, 7;
            add.u32 %r8, %r8, %r9; and.b32 %r10, %r7, 31; shl.b32 %r10, %r10, 2; add.u32 %r8, %r8, %r10;
            setp.ge.u32 %q1, %r7, 32; @%q1 bra READ;
            st.shared.u32 [%r8], %r1; barrier.cta.arrive.aligned %r6, 64; bra END;
            READ: barrier.cta.sync.aligned %r6, 64; ld.shared.u32 %r11, [%r8]; st.global.u32 [%d2], %r11;
            END:
            """, ".shared .align 4 .b8 box[256];");
        var result = Run(ptx, new(new(1), new(128)));
        Assert.That(result, Is.EqualTo(Enumerable.Range(0, 128).Select(i => i % 64 >= 32 ? i - 32 : 0)));
    }

    [TestCase(1)]
    [TestCase(33)]
    [TestCase(100)]
    public void A_barrier_reduces_predicates(int threads)
    {
        var ptx = Kernel("""
            rem.u32 %r5, %r1, 3; setp.eq.u32 %q1, %r5, 0; setp.lt.u32 %q2, %r1, 1000;
            bar.red.popc.u32 %r6, 0, %q1; bar.red.and.pred %q3, 0, %q1; bar.red.or.pred %q4, 0, !%q2; bar.red.and.pred %q5, 0, %q2;
            selp.u32 %r7, 1000, 0, %q3; selp.u32 %r8, 2000, 0, %q4; selp.u32 %r9, 4000, 0, %q5;
            add.u32 %r6, %r6, %r7; add.u32 %r6, %r6, %r8; add.u32 %r6, %r6, %r9; st.global.u32 [%d2], %r6;
            """);
        var expected = ((threads + 2) / 3) + (threads == 1 ? 1000 : 0) + 4000;
        Assert.That(Run(ptx, new(new(1), new(threads))), Is.All.EqualTo(expected));
    }

    [Test]
    public void Lanes_of_one_warp_take_turns_at_a_lock()
    {
        // Each lane takes a lock that the others spin for: nobody may starve.
        var ptx = EmulatorRun.Module("k", 1, 0, """
            mov.u32 %r6, 0;
            SPIN: atom.global.cas.b32 %r5, [%p0_], 0, 1; setp.ne.u32 %q1, %r5, 0; @%q1 bra SPIN;
            membar.gl; ld.volatile.global.u32 %r7, [%p0_+4]; add.u32 %r7, %r7, 1; st.volatile.global.u32 [%p0_+4], %r7; membar.gl;
            atom.global.exch.b32 %r8, [%p0_], 0;
            ret;
            """);
        using var run = new EmulatorRun(workers: 2);
        var buffer = run.Zeros(8);
        run.Run(ptx, new(new(2), new(32)), buffer);
        run.AssertClean();
        Assert.That(run.Read<int>(buffer, 2), Is.EqualTo(new[] { 0, 64 }));
    }

    [Test]
    public void Generic_addresses_find_every_space()
    {
        var ptx = Kernel("""
            .local .align 8 .b8 mine[16];
            mov.u64 %d5, mine; cvta.local.u64 %d6, %d5; mov.u32 %r5, box; cvt.u64.u32 %d7, %r5; cvta.shared.u64 %d8, %d7;
            mul.wide.u32 %d9, %r1, 4; add.s64 %d8, %d8, %d9; cvta.global.u64 %d10, %d2;
            rem.u32 %r6, %r1, 3; setp.eq.u32 %q1, %r6, 0; setp.eq.u32 %q2, %r6, 1;
            selp.b64 %d11, %d6, %d8, %q1; selp.b64 %d11, %d10, %d11, %q2;
            add.u32 %r7, %r1, 100; st.u32 [%d11], %r7; ld.u32 %r8, [%d11];
            isspacep.local %q3, %d11; isspacep.shared %q4, %d11; isspacep.global %q5, %d11;
            selp.u32 %r9, 1000, 0, %q3; selp.u32 %r10, 2000, 0, %q4; selp.u32 %r11, 3000, 0, %q5;
            add.u32 %r8, %r8, %r9; add.u32 %r8, %r8, %r10; add.u32 %r8, %r8, %r11;
            cvta.to.global.u64 %d12, %d10; st.global.u32 [%d12], %r8;
            """, ".shared .align 4 .b8 box[256];");
        int[] spaces = [1000, 3000, 2000];
        Assert.That(Run(ptx, new(new(1), new(64))), Is.EqualTo(Enumerable.Range(0, 64).Select(i => i + 100 + spaces[i % 3])));
    }

    [Test]
    public void Constants_and_globals_have_their_initial_values_and_constants_cannot_be_written()
    {
        const string variables = ".const .align 4 .u32 table[4] = {7, 8, 9};\n.global .align 4 .u32 counter = 5;\n.global .align 4 .b8 zeros[8];";
        var ptx = Kernel("""
            mov.u64 %d5, table; and.b32 %r5, %r1, 3; mul.wide.u32 %d6, %r5, 4; add.s64 %d5, %d5, %d6; ld.const.u32 %r6, [%d5];
            ld.global.u32 %r7, [counter]; ld.global.u32 %r8, [zeros+4]; add.u32 %r6, %r6, %r7; add.u32 %r6, %r6, %r8;
            st.global.u32 [%d2], %r6;
            """, variables);
        Assert.That(Run(ptx, new(new(1), new(8))), Is.EqualTo(new[] { 12, 13, 14, 5, 12, 13, 14, 5 }));
        var bad = Kernel("mov.u64 %d5, table;\nst.global.u32 [%d5], %r1; // here", variables);
        using var run = new EmulatorRun();
        run.Run(bad, new(new(1), new(1)), run.Zeros(4));
        Assert.That(run.Only(CheckKind.OutOfBounds, bad, "// here").Sentence, Does.Contain("only be read"));
    }

    [Test]
    public void Narrow_types_widen_to_their_registers()
    {
        var ptx = EmulatorRun.Module("k", 2, 0, """
            ld.global.s8 %r1, [%p1_]; st.global.u32 [%p0_], %r1; ld.global.u8 %r2, [%p1_]; st.global.u32 [%p0_+4], %r2;
            ld.global.s16 %r3, [%p1_+2]; st.global.u32 [%p0_+8], %r3; ld.global.u16 %r4, [%p1_+2]; st.global.u32 [%p0_+12], %r4;
            ld.global.s8 %h1, [%p1_]; cvt.u32.u16 %r5, %h1; st.global.u32 [%p0_+16], %r5;
            ld.global.s32 %d1, [%p1_+4]; st.global.u64 [%p0_+24], %d1; ld.global.u32 %d2, [%p1_+4]; st.global.u64 [%p0_+32], %d2;
            ld.global.v4.u8 {%r6, %r7, %r8, _}, [%p1_]; st.global.v2.u32 [%p0_+40], {%r7, %r8}; st.global.u16 [%p0_+48], %r3;
            st.global.u8 [%p0_+50], %r3; ret;
            """);
        using var run = new EmulatorRun();
        var source = run.Buffer<byte>(0x81, 0x02, 0xFE, 0xFF, 0xF0, 0xFF, 0xFF, 0xFF);
        var target = run.Zeros(64);
        run.Run(ptx, new(new(1), new(3)), target, source);
        run.AssertClean();
        Assert.That(run.Read<uint>(target, 13), Is.EqualTo(new uint[]
        {
            0xFFFFFF81, 0x81, 0xFFFFFFFE, 0xFFFE, 0xFF81, 0, 0xFFFFFFF0, 0xFFFFFFFF, 0xFFFFFFF0, 0, 2, 0xFE, 0x00FEFFFE,
        }));
    }

    [TestCase("add.u32", 5u, 7u, 12u)]
    [TestCase("add.u32", 0xFFFFFFFFu, 2u, 1u)]
    [TestCase("min.s32", 0xFFFFFFFFu, 2u, 0xFFFFFFFFu)]
    [TestCase("min.u32", 0xFFFFFFFFu, 2u, 2u)]
    [TestCase("max.s32", 0x80000000u, 2u, 2u)]
    [TestCase("max.u32", 0x80000000u, 2u, 0x80000000u)]
    [TestCase("inc.u32", 5u, 7u, 6u)]
    [TestCase("inc.u32", 7u, 7u, 0u)]
    [TestCase("inc.u32", 9u, 7u, 0u)]
    [TestCase("dec.u32", 5u, 7u, 4u)]
    [TestCase("dec.u32", 0u, 7u, 7u)]
    [TestCase("dec.u32", 9u, 7u, 7u)]
    [TestCase("and.b32", 0xF0F0u, 0xFF00u, 0xF000u)]
    [TestCase("or.b32", 0xF0F0u, 0xFF00u, 0xFFF0u)]
    [TestCase("xor.b32", 0xF0F0u, 0xFF00u, 0x0FF0u)]
    [TestCase("exch.b32", 1u, 2u, 2u)]
    [TestCase("add.f32", 0x3FC00000u, 0x40100000u, 0x40700000u)]
    [TestCase("add.noftz.f16x2", 0x3C003E00u, 0x40003C00u, 0x42004100u)]
    [TestCase("add.noftz.bf16x2", 0x3F803FC0u, 0x40003F80u, 0x40404020u)]
    public void Atomics_give_the_old_value_and_leave_the_new(string operation, uint old, uint operand, uint expected)
    {
        foreach (var space in new[] { "global", "shared" })
        {
            var place = space == "global" ? "%p0_" : "box";
            var ptx = EmulatorRun.Module("k", 1, 1, $"""
                ld.global.u32 %r1, [%p0_]; st.shared.u32 [box], %r1;
                atom.{space}.{operation} %r2, [{place}], %n0_; st.global.u32 [%p0_+4], %r2;
                ld.{space}.u32 %r3, [{place}]; st.global.u32 [%p0_+8], %r3; ret;
                """, ".shared .align 4 .b8 box[4];");
            using var run = new EmulatorRun();
            var buffer = run.Buffer(old, 0u, 0u);
            run.Run(ptx, new(new(1), new(1)), buffer, operand);
            run.AssertClean();
            Assert.That(run.Read<uint>(buffer, 3)[1..], Is.EqualTo(new[] { old, expected }), space);
        }
    }

    [Test]
    public void Wide_atomics_work_too()
    {
        var ptx = EmulatorRun.Module("k", 1, 0, """
            atom.global.add.u64 %d1, [%p0_], 0x100000000; atom.global.min.s64 %d1, [%p0_+8], -5; atom.global.max.u64 %d1, [%p0_+16], -5;
            atom.global.cas.b64 %d2, [%p0_+24], 3, 77; atom.global.cas.b64 %d3, [%p0_+32], 3, 77; atom.global.exch.b64 %d4, [%p0_+40], 9;
            mov.f64 %g1, 0d3FF8000000000000; red.global.add.f64 [%p0_+48], %g1; ret;
            """);
        using var run = new EmulatorRun();
        var buffer = run.Buffer<long>(1, 3, 3, 3, 4, 4, BitConverter.DoubleToInt64Bits(2.25));
        run.Run(ptx, new(new(1), new(1)), buffer);
        run.AssertClean();
        Assert.That(run.Read<long>(buffer, 7), Is.EqualTo(new[]
        {
            0x100000001, -5, -5, 77, 4, 9, BitConverter.DoubleToInt64Bits(3.75),
        }));
    }

    [TestCase("up", 3, 0)]
    [TestCase("down", 5, 31)]
    [TestCase("bfly", 9, 31)]
    [TestCase("idx", 7, 31)]
    [TestCase("up", 2, 0x1800)]
    [TestCase("down", 3, 0x181F)]
    [TestCase("idx", 6, 0x181F)]
    [TestCase("bfly", 1, 0x100F)]
    public void Shuffles_take_from_the_lane_that_the_ISA_names(string mode, int lanes, int clamp)
    {
        var ptx = Kernel($"""
            add.u32 %r5, %r1, 100; shfl.sync.{mode}.b32 %r6|%q1, %r5, {lanes}, {clamp}, -1;
            selp.u32 %r7, 1000, 0, %q1; add.u32 %r6, %r6, %r7; st.global.u32 [%d2], %r6;
            """);
        Assert.That(Run(ptx, new(new(1), new(32))), Is.EqualTo(Enumerable.Range(0, 32).Select(Expected)));

        // The pseudo-code of the PTX ISA, section shfl.sync.
        int Expected(int lane)
        {
            int bound = clamp & 31, segment = (clamp >> 8) & 31;
            int last = (lane & segment) | (bound & ~segment & 31), first = lane & segment;
            var from = mode switch
            {
                "up" => lane - lanes,
                "down" => lane + lanes,
                "bfly" => lane ^ lanes,
                _ => first | (lanes & ~segment & 31),
            };
            var inRange = mode == "up" ? from >= last : from <= last;
            return (inRange ? from : lane) + 100 + (inRange ? 1000 : 0);
        }
    }

    [Test]
    public void Lanes_that_parted_meet_at_a_shuffle_again()
    {
        // Odd lanes come by a longer way; the sum over all needs every one of them.
        var ptx = Kernel("""
            and.b32 %r5, %r1, 1; setp.eq.u32 %q1, %r5, 0; mov.u32 %r6, %r1; @%q1 bra HOT;
            bra COLD;
            HOT:
            shfl.sync.bfly.b32 %r7, %r6, 1, 31, -1; add.u32 %r8, %r6, %r7; st.global.u32 [%d2], %r8; ret;
            COLD: mul.lo.u32 %r6, %r6, 10; bra HOT;
            """);
        Assert.That(Run(ptx, new(new(1), new(32))), Is.EqualTo(Enumerable.Range(0, 32).Select(i => (i & ~1) + (10 * (i | 1)))));
    }

    [Test]
    public void Votes_matches_and_reductions_count_the_lanes_named()
    {
        var ptx = Kernel("""
            setp.lt.u32 %q1, %r1, 20; vote.sync.ballot.b32 %r5, %q1, -1; vote.sync.all.pred %q2, %q1, -1; vote.sync.any.pred %q3, %q1, -1;
            vote.sync.uni.pred %q4, !%q1, -1; rem.u32 %r6, %r1, 3; match.any.sync.b32 %r7, %r6, -1; match.all.sync.b32 %r8|%q5, %r3, -1;
            redux.sync.add.s32 %r9, %r1, -1; redux.sync.min.s32 %r10, %r6, -1; redux.sync.xor.b32 %r11, %r1, -1; activemask.b32 %r12;
            xor.b32 %r5, %r5, %r7; xor.b32 %r5, %r5, %r8; add.u32 %r5, %r5, %r9; add.u32 %r5, %r5, %r10; add.u32 %r5, %r5, %r11;
            add.u32 %r5, %r5, %r12; selp.u32 %r13, 1, 0, %q2; selp.u32 %r14, 2, 0, %q3; selp.u32 %r15, 4, 0, %q4; selp.u32 %r16, 8, 0, %q5;
            add.u32 %r5, %r5, %r13; add.u32 %r5, %r5, %r14; add.u32 %r5, %r5, %r15; add.u32 %r5, %r5, %r16; st.global.u32 [%d2], %r5;
            """).Replace(".target sm_75", ".target sm_80", StringComparison.Ordinal);
        uint[] classes = [0x49249249, 0x92492492, 0x24924924];
        var expected = Enumerable.Range(0, 32).Select(i =>
            unchecked((int)((0xFFFFFu ^ classes[i % 3] ^ 0xFFFFFFFFu) + 496 + 0 + 0 + 0xFFFFFFFFu + 2 + 8)));
        Assert.That(Run(ptx, new(new(1), new(32))), Is.EqualTo(expected));
    }

    [Test]
    public void The_same_bits_come_out_for_one_worker_and_two()
    {
        var ptx = Kernel("""
            mov.u32 %r5, 0; mov.u32 %r6, %r4;
            LOOP: mad.lo.u32 %r6, %r6, 1664525, 1013904223; add.u32 %r5, %r5, 1; and.b32 %r7, %r4, 63; setp.le.u32 %q1, %r5, %r7; @%q1 bra LOOP;
            st.global.u32 [%d2], %r6; red.global.add.u32 [%p0_+40000], %r6;
            """);
        int[] Result(int workers)
        {
            using var run = new EmulatorRun(workers: workers);
            var buffer = run.Zeros(40004);
            run.Run(ptx, new(new(40), new(250)), buffer);
            run.AssertClean();
            return run.Read<int>(buffer, 10001);
        }

        Assert.That(Result(2), Is.EqualTo(Result(1)));
    }
}
