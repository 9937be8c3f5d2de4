using NUnit.Framework;
using ZfNet.Kernels;

namespace ZfNet.Tests.Cpu;

/// <summary>Seeded data, buffers and the comparison for the tests of the CPU kernels.</summary>
internal static class Data
{
    /// <summary>Uniform numbers in [-1, 1).</summary>
    public static float[] Random(Random random, long count)
    {
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextSingle() * 2 - 1;
        return values;
    }

    /// <summary>A float32 buffer with these values.</summary>
    public static BufferView Upload(IBackend backend, ReadOnlySpan<float> values)
    {
        var view = Empty(backend, values.Length);
        backend.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values), view);
        return view;
    }

    /// <summary>A float64 buffer with these values, or their magnitudes.</summary>
    public static BufferView Upload64(IBackend backend, ReadOnlySpan<float> values, bool magnitudes = false)
    {
        var wide = new double[values.Length];
        for (var i = 0; i < wide.Length; i++)
            wide[i] = magnitudes ? Math.Abs(values[i]) : values[i];
        var view = Empty(backend, wide.Length, DType.Float64);
        backend.Upload(System.Runtime.InteropServices.MemoryMarshal.AsBytes<double>(wide), view);
        return view;
    }

    /// <summary>A buffer whose bytes are all 0xFF: NaN as a float, so that a cell nobody writes shows.</summary>
    public static BufferView Empty(IBackend backend, long count, DType dtype = DType.Float32)
    {
        var view = new BufferView(backend.Allocate(count * dtype.Size()), dtype, 0, count);
        var bytes = new byte[count * dtype.Size()];
        Array.Fill(bytes, (byte)0xFF);
        backend.Upload(bytes, view);
        return view;
    }

    public static float[] Download(IBackend backend, BufferView view)
    {
        var values = new float[view.Length];
        backend.Download(view, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public static int[] DownloadInt32(IBackend backend, BufferView view)
    {
        var values = new int[view.Length];
        backend.Download(view, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public static double[] Download64(IBackend backend, BufferView view)
    {
        var values = new double[view.Length];
        backend.Download(view, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>
    /// Fails unless every sum of <paramref name="terms"/> products is within the rounding bound of float arithmetic,
    /// (terms + 4) 2^-24 times the sum of the products' magnitudes. A bound that follows from the format, not a tuned
    /// tolerance; NaN fails.
    /// </summary>
    public static void AssertSums(float[] actual, double[] expected, double[] magnitudes, long terms, string what)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        for (var i = 0; i < actual.Length; i++)
        {
            var bound = (terms + 4) * Math.Pow(2, -24) * (magnitudes[i] + 1e-30);
            if (!(Math.Abs(actual[i] - expected[i]) <= bound))
                Assert.Fail($"{what}[{i}] = {actual[i]:R}, expected {expected[i]:R} within {bound:E2}");
        }
    }
}
