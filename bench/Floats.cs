using ZfNet.Kernels;

namespace ZfNet.Benchmarks;

/// <summary>Buffers with seeded numbers, and the check that comes before every clock.</summary>
internal static class Floats
{
    public static BufferView Random(IBackend backend, long count, ulong seed)
    {
        var view = Empty(backend, count);
        backend.RandomUniform(seed, 0, -1, 1, view);
        return view;
    }

    public static BufferView Empty(IBackend backend, long count, DType dtype = DType.Float32) =>
        new(backend.Allocate(count * dtype.Size()), dtype, 0, count);

    /// <summary>Throws unless a value is near its sum in double, within the rounding of a float sum of that many terms.</summary>
    public static void Check(float actual, double expected, double magnitudes, double terms)
    {
        if (!(Math.Abs(actual - expected) <= (terms + 4) * Math.Pow(2, -24) * (magnitudes + 1e-30)))
            throw new InvalidOperationException($"The kernel gives {actual}, the definition {expected}: nothing to time.");
    }

    /// <summary>Throws unless two buffers agree everywhere, as <see cref="Check(float, double, double, double)"/>.</summary>
    public static void Check(BufferView actual, BufferView expected, double magnitudes, double terms)
    {
        for (long i = 0; i < actual.Length; i++)
            Check(actual.Cpu<float>()[i], expected.Cpu<float>()[i], magnitudes, terms);
    }

    public static void Check(bool holds)
    {
        if (!holds)
            throw new InvalidOperationException("The kernel's result is wrong: nothing to time.");
    }
}
