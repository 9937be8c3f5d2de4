using ZfNet.Kernels;
using ZfNet.Kernels.Cuda;

namespace ZfNet.Benchmarks;

/// <summary>
/// What a GPU reaches at best, measured in the run: a copy on the device far past its L2, and matrix products alone.
/// The median of some rounds of each, timed like the benchmarks.
/// </summary>
public sealed class MachineRates(CudaBackend cuda) : IDisposable
{
    private const int Rounds = 7, Repeats = 5;

    private readonly EventClock clock = new(cuda.Runtime);
    private readonly Dictionary<GemmShape, double> products = [];
    private double copy;

    /// <summary>Bytes a second that a copy reads and writes together; measured when it is first asked for.</summary>
    public double Copy => copy > 0 ? copy : copy = MeasureCopy();

    /// <summary>The products measured so far, with operations a second.</summary>
    public IReadOnlyDictionary<GemmShape, double> Products => products;

    /// <summary>The clock that measures.</summary>
    public EventClock Clock => clock;

    /// <summary>Measures a product, once.</summary>
    /// <returns>Operations a second.</returns>
    public double Measure(GemmShape product)
    {
        if (!products.TryGetValue(product, out var rate))
            products[product] = rate = MeasureProduct(product);
        return rate;
    }

    /// <inheritdoc/>
    public void Dispose() => clock.Dispose();

    private double MeasureCopy()
    {
        // A quarter of what is free, up to 2 GiB: forty times the L2 of an H200. A software GPU copies less.
        var bytes = Math.Min(cuda.Runtime.FreeMemory / 4, 2L << 30) / 16 * 16;
        if (cuda.Runtime is PtxEmulator.SoftwareGpu)
            bytes = 1 << 20;
        using DeviceBuffer from = cuda.Allocate(bytes), to = cuda.Allocate(bytes);
        BufferView x = new(from, DType.Float32, 0, bytes / 4), y = new(to, DType.Float32, 0, bytes / 4);
        cuda.Fill(1, x);
        return 2.0 * bytes / Seconds(() => cuda.Copy(x, y));
    }

    private double MeasureProduct(GemmShape product)
    {
        var s = product;
        using var a = Operand(s.StrideA * (s.Batch - 1) + (s.TransposeA ? s.K : s.M) * (long)s.LdA);
        using var b = Operand(s.StrideB * (s.Batch - 1) + (s.TransposeB ? s.N : s.K) * (long)s.LdB);
        using var c = Operand(s.StrideC * (s.Batch - 1) + s.M * (long)s.LdC);
        return s.Flops / Seconds(() =>
            cuda.Convolution.Gemm(s, a.Pointer, b.Pointer, c.Pointer, cuda.Runtime.DefaultStream));
    }

    // Numbers, since some GPUs take less power for zeros and then run faster.
    private CudaBuffer Operand(long count)
    {
        var buffer = (CudaBuffer)cuda.Allocate(4 * count);
        cuda.RandomUniform(1, 0, -1, 1, new BufferView(buffer, DType.Float32, 0, count));
        return buffer;
    }

    private double Seconds(Action action)
    {
        action();
        var times = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            times[round] = clock.Milliseconds(() =>
            {
                for (var i = 0; i < Repeats; i++)
                    action();
            });
        }
        Array.Sort(times);
        return times[Rounds / 2] / Repeats / 1000;
    }
}
