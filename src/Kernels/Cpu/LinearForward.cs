using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// y = x wT + bias for small batches, at the speed of memory: every weight is read from memory once for the whole batch.
/// </summary>
/// <remarks>
/// A task owns some rows of w. It walks along the rows in chunks whose part of x stays in cache, three rows of w by up
/// to four of x at a time: 12 chains fed by 7 loads a step, so that batch 8 still keeps the multiply-add units busy
/// while the next rows are prefetched. Partial sums rest in scratch between chunks. Each output is 8 chains in
/// ascending order, joined at the end: the same for every batch size and thread count, and for both storages of the
/// same weights.
/// </remarks>
internal static unsafe class LinearForward
{
    /// <summary>Largest batch that comes here; a larger one is a matrix product.</summary>
    public const int MaxBatch = 16;

    /// <summary>Bytes that one fetch brings.</summary>
    public const int CacheLine = 64;

    private const int RowsAtOnce = 3;
    private const int RowsPerTask = 24;

    public static void Run(KernelContext context, LinearGeometry g, float* x, float* w, float* bias, float* y)
    {
        if (g.N <= MaxBatch)
            Stream(context, g, x, (Float32Weight*)w, bias, y);
        else
            Gemm.Run(context, g.N, g.Out, g.In, x, g.In, false, w, g.In, true, y, g.Out, columnBias: bias);
    }

    /// <summary>The same with weights stored in bfloat16.</summary>
    public static void Run(KernelContext context, LinearGeometry g, float* x, BFloat16* w, float* bias, float* y)
    {
        if (g.N <= MaxBatch)
            Stream(context, g, x, w, bias, y);
        else
            Gemm.Run(context, g.N, g.Out, g.In, x, g.In, w, g.In, true, y, g.Out, bias);
    }

    private static void Stream<TWeight>(KernelContext context, LinearGeometry g, float* x, TWeight* w, float* bias, float* y)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        if (g.N == 0 || g.Out == 0)
            return;
        if (g.N == 1)
        {
            LinearForwardSingle.Run(context, g, x, w, bias, y);
            return;
        }
        // Partial sums of one task, for every worker: rows x batch x 8 lanes.
        var perWorker = Scratch.Apart(RowsPerTask * MaxBatch * 8);
        using var scratch = new Scratch(perWorker * context.Pool.Threads);
        using var packed = new Scratch(SampleChunks.Floats(g));
        context.Pool.Run((g.Out + RowsPerTask - 1) / RowsPerTask, new Body<TWeight>
        {
            N = g.N,
            In = g.In,
            Out = g.Out,
            X = x,
            Chunks = SampleChunks.Pack(context.Pool, g, x, packed.Floats),
            Chunk = SampleChunks.ChunkFor(g.N),
            W = w,
            Bias = bias,
            Y = y,
            Scratch = scratch.Floats,
            PerWorker = perWorker,
        });
    }

    private struct Body<TWeight> : IParallelBody
        where TWeight : unmanaged, IWeight<TWeight>
    {
        public int N;
        public nint In;
        public nint Out;
        public float* X;
        public float* Chunks;
        public int Chunk;
        public TWeight* W;
        public float* Bias;
        public float* Y;
        public float* Scratch;
        public nint PerWorker;

        public readonly void Run(long index, int worker)
        {
            var first = (nint)index * RowsPerTask;
            var rows = (int)Math.Min(RowsPerTask, Out - first);
            var sums = (Vector256<float>*)(Scratch + worker * PerWorker);
            new Span<float>(sums, RowsPerTask * N * 8).Clear();
            var whole = In & ~7;
            for (nint i = 0; i < whole; i += Chunk)
            {
                var length = Math.Min(Chunk, whole - i);
                for (var row = 0; row < rows; row += RowsAtOnce)
                    Rows(first + row, rows - row, i, length, sums + (nint)row * N);
            }
            for (var row = 0; row < rows; row++)
            {
                for (var n = 0; n < N; n++)
                {
                    var total = Join(sums[(nint)row * N + n], X + n * In, W + (first + row) * In, whole, In);
                    Y[n * Out + first + row] = Bias == null ? total : total + Bias[first + row];
                }
            }
        }

        /// <summary>Three rows of w (the last ones repeat at the edge; their surplus sums are never read).</summary>
        private readonly void Rows(nint row, int left, nint i, nint length, Vector256<float>* sums)
        {
            var w0 = W + row * In + i;
            var w1 = left > 1 ? w0 + In : w0;
            var w2 = left > 2 ? w1 + In : w1;
            // The rows that come next in this chunk, or the start of the next chunk: close enough.
            var ahead = left > RowsAtOnce ? RowsAtOnce * In : length;
            var x = Chunks + i * N;
            // The fetching is spread over the passes of four samples: all in the first one would fill the miss buffers
            // and stall it, and leave memory idle in the others.
            var passes = Math.Max(1, N / 4);
            var n = 0;
            for (; n + 4 <= N; n += 4)
                Dot3x4(w0, w1, w2, ahead, n / 4, passes, x + n * Chunk, Chunk, length, sums + n, N);
            if (n + 2 <= N)
            {
                Dot3x2(w0, w1, w2, n == 0 ? ahead : 0, x + n * Chunk, Chunk, length, sums + n, N);
                n += 2;
            }
            if (n < N)
                Dot3x1(w0, w1, w2, x + n * Chunk, length, sums + n, N);
        }
    }

    /// <summary>The sum of eight chains and of the products that no chain took.</summary>
    public static float Join<TWeight>(Vector256<float> chains, float* x, TWeight* w, nint from, nint to)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        var total = Vector256.Sum(chains);
        for (var i = from; i < to; i++)
            total += x[i] * TWeight.Value(w[i]);
        return total;
    }

    /// <summary>Asks for the cache line of an address, which need not be the caller's to read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch<TWeight>(TWeight* address)
        where TWeight : unmanaged
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot3x4<TWeight>(
        TWeight* w0, TWeight* w1, TWeight* w2, nint ahead, int pass, int passes, float* x, nint stride, nint length,
        Vector256<float>* sums, int n)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        // This pass fetches its share of the lines, one of each row every few steps.
        nint line = CacheLine / sizeof(TWeight), step = line * passes, fetch = 0;
        ahead += length * pass / passes;
        float* x0 = x, x1 = x + stride, x2 = x1 + stride, x3 = x2 + stride;
        Vector256<float>* s0 = sums, s1 = sums + n, s2 = s1 + n;
        var a0 = s0[0]; var a1 = s0[1]; var a2 = s0[2]; var a3 = s0[3];
        var b0 = s1[0]; var b1 = s1[1]; var b2 = s1[2]; var b3 = s1[3];
        var c0 = s2[0]; var c1 = s2[1]; var c2 = s2[2]; var c3 = s2[3];
        for (nint i = 0; i < length; i += 8)
        {
            var u = TWeight.Load(w0 + i);
            var v = TWeight.Load(w1 + i);
            var t = TWeight.Load(w2 + i);
            if (i == fetch)
            {
                Fetch(w0 + ahead);
                Fetch(w1 + ahead);
                Fetch(w2 + ahead);
                ahead += line;
                fetch += step;
            }
            var y = Vector256.Load(x0 + i);
            a0 = Vector256.MultiplyAddEstimate(u, y, a0);
            b0 = Vector256.MultiplyAddEstimate(v, y, b0);
            c0 = Vector256.MultiplyAddEstimate(t, y, c0);
            y = Vector256.Load(x1 + i);
            a1 = Vector256.MultiplyAddEstimate(u, y, a1);
            b1 = Vector256.MultiplyAddEstimate(v, y, b1);
            c1 = Vector256.MultiplyAddEstimate(t, y, c1);
            y = Vector256.Load(x2 + i);
            a2 = Vector256.MultiplyAddEstimate(u, y, a2);
            b2 = Vector256.MultiplyAddEstimate(v, y, b2);
            c2 = Vector256.MultiplyAddEstimate(t, y, c2);
            y = Vector256.Load(x3 + i);
            a3 = Vector256.MultiplyAddEstimate(u, y, a3);
            b3 = Vector256.MultiplyAddEstimate(v, y, b3);
            c3 = Vector256.MultiplyAddEstimate(t, y, c3);
        }
        s0[0] = a0; s0[1] = a1; s0[2] = a2; s0[3] = a3;
        s1[0] = b0; s1[1] = b1; s1[2] = b2; s1[3] = b3;
        s2[0] = c0; s2[1] = c1; s2[2] = c2; s2[3] = c3;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot3x2<TWeight>(
        TWeight* w0, TWeight* w1, TWeight* w2, nint ahead, float* x, nint stride, nint length, Vector256<float>* sums, int n)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        float* x0 = x, x1 = x + stride;
        Vector256<float>* s0 = sums, s1 = sums + n, s2 = s1 + n;
        var a0 = s0[0]; var a1 = s0[1];
        var b0 = s1[0]; var b1 = s1[1];
        var c0 = s2[0]; var c1 = s2[1];
        for (nint i = 0; i < length; i += 8)
        {
            var u = TWeight.Load(w0 + i);
            var v = TWeight.Load(w1 + i);
            var t = TWeight.Load(w2 + i);
            if (ahead != 0 && (i & (CacheLine / sizeof(TWeight) - 1)) == 0)
            {
                Fetch(w0 + ahead + i);
                Fetch(w1 + ahead + i);
                Fetch(w2 + ahead + i);
            }
            var y = Vector256.Load(x0 + i);
            a0 = Vector256.MultiplyAddEstimate(u, y, a0);
            b0 = Vector256.MultiplyAddEstimate(v, y, b0);
            c0 = Vector256.MultiplyAddEstimate(t, y, c0);
            y = Vector256.Load(x1 + i);
            a1 = Vector256.MultiplyAddEstimate(u, y, a1);
            b1 = Vector256.MultiplyAddEstimate(v, y, b1);
            c1 = Vector256.MultiplyAddEstimate(t, y, c1);
        }
        s0[0] = a0; s0[1] = a1;
        s1[0] = b0; s1[1] = b1;
        s2[0] = c0; s2[1] = c1;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot3x1<TWeight>(
        TWeight* w0, TWeight* w1, TWeight* w2, float* x, nint length, Vector256<float>* sums, int n)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        Vector256<float>* s0 = sums, s1 = sums + n, s2 = s1 + n;
        var a0 = s0[0];
        var b0 = s1[0];
        var c0 = s2[0];
        for (nint i = 0; i < length; i += 8)
        {
            var y = Vector256.Load(x + i);
            a0 = Vector256.MultiplyAddEstimate(TWeight.Load(w0 + i), y, a0);
            b0 = Vector256.MultiplyAddEstimate(TWeight.Load(w1 + i), y, b0);
            c0 = Vector256.MultiplyAddEstimate(TWeight.Load(w2 + i), y, c0);
        }
        s0[0] = a0;
        s1[0] = b0;
        s2[0] = c0;
    }
}
