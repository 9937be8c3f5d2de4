using System.Text;
using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.PtxEmulator;
using ZfNet.PtxEmulator.Checks;
using ZfNet.PtxEmulator.Syntax;

namespace ZfNet.Tests.Emulator;

/// <summary>The runtime seam: memory, modules, launches, streams, events, graphs, the matrix product, and how each fails.</summary>
[TestFixture]
public sealed unsafe class SoftwareGpuTests
{
    // Adds n0 to each of the first 32 elements of p0.
    private static readonly string Add = EmulatorRun.Module("k", 1, 1, """
        mov.u32 %r1, %tid.x; mul.wide.u32 %d1, %r1, 4; add.s64 %d1, %p0_, %d1;
        ld.global.u32 %r2, [%d1]; add.u32 %r2, %r2, %n0_; st.global.u32 [%d1], %r2; ret;
        """);

    private static readonly LaunchShape OneWarp = new(new(1), new(32));

    private static IGpuKernel Load(SoftwareGpu gpu, string ptx) =>
        gpu.LoadModule("test.ptx", Encoding.ASCII.GetBytes(ptx)).FindKernel("k");

    [Test]
    public void Memory_runs_out_and_comes_back()
    {
        using var gpu = new SoftwareGpu(new() { TotalMemory = 1 << 20 });
        var first = gpu.Allocate(600_000);
        Assert.That(first.Address % 256, Is.Zero);
        Assert.That(gpu.FreeMemory, Is.EqualTo((1 << 20) - 600_064));
        Assert.That(() => gpu.Allocate(600_000), Throws.TypeOf<GpuOutOfMemoryException>()
            .With.Message.EqualTo("Allocate was asked for 600000 bytes; 448512 of 1048576 bytes are free."));
        Assert.That(() => gpu.Allocate(long.MaxValue), Throws.TypeOf<GpuOutOfMemoryException>());
        Assert.That(() => gpu.Allocate(0), Throws.TypeOf<GpuException>());
        gpu.Free(first);
        var second = gpu.Allocate(600_000);
        Assert.That(second.Address, Is.GreaterThan(first.Address + 600_000), "an address is never used again");
        gpu.Free(second);
        Assert.That(gpu.FreeMemory, Is.EqualTo(1 << 20));
    }

    [Test]
    public void What_is_not_given_back_is_a_leak()
    {
        var gpu = new SoftwareGpu();
        gpu.Allocate(100);
        var kept = gpu.Allocate(100);
        gpu.Free(kept);
        var fault = Assert.Throws<EmulatorFaultException>(gpu.Dispose);
        Assert.That(fault!.Reports.Select(report => report.Kind), Is.EqualTo(new[] { CheckKind.Leak }));
        Assert.That(fault.Message, Does.StartWith("Leak: allocation 1 (100 bytes"));
        Assert.That(gpu.Dispose, Throws.Nothing);
    }

    [Test]
    public void Giving_back_twice_or_what_was_never_given_is_told()
    {
        using var gpu = new SoftwareGpu();
        var pointer = gpu.Allocate(100);
        gpu.Free(pointer);
        gpu.Free(pointer);
        var fault = Assert.Throws<EmulatorFaultException>(gpu.Synchronize);
        Assert.That(fault!.Reports.Select(report => report.Kind), Is.EqualTo(new[] { CheckKind.DoubleFree }));
        Assert.That(gpu.Synchronize, Throws.Nothing, "a fault is thrown once");
        Assert.That(() => gpu.Free(new(0x1234)), Throws.TypeOf<GpuException>().With.Message.Contains("where no allocation starts"));
        Assert.That(() => gpu.Free(pointer + 4), Throws.TypeOf<GpuException>());
    }

    [Test]
    public void Copies_are_checked_for_bounds_freed_memory_and_unwritten_bytes()
    {
        using var run = new EmulatorRun();
        var gpu = run.Gpu;
        var buffer = run.Empty(16);
        var gone = gpu.Allocate(16);
        gpu.Free(gone);
        var host = stackalloc byte[32];
        gpu.CopyToDevice(buffer, host, 17, gpu.DefaultStream);
        gpu.CopyToHost(host, buffer, 16, gpu.DefaultStream);
        gpu.CopyOnDevice(buffer, gone, 16, gpu.DefaultStream);
        gpu.Fill(buffer + 8, 1, 9, gpu.DefaultStream);
        Assert.That(run.Reports.Select(report => report.Kind), Is.EqualTo(new[]
        {
            CheckKind.OutOfBounds, CheckKind.UninitializedRead, CheckKind.UseAfterFree, CheckKind.OutOfBounds,
        }));
    }

    [Test]
    public void Copies_and_fills_move_bytes()
    {
        using var run = new EmulatorRun();
        var gpu = run.Gpu;
        DevicePointer a = run.Buffer<byte>(1, 2, 3, 4, 5, 6, 7, 8), b = run.Zeros(8);
        gpu.CopyOnDevice(b + 2, a + 1, 4, gpu.DefaultStream);
        gpu.Fill(b + 7, 9, 1, gpu.DefaultStream);
        Assert.That(run.Read<byte>(b, 8), Is.EqualTo(new byte[] { 0, 0, 2, 3, 4, 5, 0, 9 }));
        run.AssertClean();
    }

    [Test]
    public void A_kernels_faults_are_thrown_at_the_next_wait()
    {
        using var gpu = new SoftwareGpu();
        var buffer = gpu.Allocate(64);
        gpu.Fill(buffer, 0, 64, gpu.DefaultStream);
        var kernel = Load(gpu, Add);
        gpu.Launch(kernel, OneWarp, gpu.DefaultStream, buffer, 1);
        var fault = Assert.Throws<EmulatorFaultException>(gpu.Synchronize);
        Assert.That(fault!.Reports.Select(report => report.Kind), Is.All.EqualTo(CheckKind.OutOfBounds));
        Assert.That(fault.Message, Does.Contain("k, test.ptx:").And.Contain("allocation 1 (64 bytes)").And.Contain("1 more kinds"));
        gpu.Launch(kernel, OneWarp with { Block = new(16) }, gpu.DefaultStream, buffer, 1);
        Assert.That(gpu.Synchronize, Throws.Nothing);
        gpu.Free(buffer);
    }

    [Test]
    public void Arguments_must_be_the_kernels()
    {
        using var run = new EmulatorRun();
        var kernel = run.Load(Add);
        var buffer = run.Zeros(128);
        Assert.That(
            () => run.Gpu.Launch(kernel, OneWarp, run.Gpu.DefaultStream, buffer),
            Throws.TypeOf<GpuException>().With.Message.EqualTo("Kernel k takes 2 arguments, 1 was given."));
        Assert.That(
            () => run.Gpu.Launch(kernel, OneWarp, run.Gpu.DefaultStream, buffer, 1, 2),
            Throws.TypeOf<GpuException>().With.Message.EqualTo("Kernel k takes 2 arguments, 3 were given."));
        Assert.That(
            () => run.Gpu.Launch(kernel, OneWarp, run.Gpu.DefaultStream, 1, buffer),
            Throws.TypeOf<GpuException>().With.Message.EqualTo("Argument 1 of kernel k (p0) has 8 bytes, 4 were given."));
    }

    [TestCase(0, 1, 1, 32, 1, 1, 0, "a grid of")]
    [TestCase(1, 70000, 1, 32, 1, 1, 0, "a grid of")]
    [TestCase(1, 1, 1, 0, 1, 1, 0, "blocks of")]
    [TestCase(1, 1, 1, 1, 1, 65, 0, "blocks of")]
    [TestCase(1, 1, 1, 32, 33, 1, 0, "1056 threads a block; it takes 1024")]
    [TestCase(1, 1, 1, 32, 1, 1, 49153, "dynamic shared memory")]
    [TestCase(1, 1, 1, 32, 1, 1, -4, "dynamic shared memory")]
    public void Launches_that_a_device_would_refuse_are_refused(int gx, int gy, int gz, int bx, int by, int bz, int shared, string words)
    {
        using var gpu = new SoftwareGpu();
        var buffer = gpu.Allocate(128);
        var fault = Assert.Throws<EmulatorFaultException>(
            () => gpu.Launch(Load(gpu, Add), new(new(gx, gy, gz), new(bx, by, bz), shared), gpu.DefaultStream, buffer, 1));
        Assert.That(fault!.Reports.Single().Kind, Is.EqualTo(CheckKind.LaunchLimit));
        Assert.That(fault.Message, Does.Contain(words));
        Assert.That(gpu.Synchronize, Throws.Nothing);
        gpu.Free(buffer);
    }

    [Test]
    public void A_kernels_own_limits_hold()
    {
        using var run = new EmulatorRun();
        var limited = Add.Replace(")\n{", ")\n.maxntid 64, 1, 1\n{", StringComparison.Ordinal);
        var kernel = run.Load(limited);
        Assert.That(kernel.MaxThreadsPerBlock, Is.EqualTo(64));
        run.Gpu.Launch(kernel, new(new(1), new(65)), run.Gpu.DefaultStream, run.Zeros(4), 1);
        Assert.That(run.Reports.Single().Sentence, Does.Contain("65 threads a block; it takes 64 at most"));
        var shared = EmulatorRun.Module("k", 0, 0, "ret;", "").Replace("ret;", ".shared .align 4 .b8 a[40000]; mov.u32 %r1, a; ret;", StringComparison.Ordinal);
        kernel = run.Load(shared);
        Assert.That(kernel.StaticSharedBytes, Is.EqualTo(40000));
        run.Gpu.Launch(kernel, OneWarp with { DynamicSharedBytes = 10000 }, run.Gpu.DefaultStream);
        Assert.That(run.Reports[^1].Kind, Is.EqualTo(CheckKind.LaunchLimit));
    }

    [Test]
    public void Modules_that_cannot_be_used_say_why()
    {
        using var gpu = new SoftwareGpu(new() { ComputeCapability = new(7, 5) });
        Assert.That(
            () => gpu.LoadModule("new.ptx", Encoding.ASCII.GetBytes(Add.Replace("sm_75", "sm_80", StringComparison.Ordinal))),
            Throws.TypeOf<GpuModuleException>().With.Message.EqualTo("Module new.ptx is for sm_80; the device has compute capability 7.5."));
        Assert.That(
            () => gpu.LoadModule("cut.ptx", Encoding.ASCII.GetBytes(Add[..^20])),
            Throws.TypeOf<GpuModuleException>().With.InnerException.TypeOf<PtxException>().And.Message.StartsWith("cut.ptx:"));
        var module = gpu.LoadModule("test.ptx", Encoding.ASCII.GetBytes(Add));
        Assert.That(
            () => module.FindKernel("gone"),
            Throws.TypeOf<GpuModuleException>().With.Message.EqualTo("Module test.ptx has no kernel \"gone\"."));
        module.Dispose();
        Assert.That(() => module.FindKernel("k"), Throws.TypeOf<ObjectDisposedException>());
    }

    [TestCase("tex.2d.v4.f32.f32 {%f1, %f2, %f3, %f4}, [t, {%f1, %f2}];")]
    [TestCase("wgmma.fence.sync.aligned;")]
    [TestCase("ld.global.sparkling.u32 %r1, [%p0_];")]
    [TestCase("add.u33 %r1, %r1, %r1;")]
    [TestCase("atom.global.min.f32 %f1, [%p0_], %f1;")]
    [TestCase("mov.u32 %r1, %pm0;")]
    public void An_instruction_that_is_not_known_is_named_with_its_line_and_kernel(string instruction)
    {
        var ptx = EmulatorRun.Module("k", 1, 0, $"add.u32 %r2, %r1, 1;\n{instruction}\nret;", ".global .texref t;");
        if (!instruction.StartsWith("tex", StringComparison.Ordinal))
            ptx = ptx.Replace(".global .texref t;", "", StringComparison.Ordinal);
        using var run = new EmulatorRun();
        var fault = Assert.Throws<GpuModuleException>(() => run.Load(ptx));
        Assert.That(fault!.Message, Does.StartWith("test.ptx:"));
        if (fault.Message.Contains("of kernel", StringComparison.Ordinal))
        {
            Assert.That(fault.Message, Does.Contain("of kernel k cannot be run")
                .And.Contain($"test.ptx:{EmulatorRun.LineOf(ptx, instruction)}:"));
        }
        else
        {
            Assert.That(instruction, Does.StartWith("tex"), "only textures stop the parser: " + fault.Message);
        }
    }

    [Test]
    public void An_instruction_that_cannot_be_run_is_said_in_one_sentence()
    {
        var ptx = EmulatorRun.Module("k", 1, 0, "mul.s32 %r1, %r1, %r1;\nret;");
        using var run = new EmulatorRun();
        Assert.That(
            () => run.Load(ptx),
            Throws.TypeOf<GpuModuleException>().With.Message.EqualTo(
                $"test.ptx:{EmulatorRun.LineOf(ptx, "mul.s32")}: \"mul.s32 %r1, %r1, %r1\" of kernel k cannot be run: "
                + "it needs .lo, .hi or .wide."));
    }

    [Test]
    public void Only_the_kernel_that_is_asked_for_must_be_known()
    {
        var ptx = Add + "\n.visible .entry strange() { wgmma.fence.sync.aligned; ret; }";
        using var run = new EmulatorRun();
        Assert.That(() => run.Load(ptx), Throws.Nothing);
        Assert.That(() => run.Load(ptx, "strange"), Throws.TypeOf<GpuModuleException>().With.Message.Contains("wgmma"));
    }

    [Test]
    public void Work_on_streams_is_in_order_and_events_tell_the_time()
    {
        using var run = new EmulatorRun();
        var gpu = run.Gpu;
        var kernel = run.Load(Add);
        var buffer = run.Zeros(128);
        using var stream = gpu.CreateStream();
        using IGpuEvent start = gpu.CreateEvent(), end = gpu.CreateEvent();
        Assert.That(() => end.MillisecondsSince(start), Throws.TypeOf<GpuException>());
        start.Record(stream);
        for (var i = 1; i <= 4; i++)
            gpu.Launch(kernel, OneWarp, stream, buffer, i);
        end.Record(stream);
        gpu.DefaultStream.Wait(end);
        end.Synchronize();
        stream.Synchronize();
        Assert.That(run.Read<int>(buffer, 32), Is.All.EqualTo(10));
        Assert.That(end.MillisecondsSince(start), Is.GreaterThan(0));
        Assert.That(start.MillisecondsSince(end), Is.LessThan(0));
    }

    [Test]
    public void Captured_work_runs_when_its_graph_is_launched()
    {
        using var run = new EmulatorRun();
        var gpu = run.Gpu;
        var kernel = run.Load(Add);
        DevicePointer buffer = run.Zeros(128), copy = run.Zeros(128);
        using IGpuStream stream = gpu.CreateStream(), side = gpu.CreateStream();
        using IGpuEvent fork = gpu.CreateEvent(), join = gpu.CreateEvent();
        var host = new int[32];
        Array.Fill(host, 100);
        stream.BeginCapture();
        fixed (int* from = host)
            gpu.CopyToDevice(buffer, from, 128, stream);
        Array.Fill(host, -1);
        gpu.Launch(kernel, OneWarp, stream, buffer, 1);
        fork.Record(stream);
        side.Wait(fork);
        gpu.Launch(kernel, OneWarp, side, buffer, 2);
        join.Record(side);
        stream.Wait(join);
        gpu.CopyOnDevice(copy, buffer, 128, stream);
        Assert.That(stream.Synchronize, Throws.TypeOf<GpuException>());
        Assert.That(join.Synchronize, Throws.TypeOf<GpuException>());
        Assert.That(stream.BeginCapture, Throws.TypeOf<GpuException>());
        Assert.That(side.EndCapture, Throws.TypeOf<GpuException>());
        using (var graph = stream.EndCapture())
        {
            Assert.That(run.Read<int>(copy, 32), Is.All.Zero, "nothing has run yet");
            graph.Launch(gpu.DefaultStream);
            Assert.That(run.Read<int>(copy, 32), Is.All.EqualTo(103));
            gpu.Fill(copy, 0, 128, side);
            graph.Launch(side);
            Assert.That(run.Read<int>(copy, 32), Is.All.EqualTo(103));
        }
        Assert.That(stream.EndCapture, Throws.TypeOf<GpuException>());
        run.AssertClean();
    }

    [Test]
    public void Things_of_another_device_are_refused()
    {
        using EmulatorRun one = new(), other = new();
        var kernel = one.Load(Add);
        Assert.That(
            () => other.Gpu.Launch(kernel, OneWarp, other.Gpu.DefaultStream, default(DevicePointer), 1), Throws.TypeOf<GpuException>());
        Assert.That(
            () => one.Gpu.Launch(kernel, OneWarp, other.Gpu.DefaultStream, default(DevicePointer), 1), Throws.TypeOf<GpuException>());
    }

    [Test]
    public void Matrix_products_are_those_of_plain_loops(
        [Values] bool transposeA, [Values] bool transposeB, [Values(DType.Float32, DType.Float64)] DType type,
        [Values(1, 2.5)] double alpha, [Values(0, 1, -0.5)] double beta)
    {
        const int m = 13, n = 17, k = 31, batch = 2;
        var random = new Random(3);
        int ldA = (transposeA ? m : k) + 2, ldB = (transposeB ? k : n) + 1, ldC = n + 3;
        int rowsA = transposeA ? k : m, rowsB = transposeB ? n : k;
        double[] a = Numbers(batch * rowsA * ldA), b = Numbers(rowsB * ldB), c = Numbers(batch * m * ldC);
        using var run = new EmulatorRun();
        DevicePointer pa = Upload(a), pb = Upload(b), pc = Upload(c);
        var shape = new GemmShape
        {
            DType = type, M = m, N = n, K = k, TransposeA = transposeA, TransposeB = transposeB, LdA = ldA, LdB = ldB, LdC = ldC,
            Alpha = alpha, Beta = beta, Batch = batch, StrideA = rowsA * ldA, StrideB = 0, StrideC = m * ldC,
        };
        run.Gpu.Gemm(shape, pa, pb, pc, run.Gpu.DefaultStream);
        run.AssertClean();
        var result = type == DType.Float32
            ? [.. run.Read<float>(pc, c.Length).Select(value => (double)value)]
            : run.Read<double>(pc, c.Length);
        for (var i = 0; i < c.Length; i++)
        {
            int z = i / (m * ldC), row = i % (m * ldC) / ldC, column = i % ldC;
            var expected = c[i];
            if (column < n)
            {
                var sum = 0.0;
                for (var p = 0; p < k; p++)
                {
                    var left = a[(z * rowsA * ldA) + (transposeA ? (p * ldA) + row : (row * ldA) + p)];
                    sum += left * b[transposeB ? (column * ldB) + p : (p * ldB) + column];
                }
                expected = (alpha * sum) + (beta * expected);
            }
            Assert.That(result[i], Is.EqualTo(expected).Within(type == DType.Float32 ? 2e-5 : 1e-12), $"element {i}");
        }

        double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (double)(float)((2 * random.NextDouble()) - 1))];

        DevicePointer Upload(double[] values) => type == DType.Float32
            ? run.Buffer<float>([.. values.Select(value => (float)value)])
            : run.Buffer<double>(values);
    }

    [Test]
    public void A_matrix_product_is_checked_like_a_kernel()
    {
        using var run = new EmulatorRun();
        var shape = new GemmShape { DType = DType.Float32, M = 4, N = 4, K = 4, LdA = 4, LdB = 4, LdC = 4 };
        DevicePointer a = run.Buffer<float>(new float[16]), small = run.Buffer<float>(new float[15]), empty = run.Empty(64);
        run.Gpu.Gemm(shape, a, a, empty, run.Gpu.DefaultStream);
        run.AssertClean();
        Assert.That(run.Read<float>(empty, 16), Is.All.Zero);
        run.Gpu.Gemm(shape, a, small, empty, run.Gpu.DefaultStream);
        Assert.That(run.Reports[^1].Kind, Is.EqualTo(CheckKind.OutOfBounds));
        run.Gpu.Gemm(shape, run.Empty(64), a, empty, run.Gpu.DefaultStream);
        Assert.That(run.Reports[^1].Kind, Is.EqualTo(CheckKind.UninitializedRead));
        Assert.That(() => run.Gpu.Gemm(shape with { LdA = 3 }, a, a, a, run.Gpu.DefaultStream), Throws.TypeOf<GpuException>());
        Assert.That(() => run.Gpu.Gemm(shape with { DType = DType.Int32 }, a, a, a, run.Gpu.DefaultStream), Throws.TypeOf<GpuException>());
    }

    [Test]
    public void Coverage_counts_what_ran_and_lists_what_did_not()
    {
        var ptx = EmulatorRun.Module("half_covered", 0, 1, """
            setp.eq.u32 %q1, %n0_, 0; @%q1 bra ZERO;
            mov.u32 %r1, 12345;
            ZERO: ret;
            """);
        using var run = new EmulatorRun();
        var module = run.Gpu.LoadModule("coverage.ptx", Encoding.ASCII.GetBytes(ptx));
        var kernel = module.FindKernel("half_covered");
        run.Gpu.Launch(kernel, OneWarp, run.Gpu.DefaultStream, 0);
        var before = Find();
        Assert.That(before.Covered, Is.EqualTo(before.Total - 1));
        Assert.That(before.Missing.Single().Text, Does.StartWith("mov.u32 %r1, 12345"));
        run.Gpu.Launch(kernel, OneWarp, run.Gpu.DefaultStream, 1);
        Assert.That(Find().Missing, Is.Empty);
        Assert.That(Find().Total, Is.EqualTo(5));

        static PtxEmulator.Coverage.KernelCoverage Find() =>
            PtxEmulator.Coverage.PtxCoverage.Snapshot().Single(entry => entry.Module == "coverage.ptx");
    }
}
