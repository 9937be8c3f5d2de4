using System.Numerics;
using NUnit.Framework;
using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;
using ZfNet.Kernels.Cuda.Driver;

namespace ZfNet.Tests.Cuda;

/// <summary>Row-major products through a cuBLAS that counts columns first, and what is set on its handle.</summary>
[TestFixture]
public sealed class GemmTests
{
    [Test]
    public void Every_form_of_the_product_is_row_major(
        [Values(false, true)] bool transposeA, [Values(false, true)] bool transposeB, [Values(1, 3)] int batch,
        [Values(0, 0.5)] double beta)
    {
        Check<float>(DType.Float32, transposeA, transposeB, batch, beta);
        Check<double>(DType.Float64, transposeA, transposeB, batch, beta);
    }

    [Test]
    public void The_handle_forbids_what_would_change_bits_and_keeps_its_workspace()
    {
        using var gpu = new FakeGpu(cublas: true);
        Assert.That(gpu.Runtime.NoGemm, Is.Null);
        Assert.That(gpu.Blas!.Calls.Skip(3), Is.EqualTo(new[]
        {
            "Create", "SetStream", "SetWorkspace(33554432)", "SetMathMode(Pedantic)", "SetAtomicsMode(NotAllowed)",
        }));
    }

    [TestCase("7.5", ExpectedResult = 4 << 20)]
    [TestCase("9.0", ExpectedResult = 32 << 20)]
    [TestCase("12.0", ExpectedResult = 32 << 20)]
    public long The_workspace(string capability) => CudaGemm.WorkspaceBytes(Version.Parse(capability));

    [Test]
    public void Each_stream_has_a_handle_and_one_is_made_before_a_capture()
    {
        using var gpu = new FakeGpu(cublas: true);
        using var stream = gpu.Runtime.CreateStream();
        Assert.That(gpu.Blas!.Handles, Is.EqualTo(1));
        stream.BeginCapture();
        Assert.That(gpu.Blas.Handles, Is.EqualTo(2));
        stream.EndCapture().Dispose();
    }

    [Test]
    public void Without_cuBLAS_the_reason_says_what_is_used_instead()
    {
        using var gpu = new FakeGpu();
        Assert.That(gpu.Runtime.NoGemm, Is.EqualTo("There is no cuBLAS on this machine. Using our own GEMM."));
        Assert.That(
            () => gpu.Runtime.Gemm(Shape(DType.Float32, 1, 1, 1), default, default, default, gpu.Stream),
            Throws.TypeOf<GpuException>().With.Message.EqualTo(gpu.Runtime.NoGemm));
    }

    [TestCase("Create")]
    [TestCase("SetWorkspace")]
    [TestCase("SetMathMode")]
    public void A_cuBLAS_that_does_not_start_is_a_reason_and_leaves_nothing(string entry)
    {
        using var driver = new FakeDriver();
        var blas = new FakeCublas(driver);
        var loaded = blas.Loaded;
        blas.Failures[entry] = CublasStatus.NotInitialized;
        using (var runtime = CudaDriverRuntime.Open(driver.Started, loaded, 0))
        {
            Assert.That(runtime.NoGemm, Does.StartWith($"cuBLAS 12.4.5 does not start: cublas{entry}")
                .And.Contain("failed: CUBLAS_STATUS_FAKE (1). Using our own GEMM."));
        }
        Assert.That(blas.Handles, Is.Zero);
        driver.AssertClean();
    }

    [Test]
    public void A_product_of_nothing_is_not_asked_for()
    {
        using var gpu = new FakeGpu(cublas: true);
        var before = gpu.Blas!.Calls.Count;
        gpu.Runtime.Gemm(Shape(DType.Float32, 0, 5, 5), default, default, default, gpu.Stream);
        gpu.Runtime.Gemm(Shape(DType.Float32, 5, 0, 5), default, default, default, gpu.Stream);
        gpu.Runtime.Gemm(Shape(DType.Float32, 5, 5, 5) with { Batch = 0 }, default, default, default, gpu.Stream);
        Assert.That(gpu.Blas.Calls, Has.Count.EqualTo(before));
    }

    [Test]
    public void A_failed_product_is_said_with_its_sizes()
    {
        using var gpu = new FakeGpu(cublas: true);
        var block = gpu.Runtime.Allocate(256);
        gpu.Blas!.Failures["Gemm"] = CublasStatus.NotSupported;
        Assert.That(
            () => gpu.Runtime.Gemm(Shape(DType.Float32, 2, 3, 4), block, block, block, gpu.Stream),
            Throws.TypeOf<GpuException>().With.Message.EqualTo(
                "cublasGemmStridedBatchedEx(Float32, 1 x 2 x 3 x 4) failed: CUBLAS_STATUS_FAKE (15)."));
        gpu.Blas.Failures["Gemm"] = CublasStatus.AllocFailed;
        Assert.That(
            () => gpu.Runtime.Gemm(Shape(DType.Float32, 2, 3, 4), block, block, block, gpu.Stream),
            Throws.TypeOf<GpuOutOfMemoryException>().With.Message.Contains("of 24 GiB free"));
        gpu.Runtime.Free(block);
    }

    [Test]
    public void A_product_of_integers_is_refused()
    {
        using var gpu = new FakeGpu(cublas: true);
        Assert.That(
            () => gpu.Runtime.Gemm(Shape(DType.Int32, 1, 1, 1), default, default, default, gpu.Stream),
            Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static GemmShape Shape(DType dtype, int m, int n, int k) =>
        new() { DType = dtype, M = m, N = n, K = k, LdA = k, LdB = n, LdC = n };

    private static unsafe void Check<T>(DType dtype, bool transposeA, bool transposeB, int batch, double beta)
        where T : unmanaged, INumber<T>
    {
        const int M = 5, N = 7, K = 3, Pad = 2;
        var shape = new GemmShape
        {
            DType = dtype,
            M = M,
            N = N,
            K = K,
            TransposeA = transposeA,
            TransposeB = transposeB,
            LdA = (transposeA ? M : K) + Pad,
            LdB = (transposeB ? K : N) + Pad,
            LdC = N + Pad,
            Alpha = 2,
            Beta = beta,
            Batch = batch,
            StrideA = 100,
            StrideB = 0,
            StrideC = 90,
        };
        using var gpu = new FakeGpu(cublas: true);
        T[] a = Values(100 * batch, 1), b = Values(100, 2), c = Values(90 * batch, 3);
        var expected = c.ToArray();
        for (var i = 0; i < batch; i++)
        for (var row = 0; row < M; row++)
        for (var column = 0; column < N; column++)
        {
            var sum = T.Zero;
            for (var j = 0; j < K; j++)
            {
                sum += a[i * 100 + (transposeA ? j * shape.LdA + row : row * shape.LdA + j)]
                    * b[transposeB ? column * shape.LdB + j : j * shape.LdB + column];
            }
            var target = i * 90 + row * shape.LdC + column;
            expected[target] = T.CreateChecked(2) * sum + T.CreateChecked(beta) * expected[target];
        }
        var size = sizeof(T);
        var da = gpu.Runtime.Allocate(a.Length * size);
        var db = gpu.Runtime.Allocate(b.Length * size);
        var dc = gpu.Runtime.Allocate(c.Length * size);
        fixed (T* pa = a, pb = b, pc = c)
        {
            gpu.Runtime.CopyToDevice(da, pa, a.Length * size, gpu.Stream);
            gpu.Runtime.CopyToDevice(db, pb, b.Length * size, gpu.Stream);
            gpu.Runtime.CopyToDevice(dc, pc, c.Length * size, gpu.Stream);
            gpu.Stream.Synchronize();
            gpu.Runtime.Gemm(shape, da, db, dc, gpu.Stream);
            gpu.Runtime.CopyToHost(pc, dc, c.Length * size, gpu.Stream);
        }
        // Small integers and halves: every order of the sum is exact.
        Assert.That(c, Is.EqualTo(expected));
        foreach (var block in new[] { da, db, dc })
            gpu.Runtime.Free(block);

        static T[] Values(int count, int seed)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, count).Select(_ => T.CreateChecked(random.Next(-8, 9)))];
        }
    }
}
