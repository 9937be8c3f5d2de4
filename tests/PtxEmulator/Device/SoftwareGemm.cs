using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.PtxEmulator.Device;

/// <summary>The matrix product of the seam: float32 by the CPU backend's kernels, float64 by plain loops.</summary>
internal sealed unsafe class SoftwareGemm(HostAccess host, int workers) : IDisposable
{
    private readonly KernelContext context = new(workers);

    /// <summary>Refuses shapes that no device takes.</summary>
    public static void ThrowIfImpossible(in GemmShape shape)
    {
        if (shape.DType is not (DType.Float32 or DType.Float64))
            throw new GpuException($"Gemm multiplies float32 and float64, not {shape.DType}.");
        if (shape.M < 0 || shape.N < 0 || shape.K < 0 || shape.Batch < 0 || shape.StrideA < 0 || shape.StrideB < 0
            || shape.StrideC < 0)
            throw new GpuException(
                $"Gemm was asked for {shape.Batch} products of {shape.M} x {shape.K} and {shape.K} x {shape.N} matrices; no size can be negative.");
        Check("A", shape.LdA, shape.TransposeA ? shape.M : shape.K);
        Check("B", shape.LdB, shape.TransposeB ? shape.K : shape.N);
        Check("C", shape.LdC, shape.N);

        static void Check(string name, int stride, int columns)
        {
            if (stride < Math.Max(1, columns))
                throw new GpuException(
                    $"Gemm was given {stride} elements between rows of {name}, which has {columns} columns.");
        }
    }

    /// <summary>Multiplies.</summary>
    public void Run(in GemmShape shape, DevicePointer a, DevicePointer b, DevicePointer c)
    {
        if (shape.M == 0 || shape.N == 0)
            return;
        long size = shape.DType.Size();
        var (rowsA, columnsA) = shape.TransposeA ? (shape.K, shape.M) : (shape.M, shape.K);
        var (rowsB, columnsB) = shape.TransposeB ? (shape.N, shape.K) : (shape.K, shape.N);
        var usesProduct = shape.Alpha != 0 && shape.K > 0;
        for (var i = 0; i < shape.Batch; i++)
        {
            var (atA, atB, atC) = (
                a + (i * shape.StrideA * size), b + (i * shape.StrideB * size), c + (i * shape.StrideC * size));
            byte* placeA = null, placeB = null;
            if (usesProduct)
            {
                placeA = Read("A", atA, rowsA, columnsA, shape.LdA, size);
                placeB = Read("B", atB, rowsB, columnsB, shape.LdB, size);
                if (placeA == null || placeB == null)
                    return;
            }
            var bytesC = Bytes(shape.M, shape.N, shape.LdC, size);
            if (host.Find(atC, bytesC, "Gemm writes C,") is not { } target)
                return;
            if (shape.Beta != 0)
            {
                for (var row = 0; row < shape.M; row++)
                    host.CheckWritten(target, atC + (row * shape.LdC * size), shape.N * size, "Gemm reads C,");
            }
            var placeC = HostAccess.Place(target, atC);
            if (shape.DType == DType.Float32)
                Single(shape, (float*)placeA, (float*)placeB, (float*)placeC);
            else
                Double(shape, (double*)placeA, (double*)placeB, (double*)placeC);
            for (var row = 0; row < shape.M; row++)
                target.MarkWritten((long)(atC.Address - target.Address) + (row * shape.LdC * size), shape.N * size);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose() => context.Dispose();

    private static long Bytes(long rows, long columns, long stride, long size) =>
        (((rows - 1) * stride) + columns) * size;

    private byte* Read(string name, DevicePointer pointer, int rows, int columns, int stride, long size)
    {
        var what = $"Gemm reads {name},";
        if (host.Find(pointer, Bytes(rows, columns, stride, size), what) is not { } allocation)
            return null;
        for (var row = 0; row < rows && allocation.Written != null; row++)
            host.CheckWritten(allocation, pointer + ((long)row * stride * size), columns * size, what);
        return HostAccess.Place(allocation, pointer);
    }

    private void Single(in GemmShape shape, float* a, float* b, float* c)
    {
        nint m = shape.M, n = shape.N, k = a == null ? 0 : shape.K;
        if (shape.Alpha == 1 && shape.Beta is 0 or 1)
        {
            Gemm.Run(
                context, m, n, k, a, shape.LdA, shape.TransposeA, b, shape.LdB, shape.TransposeB, c, shape.LdC,
                shape.Beta == 1);
            return;
        }
        using var product = new Scratch(m * n);
        Gemm.Run(context, m, n, k, a, shape.LdA, shape.TransposeA, b, shape.LdB, shape.TransposeB, product.Floats, n);
        float alpha = (float)shape.Alpha, beta = (float)shape.Beta;
        for (nint i = 0; i < m; i++)
        {
            for (nint j = 0; j < n; j++)
            {
                ref var value = ref c[(i * shape.LdC) + j];
                var scaled = alpha * product.Floats[(i * n) + j];
                value = beta == 0 ? scaled : scaled + (beta * value);
            }
        }
    }

    private static void Double(in GemmShape shape, double* a, double* b, double* c)
    {
        var k = a == null ? 0 : shape.K;
        long rowA = shape.TransposeA ? 1 : shape.LdA, stepA = shape.TransposeA ? shape.LdA : 1;
        long columnB = shape.TransposeB ? shape.LdB : 1, stepB = shape.TransposeB ? 1 : shape.LdB;
        for (long i = 0; i < shape.M; i++)
        {
            for (long j = 0; j < shape.N; j++)
            {
                var sum = 0.0;
                for (long p = 0; p < k; p++)
                    sum += a[(i * rowA) + (p * stepA)] * b[(p * stepB) + (j * columnB)];
                ref var value = ref c[(i * shape.LdC) + j];
                value = (shape.Alpha * sum) + (shape.Beta == 0 ? 0 : shape.Beta * value);
            }
        }
    }
}
