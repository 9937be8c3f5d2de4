using NUnit.Framework;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator.Checks;

namespace ZfNet.Tests.Emulator;

/// <summary>Each check by a kernel that breaks one rule, and its repaired twin.</summary>
[TestFixture]
public sealed class CheckTests
{
    private static readonly LaunchShape OneWarp = new(new(1), new(32));

    private const string Thread = "mov.u32 %r1, %tid.x; mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ntid.x; mad.lo.u32 %r4, %r2, %r3, %r1;"
        + " mul.wide.u32 %d1, %r4, 4; mul.wide.u32 %d2, %r1, 4;";

    private const string Shared = ".shared .align 16 .b8 tile[256];";

    private static string Kernel(string body, string before = "") =>
        EmulatorRun.Module("k", 1, 0, $"{Thread}\n{body}\nret;", before);

    [Test]
    public void A_store_past_the_end_is_out_of_bounds_and_touches_nothing()
    {
        var ptx = Kernel("add.s64 %d3, %p0_, %d1; st.global.u32 [%d3+4], %r1; // here");
        using var run = new EmulatorRun();
        DevicePointer buffer = run.Zeros(128), next = run.Zeros(128);
        run.Run(ptx, OneWarp, buffer);
        var report = run.Only(CheckKind.OutOfBounds, ptx, "// here");
        Assert.That(report.Thread, Is.EqualTo(new Extent(31, 0, 0)));
        Assert.That(report.Block, Is.EqualTo(new Extent(0, 0, 0)));
        Assert.That(report.Address, Is.EqualTo(buffer.Address + 128));
        Assert.That(report.Allocation, Is.EqualTo(new ReportedAllocation("allocation 1", 128, 128)));
        Assert.That(report.Kernel, Is.EqualTo("k"));
        Assert.That(run.Read<uint>(next, 32), Is.All.Zero);
        Assert.That(run.Read<uint>(buffer, 32)[31], Is.EqualTo(30));
    }

    [TestCase("ld.global.u32 %r5, [%p0_+128];", "128 bytes", 128)]
    [TestCase("ld.global.u32 %r5, [%p0_+-4];", "4 bytes before", -4)]
    [TestCase("st.global.v4.u32 [%p0_+128], {%r1, %r1, %r1, %r1};", "past the end", 128)]
    [TestCase("red.global.add.u32 [%p0_+128], 1;", "updates 4 bytes", 128)]
    public void Every_access_past_an_allocation_is_reported(string access, string words, long offset)
    {
        var ptx = Kernel($"setp.ne.u32 %q1, %r1, 3; @%q1 bra DONE;\n{access} // here\nDONE:");
        using var run = new EmulatorRun();
        run.Run(ptx, OneWarp, run.Zeros(128));
        var report = run.Only(CheckKind.OutOfBounds, ptx, "// here");
        Assert.That(report.Sentence, Does.Contain(words));
        Assert.That(report.Allocation?.Offset, Is.EqualTo(offset));
        Assert.That(report.Thread, Is.EqualTo(new Extent(3, 0, 0)));
    }

    [Test]
    public void A_load_out_of_bounds_gives_zero()
    {
        var ptx = Kernel("ld.global.u32 %r5, [%p0_+4096]; add.s64 %d3, %p0_, %d1; st.global.u32 [%d3], %r5;");
        using var run = new EmulatorRun();
        var buffer = run.Buffer<uint>([.. Enumerable.Repeat(7u, 32)]);
        run.Run(ptx, OneWarp, buffer);
        Assert.That(run.Read<uint>(buffer, 32), Is.All.Zero);
    }

    [Test]
    public void A_store_between_shared_variables_is_out_of_bounds()
    {
        var ptx = Kernel("mov.u32 %r5, tile; st.shared.u32 [%r5+256], %r1; // here", Shared);
        using var run = new EmulatorRun();
        run.Run(ptx, OneWarp, run.Zeros(4));
        var report = run.Only(CheckKind.OutOfBounds, ptx, "// here");
        Assert.That(report.Allocation, Is.EqualTo(new ReportedAllocation("tile", 256, 256)));
        Assert.That(report.Count, Is.EqualTo(32));
    }

    [Test]
    public void Dynamic_shared_memory_ends_where_the_launch_says()
    {
        var ptx = Kernel(
            "mov.u32 %r5, dynamic; shl.b32 %r6, %r1, 2; add.u32 %r5, %r5, %r6; st.shared.u32 [%r5], %r1; // here",
            ".extern .shared .align 16 .b8 dynamic[];");
        using var run = new EmulatorRun();
        run.Run(ptx, OneWarp with { DynamicSharedBytes = 128 }, run.Zeros(4));
        run.AssertClean();
        run.Run(ptx, OneWarp with { DynamicSharedBytes = 124 }, run.Zeros(4));
        Assert.That(run.Only(CheckKind.OutOfBounds, ptx, "// here").Thread, Is.EqualTo(new Extent(31, 0, 0)));
    }

    [Test]
    public void Local_memory_has_bounds()
    {
        var body = ".local .align 4 .b8 mine[16]; mov.u64 %d5, mine;\nadd.s64 %d6, %d5, %d2; st.local.u32 [%d6], %r1; // here";
        var ptx = Kernel(body);
        using var run = new EmulatorRun();
        run.Run(ptx, new(new(1), new(4)), run.Zeros(4));
        run.AssertClean();
        run.Run(ptx, new(new(1), new(5)), run.Zeros(4));
        run.Only(CheckKind.OutOfBounds, ptx, "// here");
    }

    [TestCase("ld.global.u32 %r5, [%p0_+2];")]
    [TestCase("ld.global.v2.u32 {%r5, %r6}, [%p0_+4];")]
    [TestCase("st.global.v4.f32 [%p0_+8], {%f1, %f1, %f1, %f1};")]
    [TestCase("st.shared.u64 [tile+4], %d1;")]
    [TestCase("atom.global.add.u32 %r5, [%p0_+1], 1;")]
    public void A_misaligned_access_is_reported(string access)
    {
        var ptx = Kernel($"mov.f32 %f1, 0f00000000;\n{access} // here", Shared);
        using var run = new EmulatorRun();
        run.Run(ptx, new(new(1), new(1)), run.Zeros(128));
        run.Only(CheckKind.Misaligned, ptx, "// here");
    }

    [Test]
    public void Use_after_free_names_what_it_was()
    {
        var ptx = Kernel("ld.global.u32 %r5, [%p0_+16]; // here");
        using var run = new EmulatorRun();
        var gone = run.Gpu.Allocate(64);
        run.Gpu.Free(gone);
        run.Run(ptx, OneWarp, gone);
        var report = run.Only(CheckKind.UseAfterFree, ptx, "// here");
        Assert.That(report.Allocation, Is.EqualTo(new ReportedAllocation("allocation 1", 64, 16)));
    }

    [Test]
    public void Global_memory_must_be_written_before_it_is_read_byte_by_byte()
    {
        var ptx = Kernel("add.s64 %d3, %p0_, %d1; ld.global.u32 %r5, [%d3]; // here");
        using var run = new EmulatorRun();
        var buffer = run.Empty(128);
        run.Gpu.Fill(buffer, 1, 127, run.Gpu.DefaultStream);
        run.Run(ptx, OneWarp, buffer);
        var report = run.Only(CheckKind.UninitializedRead, ptx, "// here");
        Assert.That(report.Thread, Is.EqualTo(new Extent(31, 0, 0)));
        Assert.That(report.Allocation?.Offset, Is.EqualTo(127));
    }

    [Test]
    public void What_a_kernel_wrote_may_be_read()
    {
        var ptx = Kernel("add.s64 %d3, %p0_, %d1; st.global.u32 [%d3], %r1; ld.global.u32 %r5, [%d3];");
        using var run = new EmulatorRun();
        var buffer = run.Empty(128);
        run.Run(ptx, OneWarp, buffer);
        Assert.That(run.Read<uint>(buffer, 32), Is.EqualTo(Enumerable.Range(0, 32)));
        run.AssertClean();
    }

    [Test]
    public void Shared_memory_is_unwritten_in_every_block()
    {
        var ptx = Kernel(
            "setp.ne.u32 %q1, %r2, 0; @%q1 bra READ; st.shared.u32 [tile], 5;\nREAD:\nld.shared.u32 %r5, [tile]; // here", Shared);
        using var run = new EmulatorRun();
        run.Run(ptx, new(new(2), new(1)), run.Zeros(4));
        Assert.That(run.Only(CheckKind.UninitializedRead, ptx, "// here").Block, Is.EqualTo(new Extent(1, 0, 0)));
    }

    [TestCase("", true)]
    [TestCase("bar.sync 0;", false)]
    public void Warps_that_share_memory_need_a_barrier(string barrier, bool races)
    {
        var ptx = Kernel(
            $"mov.u32 %r5, tile; shl.b32 %r6, %r1, 2; add.u32 %r7, %r5, %r6; st.shared.u32 [%r7], %r1;\n{barrier}\n"
            + "xor.b32 %r6, %r6, 128; add.u32 %r7, %r5, %r6; ld.shared.u32 %r8, [%r7]; // here\n"
            + "add.s64 %d3, %p0_, %d1; st.global.u32 [%d3], %r8;",
            Shared);
        using var run = new EmulatorRun(EmulatorChecks.All with { UninitializedReads = false });
        run.Run(ptx, new(new(1), new(64)), run.Zeros(256));
        if (races)
            Assert.That(run.Reports.Select(report => report.Kind), Has.Some.EqualTo(CheckKind.SharedRace));
        else
            run.AssertClean();
    }

    [TestCase("", true)]
    [TestCase("bar.warp.sync 0xffffffff;", false)]
    [TestCase("bar.sync 0;", false)]
    public void Lanes_of_a_warp_that_share_memory_need_a_barrier(string barrier, bool races)
    {
        var ptx = Kernel(
            $"mov.u32 %r5, tile; shl.b32 %r6, %r1, 2; add.u32 %r7, %r5, %r6; st.shared.u32 [%r7], %r1;\n{barrier}\n"
            + "xor.b32 %r6, %r6, 4; add.u32 %r7, %r5, %r6; ld.shared.u32 %r8, [%r7]; // here",
            Shared);
        using var run = new EmulatorRun();
        run.Run(ptx, OneWarp, run.Zeros(4));
        if (races)
        {
            var report = run.Only(CheckKind.SharedRace, ptx, "// here");
            Assert.That(report.OtherPtxLine, Is.EqualTo(EmulatorRun.LineOf(ptx, "st.shared.u32 [%r7]")));
            Assert.That(report.Count, Is.EqualTo(32));
        }
        else
        {
            run.AssertClean();
        }
    }

    [TestCase("%r1", true)]
    [TestCase("7", false)]
    public void Lanes_that_store_to_one_place_must_store_the_same(string value, bool races)
    {
        var ptx = Kernel($"st.global.u32 [%p0_], {value}; // here");
        using var run = new EmulatorRun();
        run.Run(ptx, OneWarp, run.Zeros(4));
        if (races)
            run.Only(CheckKind.GlobalRace, ptx, "// here");
        else
            run.AssertClean();
    }

    [TestCase(1)]
    [TestCase(2)]
    public void Blocks_of_a_launch_race_on_global_memory(int workers)
    {
        var ptx = Kernel("add.s64 %d3, %p0_, %d2; st.global.u32 [%d3], %r2; // here");
        using var run = new EmulatorRun(workers: workers);
        run.Run(ptx, new(new(16), new(32)), run.Zeros(128));
        var report = run.Only(CheckKind.GlobalRace, ptx, "// here");
        Assert.That(report.Sentence, Does.Contain("of block"));
        Assert.That(report.OtherPtxLine, Is.EqualTo(report.PtxLine));
    }

    [Test]
    public void A_read_races_with_a_write_of_another_block()
    {
        var ptx = Kernel(
            "setp.eq.u32 %q1, %r2, 0; @%q1 bra WRITE; ld.global.u32 %r5, [%p0_]; // here\nret;\nWRITE: st.global.u32 [%p0_], 5;");
        using var run = new EmulatorRun();
        run.Run(ptx, new(new(2), new(1)), run.Zeros(4));
        run.Only(CheckKind.GlobalRace, ptx, "// here");
    }

    [Test]
    public void Bytes_of_one_word_do_not_race_but_one_byte_does()
    {
        var ptx = Kernel("cvt.u64.u32 %d5, %r4; add.s64 %d3, %p0_, %d5; st.global.u8 [%d3], %r1; // here");
        using (var run = new EmulatorRun())
        {
            run.Run(ptx, new(new(3), new(33)), run.Zeros(99));
            run.AssertClean();
        }
        ptx = Kernel("cvt.u64.u32 %d5, %r1; add.s64 %d3, %p0_, %d5; st.global.u8 [%d3], %r1; // here");
        using (var run = new EmulatorRun())
        {
            run.Run(ptx, new(new(3), new(33)), run.Zeros(99));
            run.Only(CheckKind.GlobalRace, ptx, "// here");
        }
    }

    [Test]
    public void Launches_do_not_race_with_each_other_nor_atomics_with_atomics()
    {
        var ptx = Kernel("add.s64 %d3, %p0_, %d1; st.global.u32 [%d3], %r1; red.global.add.u32 [%p0_+1024], 1;");
        using var run = new EmulatorRun(workers: 2);
        var buffer = run.Zeros(1028);
        for (var i = 0; i < 3; i++)
            run.Run(ptx, new(new(8), new(32)), buffer);
        run.AssertClean();
        Assert.That(run.Read<uint>(buffer + 1024, 1)[0], Is.EqualTo(3 * 256));
    }

    [Test]
    public void An_atomic_races_with_a_plain_read()
    {
        var ptx = Kernel("red.global.add.u32 [%p0_], 1;\nld.global.u32 %r5, [%p0_]; // here");
        using var run = new EmulatorRun();
        run.Run(ptx, new(new(2), new(1)), run.Zeros(4));
        Assert.That(run.Reports.Select(report => report.Kind), Is.Not.Empty.And.All.EqualTo(CheckKind.GlobalRace));
    }

    [Test]
    public void The_last_block_may_read_what_others_published_with_a_fence_and_an_atomic()
    {
        // Each block writes its number, fences and counts; the last to count adds up.
        const string body = """
            st.global.u32 [%d4], %r2;
            membar.gl;
            atom.global.add.u32 %r5, [%p0_], 1;
            setp.ne.u32 %q1, %r5, 7; @%q1 bra DONE;
            membar.gl;
            mov.u32 %r6, 0; mov.u32 %r7, 0;
            LOOP: mul.wide.u32 %d5, %r7, 4; add.s64 %d5, %p0_, %d5; ld.global.u32 %r8, [%d5+4];
            add.u32 %r6, %r6, %r8; add.u32 %r7, %r7, 1; setp.lt.u32 %q2, %r7, 8; @%q2 bra LOOP;
            st.global.u32 [%p0_+64], %r6;
            DONE:
            """;
        var ptx = Kernel("add.s64 %d4, %p0_, %d1; add.s64 %d4, %d4, 4;\n" + body);
        using var run = new EmulatorRun(workers: 2);
        var buffer = run.Zeros(128);
        run.Run(ptx, new(new(8), new(1)), buffer);
        run.AssertClean();
        Assert.That(run.Read<uint>(buffer + 64, 1)[0], Is.EqualTo(28));
    }

    [Test]
    public void Half_a_warp_that_skips_a_barrier_is_reported()
    {
        var ptx = Kernel(
            "setp.ge.u32 %q1, %r1, 16; @%q1 bra SKIP;\nbar.sync 0; // here\nSKIP:\nadd.s64 %d3, %p0_, %d1; st.global.u32 [%d3], %r1;");
        using var run = new EmulatorRun();
        run.Run(ptx, OneWarp, run.Zeros(128));
        run.Only(CheckKind.BarrierDivergence, ptx, "// here");
    }

    [Test]
    public void A_predicated_barrier_is_reported()
    {
        var ptx = Kernel("setp.lt.u32 %q1, %r1, 16;\n@%q1 bar.sync 0; // here\nst.global.u32 [%p0_], 1;");
        using var run = new EmulatorRun();
        run.Run(ptx, OneWarp, run.Zeros(4));
        run.Only(CheckKind.BarrierDivergence, ptx, "// here");
    }

    [Test]
    public void A_whole_warp_that_skips_a_barrier_is_reported()
    {
        var ptx = Kernel(
            "setp.ge.u32 %q1, %r1, 32; @%q1 bra SKIP;\nbar.sync 0; // here\nSKIP:\nadd.s64 %d3, %p0_, %d1; st.global.u32 [%d3], %r1;");
        using var run = new EmulatorRun();
        run.Run(ptx, new(new(1), new(64)), run.Zeros(256));
        Assert.That(run.Only(CheckKind.BarrierDivergence, ptx, "// here").Thread, Is.EqualTo(new Extent(32, 0, 0)));
    }

    [Test]
    public void A_barrier_in_a_loop_of_different_lengths_is_reported()
    {
        const string body = """
            mov.u32 %r5, 0;
            LOOP:
            bar.sync 0; // here
            add.u32 %r5, %r5, 1; setp.le.u32 %q1, %r5, %r1; @%q1 bra LOOP;
            add.s64 %d3, %p0_, %d1; st.global.u32 [%d3], %r5;
            """;
        var ptx = Kernel(body);
        using var run = new EmulatorRun();
        run.Run(ptx, new(new(1), new(4)), run.Zeros(128));
        run.Only(CheckKind.BarrierDivergence, ptx, "// here");
    }

    [Test]
    public void Branches_with_a_barrier_each_are_reported()
    {
        var ptx = Kernel(
            "setp.ge.u32 %q1, %r1, 16; @%q1 bra OTHER;\nbar.sync 0; // here\nbra JOIN;\nOTHER:\nbar.sync 0;\nJOIN: st.global.u32 [%p0_], 1;");
        using var run = new EmulatorRun();
        run.Run(ptx, OneWarp, run.Zeros(4));
        Assert.That(run.Reports.Select(report => report.Kind), Is.Not.Empty.And.All.EqualTo(CheckKind.BarrierDivergence));
    }

    [TestCase(64, 20)]
    [TestCase(64, 40)]
    [TestCase(37, 5)]
    public void Threads_may_return_before_a_barrier(int threads, int stay)
    {
        const string body = """
            setp.ge.u32 %q1, %r1, %n0_; @%q1 bra END;
            mov.u32 %r5, tile; shl.b32 %r6, %r1, 2; add.u32 %r7, %r5, %r6; st.shared.u32 [%r7], %r1;
            bar.sync 0;
            sub.u32 %r8, %n0_, 1; sub.u32 %r8, %r8, %r1; shl.b32 %r8, %r8, 2; add.u32 %r8, %r5, %r8; ld.shared.u32 %r9, [%r8];
            add.s64 %d3, %p0_, %d1; st.global.u32 [%d3], %r9;
            END: ret;
            """;
        var ptx = EmulatorRun.Module("k", 1, 1, Thread + "\n" + body, Shared);
        using var run = new EmulatorRun();
        var buffer = run.Zeros(256);
        run.Run(ptx, new(new(1), new(threads)), buffer, stay);
        run.AssertClean();
        Assert.That(run.Read<int>(buffer, stay), Is.EqualTo(Enumerable.Range(0, stay).Reverse()));
    }

    [Test]
    public void A_barrier_that_waits_for_more_threads_than_come_is_a_deadlock()
    {
        var ptx = Kernel("bar.sync 1, 96; // here");
        using var run = new EmulatorRun();
        run.Run(ptx, new(new(1), new(64)), run.Zeros(4));
        Assert.That(run.Only(CheckKind.BarrierDeadlock, ptx, "// here").Sentence, Does.Contain("for ever"));
    }

    [Test]
    public void Warps_at_different_barriers_wait_for_ever()
    {
        var ptx = Kernel("setp.ge.u32 %q1, %r1, 32; @%q1 bra OTHER;\nbar.sync 1, 64; // here\nret;\nOTHER:\nbar.sync 2, 64; // there");
        using var run = new EmulatorRun();
        run.Run(ptx, new(new(1), new(64)), run.Zeros(4));
        Assert.That(run.Reports.Select(report => (report.Kind, report.PtxLine)), Is.EquivalentTo(new[]
        {
            (CheckKind.BarrierDeadlock, EmulatorRun.LineOf(ptx, "// here")),
            (CheckKind.BarrierDeadlock, EmulatorRun.LineOf(ptx, "// there")),
        }));
    }

    [Test]
    public void A_shuffle_that_waits_for_a_lane_elsewhere_is_a_deadlock()
    {
        var ptx = Kernel(
            "setp.ge.u32 %q1, %r1, 16; @%q1 bra OTHER;\nshfl.sync.idx.b32 %r5, %r1, 0, 31, -1; // here\nret;\nOTHER: bar.sync 0;");
        using var run = new EmulatorRun();
        run.Run(ptx, OneWarp, run.Zeros(4));
        Assert.That(run.Reports.Select(report => report.Kind), Has.Some.EqualTo(CheckKind.BarrierDeadlock));
    }

    [Test]
    public void An_endless_loop_is_ended()
    {
        var ptx = Kernel("LOOP: add.u32 %r5, %r5, 1;\nbra LOOP; // here");
        using var run = new EmulatorRun(EmulatorChecks.All with { InstructionBudget = 100_000 });
        run.Run(ptx, new(new(4), new(64)), run.Zeros(4));
        Assert.That(run.Reports, Has.Count.EqualTo(1));
        Assert.That(run.Reports[0].Kind, Is.EqualTo(CheckKind.RunawayLoop));
        Assert.That(run.Reports[0].PtxLine, Is.EqualTo(EmulatorRun.LineOf(ptx, "LOOP:")).Or.EqualTo(EmulatorRun.LineOf(ptx, "// here")));
    }

    [TestCase("bar.sync 0;")]
    [TestCase("bar.warp.sync -1;")]
    [TestCase("shfl.sync.idx.b32 %r5, %r1, 0, 31, -1;")]
    public void An_endless_loop_that_waits_for_others_is_ended(string wait)
    {
        var ptx = Kernel($"LOOP: {wait}\nbra LOOP;");
        using var run = new EmulatorRun(EmulatorChecks.All with { InstructionBudget = 10_000 });
        run.Run(ptx, new(new(1), new(64)), run.Zeros(4));
        Assert.That(run.Reports.Select(report => report.Kind), Is.EqualTo(new[] { CheckKind.RunawayLoop }));
    }

    [Test]
    public void A_trap_ends_the_launch()
    {
        var ptx = Kernel("setp.eq.u32 %q1, %r1, 5;\n@%q1 trap; // here\nst.global.u32 [%p0_], 1;");
        using var run = new EmulatorRun();
        var buffer = run.Zeros(4);
        run.Run(ptx, OneWarp, buffer);
        Assert.That(run.Only(CheckKind.Trap, ptx, "// here").Thread, Is.EqualTo(new Extent(5, 0, 0)));
        Assert.That(run.Read<int>(buffer, 1)[0], Is.Zero);
    }

    [Test]
    public void A_fault_is_one_report_with_a_count_and_others_follow()
    {
        var ptx = Kernel("ld.global.u32 %r5, [%p0_+64]; // first\nld.global.u32 %r5, [%p0_+68]; // second");
        using var run = new EmulatorRun();
        run.Run(ptx, new(new(3), new(32)), run.Zeros(64));
        Assert.That(run.Reports.Select(report => report.PtxLine), Is.EqualTo(new[]
        {
            EmulatorRun.LineOf(ptx, "// first"), EmulatorRun.LineOf(ptx, "// second"),
        }));
        Assert.That(run.Reports.Select(report => report.Count), Is.All.EqualTo(96));
    }

    [Test]
    public void Too_many_faults_end_the_launch()
    {
        var loads = string.Join('\n', Enumerable.Range(0, 10).Select(i => $"ld.global.u32 %r5, [%p0_+{64 + (4 * i)}];"));
        using var run = new EmulatorRun(EmulatorChecks.All with { MaxReports = 4 });
        run.Run(Kernel(loads), new(new(3), new(32)), run.Zeros(64));
        Assert.That(run.Reports, Has.Count.EqualTo(4));
    }

    [Test]
    public void Switched_off_checks_are_silent()
    {
        var ptx = Kernel("""
            ld.global.u32 %r5, [%p0_+64]; ld.global.u32 %r5, [%p0_+1]; ld.global.u32 %r5, [%p0_]; ld.shared.u32 %r6, [tile];
            st.shared.u32 [tile+256], %r1; st.shared.u32 [tile], %r1; st.global.u32 [%p0_], %r1;
            setp.lt.u32 %q1, %r1, 16; @%q1 bar.sync 0; st.global.u32 [%p0_+8], %r1;
            """, Shared);
        using var run = new EmulatorRun(EmulatorChecks.None);
        run.Run(ptx, new(new(2), new(32)), run.Empty(64));
        run.AssertClean();
    }
}
