using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// y = x wT + bias for one sample: nothing but a read of w, so the order of that read is all there is to its speed.
/// </summary>
/// <remarks>
/// Four rows pass by side by side, from end to end, two lines of each at a time, and a kilobyte of each is fetched ahead into L1: four
/// long streams, which keep both the processor's own fetching and the miss buffers busy across the borders of pages. The sums stay in
/// registers and are those of <see cref="LinearForward"/>, bit for bit.
/// </remarks>
internal static unsafe class LinearForwardSingle
{
    private const int RowsAtOnce = 4;
    private const int RowsPerTask = 24;
    private const int Step = 32;
    private const int FetchBytes = 1024;

    public static void Run<TWeight>(KernelContext context, LinearGeometry g, float* x, TWeight* w, float* bias, float* y)
        where TWeight : unmanaged, IWeight<TWeight> =>
        context.Pool.Run(
            (g.Out + RowsPerTask - 1) / RowsPerTask,
            new Body<TWeight> { In = g.In, Out = g.Out, X = x, W = w, Bias = bias, Y = y });

    private struct Body<TWeight> : IParallelBody
        where TWeight : unmanaged, IWeight<TWeight>
    {
        public nint In;
        public nint Out;
        public float* X;
        public TWeight* W;
        public float* Bias;
        public float* Y;

        public readonly void Run(long index, int worker)
        {
            var end = Math.Min(Out, (nint)(index + 1) * RowsPerTask);
            for (var row = (nint)index * RowsPerTask; row < end; row += RowsAtOnce)
                FourRows(row, (int)Math.Min(RowsAtOnce, end - row));
        }

        /// <summary>Four rows of w (the last one repeats at the edge; its surplus sums are dropped).</summary>
        private readonly void FourRows(nint row, int rows)
        {
            var w0 = W + row * In;
            var w1 = rows > 1 ? w0 + In : w0;
            var w2 = rows > 2 ? w1 + In : w1;
            var w3 = rows > 3 ? w2 + In : w2;
            var sums = stackalloc Vector256<float>[RowsAtOnce];
            new Span<Vector256<float>>(sums, RowsAtOnce).Clear();
            // Where a row's own lines end the next four rows' begin.
            var whole = In & ~7;
            var ahead = Math.Min(FetchBytes / sizeof(TWeight), whole);
            var last = (whole - ahead) / Step * Step;
            Dot4x1(w0, w1, w2, w3, ahead, X, 0, last, sums);
            Dot4x1(w0, w1, w2, w3, RowsAtOnce * In - last, X, last, whole, sums);
            for (var i = 0; i < rows; i++)
            {
                var total = LinearForward.Join(sums[i], X, w0 + i * In, whole, In);
                Y[row + i] = Bias == null ? total : total + Bias[row + i];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot4x1<TWeight>(
        TWeight* w0, TWeight* w1, TWeight* w2, TWeight* w3, nint ahead, float* x, nint from, nint to, Vector256<float>* sums)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        var a = sums[0];
        var b = sums[1];
        var c = sums[2];
        var d = sums[3];
        var i = from;
        for (; i + Step <= to; i += Step)
        {
            var x0 = Vector256.Load(x + i);
            var x1 = Vector256.Load(x + i + 8);
            var x2 = Vector256.Load(x + i + 16);
            var x3 = Vector256.Load(x + i + 24);
            Fetch(w0 + ahead + i);
            a = Dot(w0 + i, x0, x1, x2, x3, a);
            Fetch(w1 + ahead + i);
            b = Dot(w1 + i, x0, x1, x2, x3, b);
            Fetch(w2 + ahead + i);
            c = Dot(w2 + i, x0, x1, x2, x3, c);
            Fetch(w3 + ahead + i);
            d = Dot(w3 + i, x0, x1, x2, x3, d);
        }
        for (; i < to; i += 8)
        {
            var y = Vector256.Load(x + i);
            a = Vector256.MultiplyAddEstimate(TWeight.Load(w0 + i), y, a);
            b = Vector256.MultiplyAddEstimate(TWeight.Load(w1 + i), y, b);
            c = Vector256.MultiplyAddEstimate(TWeight.Load(w2 + i), y, c);
            d = Vector256.MultiplyAddEstimate(TWeight.Load(w3 + i), y, d);
        }
        sums[0] = a;
        sums[1] = b;
        sums[2] = c;
        sums[3] = d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Dot<TWeight>(
        TWeight* w, Vector256<float> x0, Vector256<float> x1, Vector256<float> x2, Vector256<float> x3, Vector256<float> sum)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        sum = Vector256.MultiplyAddEstimate(TWeight.Load(w), x0, sum);
        sum = Vector256.MultiplyAddEstimate(TWeight.Load(w + 8), x1, sum);
        sum = Vector256.MultiplyAddEstimate(TWeight.Load(w + 16), x2, sum);
        return Vector256.MultiplyAddEstimate(TWeight.Load(w + 24), x3, sum);
    }

    /// <summary>The lines of <see cref="Step"/> weights, into L1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch<TWeight>(TWeight* w)
        where TWeight : unmanaged
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(w);
        if (Step * sizeof(TWeight) > LinearForward.CacheLine)
            Sse.Prefetch0(w + LinearForward.CacheLine / sizeof(TWeight));
    }
}
