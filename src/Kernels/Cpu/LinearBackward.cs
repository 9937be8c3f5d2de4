using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// The gradients of a linear layer for small batches, at the speed of memory: dx = dy w reads every weight once, dw =
/// dyT x writes every gradient once (past the caches, since 1.4 GB would only push everything else out).
/// </summary>
internal static unsafe class LinearBackward
{
    private const int RowsAtOnce = 6;
    private const int FetchBytes = 1024;
    private const int WeightRows = 4;

    /// <summary>dx = dy w.</summary>
    public static void Input(KernelContext context, LinearGeometry g, float* dy, float* w, float* dx)
    {
        if (g.N <= LinearForward.MaxBatch)
            StreamInput(context, g, dy, (Float32Weight*)w, dx);
        else
            Gemm.Run(context, g.N, g.In, g.Out, dy, g.Out, false, w, g.In, false, dx, g.In);
    }

    /// <summary>The same with weights stored in bfloat16.</summary>
    public static void Input(KernelContext context, LinearGeometry g, float* dy, BFloat16* w, float* dx)
    {
        if (g.N <= LinearForward.MaxBatch)
            StreamInput(context, g, dy, w, dx);
        else
            Gemm.Run(context, g.N, g.In, g.Out, dy, g.Out, w, g.In, false, dx, g.In);
    }

    private static void StreamInput<TWeight>(KernelContext context, LinearGeometry g, float* dy, TWeight* w, float* dx)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        if (g.N == 0 || g.In == 0)
            return;
        var columns = Math.Min(InputColumns(g.N), Math.Max(64, g.In / (4 * context.Pool.Threads) / 16 * 16));
        var perWorker = Scratch.Apart(g.N * columns);
        using var scratch = new Scratch(perWorker * context.Pool.Threads);
        nint tasks = (g.In + columns - 1) / columns;
        context.Pool.Run(tasks, new InputBody<TWeight>
        {
            Threads = context.Pool.Threads, Tasks = tasks, N = g.N, In = g.In, Out = g.Out, Columns = columns, Dy = dy, W = w, Dx = dx,
            Scratch = scratch.Floats, PerWorker = perWorker,
        });
    }

    /// <summary>
    /// Columns whose sums stay in L1; those of one sample, which are read once and written once for six rows, may go on into L2, for
    /// the rows' sake: the longer the runs of w, the faster they come.
    /// </summary>
    private static int InputColumns(int n) => n == 1 ? 12288 : Math.Max(512, 4096 / n);

    /// <summary>dw = dyT x.</summary>
    public static void Weight(KernelContext context, LinearGeometry g, float* x, float* dy, float* dw)
    {
        if (g.Out == 0 || g.In == 0)
            return;
        if (g.N > LinearForward.MaxBatch)
        {
            Gemm.Run(context, g.Out, g.In, g.N, dy, g.Out, true, x, g.In, false, dw, g.In);
            return;
        }
        var aligned = (nint)dw % 64 == 0 && g.In % 16 == 0 && Avx.IsSupported;
        Products(context, g, x, dy, new StoreProducts(dw, aligned));
    }

    /// <summary>A step of SGD by dw = dyT x, which is not written down; a batch of at most <see cref="LinearForward.MaxBatch"/>.</summary>
    public static void Sgd(KernelContext context, LinearGeometry g, float* x, float* dy, in SgdKernel step)
    {
        if (g.Out != 0 && g.In != 0)
            Products(context, g, x, dy, new StepByProducts(step));
    }

    private static void Products<TUse>(KernelContext context, LinearGeometry g, float* x, float* dy, in TUse use)
        where TUse : unmanaged, IProductUse
    {
        nint blocks = (g.Out + 8 * WeightRows - 1) / (8 * WeightRows);
        using var packed = new Scratch(SampleChunks.Floats(g));
        context.Pool.Run(blocks, new WeightBody<TUse>
        {
            N = g.N, In = g.In, Out = g.Out, X = x, Dy = dy, Use = use,
            Chunks = SampleChunks.Pack(context.Pool, g, x, packed.Floats), Chunk = SampleChunks.ChunkFor(g.N),
        });
    }

    /// <summary>What becomes of the elements of dw as they are made; offsets are those of the elements in dw.</summary>
    private interface IProductUse
    {
        void Take(nint offset, Vector256<float> values);

        void Take(nint offset, float value);

        /// <summary>After a task's last element.</summary>
        void Finish();
    }

    /// <summary>Stores dw, past the caches where it is aligned.</summary>
    private readonly struct StoreProducts(float* dw, bool aligned) : IProductUse
    {
        private readonly float* dw = dw;
        private readonly bool aligned = aligned;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(nint offset, Vector256<float> values)
        {
            if (aligned)
                values.StoreAlignedNonTemporal(dw + offset);
            else
                values.Store(dw + offset);
        }

        public void Take(nint offset, float value) => dw[offset] = value;

        public void Finish()
        {
            if (aligned)
                Sse.StoreFence();
        }
    }

    /// <summary>Moves weights by them.</summary>
    private readonly struct StepByProducts(SgdKernel step) : IProductUse
    {
        private readonly SgdKernel step = step;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(nint offset, Vector256<float> values) => step.Move(offset, values);

        public void Take(nint offset, float value) => step.Move(offset, value);

        public void Finish()
        {
        }
    }

    /// <summary>
    /// A task owns a block of columns of dx, which stays in cache while six rows of w at a time pass by; twelve vectors
    /// of w rest in registers while every sample takes its share of them. Threads work far from each other: side by side each would
    /// fetch the other's lines.
    /// </summary>
    private struct InputBody<TWeight> : IParallelBody
        where TWeight : unmanaged, IWeight<TWeight>
    {
        public int Threads;
        public nint Tasks;
        public int N;
        public nint In;
        public nint Out;
        public nint Columns;
        public float* Dy;
        public TWeight* W;
        public float* Dx;
        public float* Scratch;
        public nint PerWorker;

        public readonly void Run(long index, int worker)
        {
            var block = (nint)index;
            if (block < Tasks / Threads * Threads)
                block = block % Threads * (Tasks / Threads) + block / Threads;
            var first = block * Columns;
            var columns = Math.Min(Columns, In - first);
            // Sums gather in scratch, [N, Columns] without gaps, which stays in the inner caches.
            var sums = Scratch + worker * PerWorker;
            new Span<float>(sums, (int)(N * Columns)).Clear();
            nint o = 0;
            for (; o + RowsAtOnce <= Out; o += RowsAtOnce)
            {
                var i = SixRows(W + o * In + first, In, columns, Dy + o, Out, sums, Columns, N);
                Rest(o, RowsAtOnce, first, i, columns, sums);
            }
            Rest(o, Out - o, first, 0, columns, sums);
            for (var n = 0; n < N; n++)
                new ReadOnlySpan<float>(sums + n * Columns, (int)columns).CopyTo(new Span<float>(Dx + n * In + first, (int)columns));
        }

        private readonly void Rest(nint row, nint rows, nint first, nint from, nint to, float* sums)
        {
            if (from >= to)
                return;
            for (var o = row; o < row + rows; o++)
            {
                var w = W + o * In + first;
                for (var n = 0; n < N; n++)
                {
                    var factor = Dy[n * Out + o];
                    var sum = sums + n * Columns;
                    for (var i = from; i < to; i++)
                        sum[i] = MathF.FusedMultiplyAdd(factor, TWeight.Value(w[i]), sum[i]);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static nint SixRows<TWeight>(
        TWeight* w, nint stride, nint columns, float* dy, nint dyStride, float* dx, nint dxStride, int n)
        where TWeight : unmanaged, IWeight<TWeight>
    {
        nint i = 0;
        for (; i + 16 <= columns; i += 16)
        {
            var p = w + i;
            if (Sse.IsSupported && (i & (LinearForward.CacheLine / sizeof(TWeight) - 1)) == 0)
            {
                // Where the rows' own columns end those of the next six begin.
                nint near = FetchBytes / sizeof(TWeight);
                var next = p + (i + near < columns ? near : RowsAtOnce * stride + near - columns);
                Sse.Prefetch1(next);
                Sse.Prefetch1(next + stride);
                Sse.Prefetch1(next + 2 * stride);
                Sse.Prefetch1(next + 3 * stride);
                Sse.Prefetch1(next + 4 * stride);
                Sse.Prefetch1(next + 5 * stride);
            }
            var w0 = TWeight.Load(p); var v0 = TWeight.Load(p + 8);
            p += stride;
            var w1 = TWeight.Load(p); var v1 = TWeight.Load(p + 8);
            p += stride;
            var w2 = TWeight.Load(p); var v2 = TWeight.Load(p + 8);
            p += stride;
            var w3 = TWeight.Load(p); var v3 = TWeight.Load(p + 8);
            p += stride;
            var w4 = TWeight.Load(p); var v4 = TWeight.Load(p + 8);
            p += stride;
            var w5 = TWeight.Load(p); var v5 = TWeight.Load(p + 8);
            var g = dy;
            var to = dx + i;
            for (var sample = n; sample > 0; sample--)
            {
                var a = Vector256.Load(to);
                var b = Vector256.Load(to + 8);
                var f = Vector256.Create(g[0]);
                a = Vector256.MultiplyAddEstimate(f, w0, a);
                b = Vector256.MultiplyAddEstimate(f, v0, b);
                f = Vector256.Create(g[1]);
                a = Vector256.MultiplyAddEstimate(f, w1, a);
                b = Vector256.MultiplyAddEstimate(f, v1, b);
                f = Vector256.Create(g[2]);
                a = Vector256.MultiplyAddEstimate(f, w2, a);
                b = Vector256.MultiplyAddEstimate(f, v2, b);
                f = Vector256.Create(g[3]);
                a = Vector256.MultiplyAddEstimate(f, w3, a);
                b = Vector256.MultiplyAddEstimate(f, v3, b);
                f = Vector256.Create(g[4]);
                a = Vector256.MultiplyAddEstimate(f, w4, a);
                b = Vector256.MultiplyAddEstimate(f, v4, b);
                f = Vector256.Create(g[5]);
                a = Vector256.MultiplyAddEstimate(f, w5, a);
                b = Vector256.MultiplyAddEstimate(f, v5, b);
                a.Store(to);
                b.Store(to + 8);
                g += dyStride;
                to += dxStride;
            }
        }
        return i;
    }

    /// <summary>A task owns rows of dw; a block of columns of x stays in cache while four rows at a time are made.</summary>
    private struct WeightBody<TUse> : IParallelBody
        where TUse : unmanaged, IProductUse
    {
        public int N;
        public nint In;
        public nint Out;
        public float* X;
        public float* Dy;
        public TUse Use;
        public float* Chunks;
        public int Chunk;

        public readonly void Run(long index, int worker)
        {
            nint first = (nint)index * 8 * WeightRows, end = Math.Min(Out, first + 8 * WeightRows);
            for (nint i = 0; i < In; i += Chunk)
            {
                var columns = Math.Min(Chunk, In - i);
                var o = first;
                for (; o + WeightRows <= end; o += WeightRows)
                {
                    var done = FourRows(Use, o * In + i, In, columns, Dy + o, Out, Chunks + i * N, Chunk, N);
                    Rest(o, WeightRows, i + done, i + columns);
                }
                Rest(o, end - o, i, i + columns);
            }
            Use.Finish();
        }

        private readonly void Rest(nint row, nint rows, nint from, nint to)
        {
            for (var o = row; o < row + rows; o++)
            {
                for (var i = from; i < to; i++)
                {
                    var sum = 0f;
                    for (var n = 0; n < N; n++)
                        sum = MathF.FusedMultiplyAdd(Dy[n * Out + o], X[n * In + i], sum);
                    Use.Take(o * In + i, sum);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static nint FourRows<TUse>(
        in TUse use, nint offset, nint stride, nint columns, float* dy, nint dyStride, float* x, nint xStride, int n)
        where TUse : unmanaged, IProductUse
    {
        nint i = 0;
        for (; i + 16 <= columns; i += 16)
        {
            var a0 = Vector256<float>.Zero; var b0 = a0;
            var a1 = a0; var b1 = a0;
            var a2 = a0; var b2 = a0;
            var a3 = a0; var b3 = a0;
            var from = x + i;
            var g = dy;
            for (var sample = n; sample > 0; sample--)
            {
                var u = Vector256.Load(from);
                var v = Vector256.Load(from + 8);
                var f = Vector256.Create(g[0]);
                a0 = Vector256.MultiplyAddEstimate(f, u, a0);
                b0 = Vector256.MultiplyAddEstimate(f, v, b0);
                f = Vector256.Create(g[1]);
                a1 = Vector256.MultiplyAddEstimate(f, u, a1);
                b1 = Vector256.MultiplyAddEstimate(f, v, b1);
                f = Vector256.Create(g[2]);
                a2 = Vector256.MultiplyAddEstimate(f, u, a2);
                b2 = Vector256.MultiplyAddEstimate(f, v, b2);
                f = Vector256.Create(g[3]);
                a3 = Vector256.MultiplyAddEstimate(f, u, a3);
                b3 = Vector256.MultiplyAddEstimate(f, v, b3);
                from += xStride;
                g += dyStride;
            }
            var to = offset + i;
            use.Take(to, a0);
            use.Take(to + 8, b0);
            use.Take(to + stride, a1);
            use.Take(to + stride + 8, b1);
            use.Take(to + 2 * stride, a2);
            use.Take(to + 2 * stride + 8, b2);
            use.Take(to + 3 * stride, a3);
            use.Take(to + 3 * stride + 8, b3);
        }
        return i;
    }
}
