using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.Kernels;

/// <summary>
/// Softmax over the middle axis of [outer, size, inner], eight lanes at a time: eight neighbours of the axis where it is the
/// last one (a row), or else eight neighbours of the inner axis, each with a sum of its own.
/// </summary>
internal static unsafe class SoftmaxKernel
{
    private const int Lanes = 8;

    /// <summary>Elements that make a task: short rows go together.</summary>
    private const long Grain = 4096;

    /// <summary>y = exp(x - max) / sum, or its logarithm x - max - log(sum).</summary>
    public static void Forward(WorkerPool pool, long outer, int size, long inner, float* x, float* y, bool logarithm)
    {
        if (inner > 0 && size > 0)
            pool.Run(Tasks(outer, size * inner), new ForwardBody(outer, size, inner, x, y, logarithm));
    }

    /// <summary>dx = y (dy - sum of dy y), or of the logarithm dy - exp(y) * sum of dy.</summary>
    public static void Backward(WorkerPool pool, long outer, int size, long inner, float* y, float* dy, float* dx, bool logarithm)
    {
        if (inner > 0 && size > 0)
            pool.Run(Tasks(outer, size * inner), new BackwardBody(outer, size, inner, y, dy, dx, logarithm));
    }

    private static long Together(long elements) => Math.Max(1, Grain / elements);

    private static long Tasks(long outer, long elements) => (outer + Together(elements) - 1) / Together(elements);

    /// <summary>Eight values, or those that are left of them and <paramref name="filler"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Load(float* from, long count, float filler) =>
        count >= Lanes ? Vector256.Load(from) : Rest(from, count, filler);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector256<float> Rest(float* from, long count, float filler)
    {
        var lanes = stackalloc float[Lanes];
        for (var i = 0; i < Lanes; i++)
            lanes[i] = i < count ? from[i] : filler;
        return Vector256.Load(lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> value, float* to, long count)
    {
        if (count >= Lanes)
        {
            value.Store(to);
            return;
        }
        for (var i = 0; i < count; i++)
            to[i] = value[i];
    }

    private static float Maximum(Vector256<float> lanes)
    {
        var maximum = lanes[0];
        for (var i = 1; i < Lanes; i++)
            maximum = MathF.Max(maximum, lanes[i]);
        return maximum;
    }

    /// <summary>The vector exponential of 0 is not quite 1, and the largest score's must be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Exp(Vector256<float> value) =>
        Vector256.ConditionalSelect(Vector256.Equals(value, Vector256<float>.Zero), Vector256<float>.One, Vector256.Exp(value));

    /// <summary>One by one: there is one logarithm for a whole sum.</summary>
    private static Vector256<float> Log(Vector256<float> value)
    {
        var lanes = stackalloc float[Lanes];
        for (var i = 0; i < Lanes; i++)
            lanes[i] = MathF.Log(value[i]);
        return Vector256.Load(lanes);
    }

    private readonly struct ForwardBody(long outer, int size, long inner, float* x, float* y, bool logarithm) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            var together = Together(size * inner);
            for (var o = index * together; o < Math.Min(outer, (index + 1) * together); o++)
            {
                var first = o * size * inner;
                if (inner == 1)
                {
                    Row(x + first, y + first);
                    continue;
                }
                for (long i = 0; i < inner; i += Lanes)
                    Columns(x + first + i, y + first + i, inner - i);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Row(float* from, float* to)
        {
            var maxima = Vector256.Create(float.NegativeInfinity);
            for (var s = 0; s < size; s += Lanes)
                maxima = Vector256.Max(maxima, Load(from + s, size - s, float.NegativeInfinity));
            var maximum = Vector256.Create(Maximum(maxima));
            var totals = Vector256<float>.Zero;
            for (var s = 0; s < size; s += Lanes)
            {
                var shifted = Load(from + s, size - s, float.NegativeInfinity) - maximum;
                var power = Exp(shifted);
                totals += power;
                Store(logarithm ? shifted : power, to + s, size - s);
            }
            var total = Vector256.Create(Vector256.Sum(totals));
            var shift = logarithm ? Log(total) : default;
            for (var s = 0; s < size; s += Lanes)
            {
                var value = Load(to + s, size - s, 0);
                Store(logarithm ? value - shift : value / total, to + s, size - s);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Columns(float* from, float* to, long count)
        {
            var maximum = Vector256.Create(float.NegativeInfinity);
            for (var s = 0; s < size; s++)
                maximum = Vector256.Max(maximum, Load(from + s * inner, count, 0));
            var total = Vector256<float>.Zero;
            for (var s = 0; s < size; s++)
            {
                var shifted = Load(from + s * inner, count, 0) - maximum;
                var power = Exp(shifted);
                total += power;
                Store(logarithm ? shifted : power, to + s * inner, count);
            }
            var shift = logarithm ? Log(total) : default;
            for (var s = 0; s < size; s++)
            {
                var value = Load(to + s * inner, count, 0);
                Store(logarithm ? value - shift : value / total, to + s * inner, count);
            }
        }
    }

    private readonly struct BackwardBody(long outer, int size, long inner, float* y, float* dy, float* dx, bool logarithm) : IParallelBody
    {
        public void Run(long index, int worker)
        {
            var together = Together(size * inner);
            for (var o = index * together; o < Math.Min(outer, (index + 1) * together); o++)
            {
                var first = o * size * inner;
                if (inner == 1)
                {
                    Row(y + first, dy + first, dx + first);
                    continue;
                }
                for (long i = 0; i < inner; i += Lanes)
                    Columns(y + first + i, dy + first + i, dx + first + i, inner - i);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Row(float* output, float* gradient, float* to)
        {
            var totals = Vector256<float>.Zero;
            for (var s = 0; s < size; s += Lanes)
                totals += Weighted(Load(output + s, size - s, 0), Load(gradient + s, size - s, 0));
            var total = Vector256.Create(Vector256.Sum(totals));
            for (var s = 0; s < size; s += Lanes)
                Store(Gradient(Load(output + s, size - s, 0), Load(gradient + s, size - s, 0), total), to + s, size - s);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Columns(float* output, float* gradient, float* to, long count)
        {
            var total = Vector256<float>.Zero;
            for (var s = 0; s < size; s++)
                total += Weighted(Load(output + s * inner, count, 0), Load(gradient + s * inner, count, 0));
            for (var s = 0; s < size; s++)
                Store(Gradient(Load(output + s * inner, count, 0), Load(gradient + s * inner, count, 0), total), to + s * inner, count);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<float> Weighted(Vector256<float> output, Vector256<float> gradient) =>
            logarithm ? gradient : gradient * output;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<float> Gradient(Vector256<float> output, Vector256<float> gradient, Vector256<float> total) =>
            logarithm ? gradient - Vector256.Exp(output) * total : output * (gradient - total);
    }
}
