using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>
/// The runtime on this machine's GPU; without one a skip with its reason, or with ZFNET_REQUIRE_GPU=1 a failure.
/// </summary>
[TestFixture]
public sealed class RealGpuTests
{
    private CudaDriverRuntime runtime = null!;
    private List<string> leaks = null!;

    [SetUp]
    public void Open()
    {
        leaks = [];
        if (Backends.NoGpu is { } reason)
        {
            if (Backends.GpuIsRequired)
                Assert.Fail($"ZFNET_REQUIRE_GPU is 1. {reason}");
            Assert.Ignore(reason);
        }
        runtime = CudaDriverRuntime.Open();
        runtime.Leaked = leaks.Add;
    }

    [TearDown]
    public void Close()
    {
        runtime?.Dispose();
        Assert.That(leaks, Is.Empty);
    }

    [Test]
    public void The_tests_that_run_on_every_backend_run_on_it_too() => Assert.That(Backends.All, Does.Contain("cuda"));

    [Test]
    public void Memory_is_counted_and_what_is_copied_there_comes_back([Values(1, 443, 5_000_001)] int count)
    {
        float[] sent = Numbers(count, 1), received = new float[count];
        var (a, b) = (Upload(sent), runtime.Allocate(count * sizeof(float)));
        runtime.CopyOnDevice(b, a, count * sizeof(float), runtime.DefaultStream);
        Download(b, received);
        Assert.That(received.AsSpan().SequenceEqual(sent));
        Assert.That(runtime.MemoryStatistics.InUse, Is.GreaterThanOrEqualTo(2L * count * sizeof(float)));
        Free(a, b);
    }

    [Test]
    public void Too_much_memory_is_refused_and_a_little_is_still_there()
    {
        Assert.That(
            () => runtime.Allocate(runtime.Description.TotalMemory * 4),
            Throws.TypeOf<GpuOutOfMemoryException>().With.Message.Contains("CUDA_ERROR_OUT_OF_MEMORY (2)"));
        Free(runtime.Allocate(1 << 20));
    }

    [Test]
    public void A_kernel_runs_and_is_timed()
    {
        using var kernels = new CudaKernels(runtime);
        using var start = runtime.CreateEvent();
        using var end = runtime.CreateEvent();
        float[] a = Numbers(1025, 1), b = Numbers(1025, 2), sum = new float[1025];
        var (da, db) = (Upload(a), Upload(b));
        start.Record(runtime.DefaultStream);
        kernels.Add(DType.Float32, da, db, da, 1025, runtime.DefaultStream);
        end.Record(runtime.DefaultStream);
        Download(da, sum);
        Assert.That(sum, Is.EqualTo(a.Zip(b, (x, y) => x + y)));
        Assert.That(end.MillisecondsSince(start), Is.GreaterThanOrEqualTo(0));
        Free(da, db);
    }

    [Test]
    public void Arguments_are_checked_where_the_driver_tells_them()
    {
        if (!runtime.Context.Driver.HasParameterInfo)
            Assert.Ignore("This driver does not tell the parameters of kernels; CUDA 12.4 does.");
        using var module = runtime.LoadModule("kernels.ptx", CudaKernels.Ptx());
        var kernel = module.FindKernel("fill_f32");
        Assert.That(
            () => runtime.Launch(kernel, new(new(1), new(32)), runtime.DefaultStream, 1f),
            Throws.TypeOf<GpuException>().With.Message.Contains("3 parameters"));
        Assert.That(
            () => runtime.Launch(kernel, new(new(1), new(32)), runtime.DefaultStream, 1.0, default(DevicePointer), 0L),
            Throws.TypeOf<GpuException>().With.Message.Contains("Argument 0"));
    }

    [Test]
    public void A_broken_text_comes_back_with_the_compilers_log()
    {
        var text = ".version 7.0\n.target sm_75\n.address_size 64\n.visible .entry k() { nonsense; }\n"u8.ToArray();
        Assert.That(
            () => runtime.LoadModule("broken.ptx", text),
            Throws.TypeOf<GpuModuleException>().With.Property(nameof(GpuModuleException.Log)).Not.Empty);
    }

    [Test]
    public void A_captured_graph_runs_again_with_memory_of_its_own()
    {
        using var kernels = new CudaKernels(runtime);
        var stream = runtime.DefaultStream;
        float[] x = Numbers(443, 1), y = new float[443];
        var (dx, dy) = (Upload(x), Upload(y));
        stream.BeginCapture();
        var temporary = runtime.Allocate(443 * sizeof(float));
        kernels.Scale(DType.Float32, 3, dx, temporary, 443, stream);
        kernels.Add(DType.Float32, dy, temporary, dy, 443, stream);
        runtime.Free(temporary);
        using (var graph = stream.EndCapture())
        {
            graph.Launch(stream);
            graph.Launch(stream);
            Download(dy, y);
        }
        Assert.That(y, Is.EqualTo(x.Select(value => 6 * value)));
        Free(dx, dy);
    }

    [Test]
    public void Another_stream_works_after_an_event()
    {
        using var kernels = new CudaKernels(runtime);
        using var stream = runtime.CreateStream();
        using var ready = runtime.CreateEvent();
        float[] x = Numbers(1 << 20, 1), y = new float[1 << 20];
        var dx = Upload(x);
        kernels.Scale(DType.Float32, 2, dx, dx, x.Length, runtime.DefaultStream);
        ready.Record(runtime.DefaultStream);
        stream.Wait(ready);
        kernels.Scale(DType.Float32, 2, dx, dx, x.Length, stream);
        stream.Synchronize();
        Download(dx, y);
        Assert.That(y, Is.EqualTo(x.Select(value => 4 * value)));
        Free(dx);
    }

    [Test]
    public void CuBLAS_multiplies_row_major_and_gives_the_same_bits_again(
        [Values(false, true)] bool transposeA, [Values(false, true)] bool transposeB)
    {
        if (runtime.NoGemm is { } reason)
            Assert.Ignore(reason);
        const int M = 33, N = 65, K = 127;
        var shape = new GemmShape
        {
            DType = DType.Float32,
            M = M,
            N = N,
            K = K,
            TransposeA = transposeA,
            TransposeB = transposeB,
            LdA = transposeA ? M : K,
            LdB = transposeB ? K : N,
            LdC = N,
        };
        float[] a = Numbers(M * K, 1, 4095), b = Numbers(K * N, 2, 8), c = new float[M * N], again = new float[M * N];
        var (da, db, dc) = (Upload(a), Upload(b), Upload(c));
        runtime.Gemm(shape, da, db, dc, runtime.DefaultStream);
        Download(dc, c);
        runtime.Gemm(shape, da, db, dc, runtime.DefaultStream);
        Download(dc, again);
        Assert.That(again.AsSpan().SequenceEqual(c), "two runs");
        for (var row = 0; row < M; row++)
        for (var column = 0; column < N; column++)
        {
            var sum = 0.0;
            for (var i = 0; i < K; i++)
            {
                var left = transposeA ? i * M + row : row * K + i;
                var right = transposeB ? column * K + i : i * N + column;
                sum += a[left] * (double)b[right];
            }
            // Exact in float32 in every order; twelve bits of a factor are more than TF32 holds.
            Assert.That(c[row * N + column], Is.EqualTo((float)sum));
        }
        Free(da, db, dc);
    }

    private static float[] Numbers(int count, int seed, int limit = 100)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-limit, limit + 1))];
    }

    private unsafe DevicePointer Upload(float[] values)
    {
        var block = runtime.Allocate(values.Length * sizeof(float));
        fixed (float* source = values)
            runtime.CopyToDevice(block, source, values.Length * sizeof(float), runtime.DefaultStream);
        return block;
    }

    private unsafe void Download(DevicePointer block, float[] values)
    {
        fixed (float* destination = values)
            runtime.CopyToHost(destination, block, values.Length * sizeof(float), runtime.DefaultStream);
    }

    private void Free(params ReadOnlySpan<DevicePointer> blocks)
    {
        foreach (var block in blocks)
            runtime.Free(block);
    }
}
