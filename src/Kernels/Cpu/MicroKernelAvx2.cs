using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// The 6 x 16 tile for AVX2 with FMA: 12 accumulators, two vectors of B and one broadcast of A fill 15 of the 16
/// registers. Twelve independent chains cover the latency of two FMA units (2 x 4 or 5 cycles), and 8 loads go with
/// 12 multiply-adds, within two loads a cycle.
/// </summary>
internal static unsafe class MicroKernelAvx2
{
    public const int Rows = 6;
    public const int Columns = 16;

    /// <summary>Columns of a vector: half a tile has 6 chains, which take the time of 8.</summary>
    public const int ColumnStep = 8;

    /// <summary>Computes one tile; see <see cref="MicroKernel"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in TileArgs args)
    {
        if (args.Columns == ColumnStep)
            Half(args);
        else
            Tile<False>(args);
    }

    /// <summary>Steps of k that one fetch goes with.</summary>
    public const int FetchStep = 2;

    /// <summary>The same, and fetches what is asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunFetching(in TileArgs args)
    {
        if (args.Columns == ColumnStep)
            Half(args);
        else
            Tile<True>(args);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<TFetch>(in TileArgs args)
        where TFetch : struct
    {
        var a = args.A;
        var b = args.B;
        PrefetchTile(args.C, args.Ldc);
        var c0a = Vector256<float>.Zero; var c0b = Vector256<float>.Zero;
        var c1a = Vector256<float>.Zero; var c1b = Vector256<float>.Zero;
        var c2a = Vector256<float>.Zero; var c2b = Vector256<float>.Zero;
        var c3a = Vector256<float>.Zero; var c3b = Vector256<float>.Zero;
        var c4a = Vector256<float>.Zero; var c4b = Vector256<float>.Zero;
        var c5a = Vector256<float>.Zero; var c5b = Vector256<float>.Zero;
        // Four steps at once, and a prefetch only where it is asked for: where another thread shares the core, every slot
        // that is not a multiply-add or its load costs one.
        var k = args.K;
        var fetch = args.Fetch;
        var fetchStride = args.FetchStride;
        for (; k >= 4; k -= 4)
        {
            if (typeof(TFetch) == typeof(True))
            {
                Sse.Prefetch1(fetch);
                Sse.Prefetch1(fetch + fetchStride);
                fetch += 2 * fetchStride;
            }
            Step(a, b, 0, ref c0a, ref c0b, ref c1a, ref c1b, ref c2a, ref c2b, ref c3a, ref c3b, ref c4a, ref c4b, ref c5a, ref c5b);
            Step(a, b, 1, ref c0a, ref c0b, ref c1a, ref c1b, ref c2a, ref c2b, ref c3a, ref c3b, ref c4a, ref c4b, ref c5a, ref c5b);
            Step(a, b, 2, ref c0a, ref c0b, ref c1a, ref c1b, ref c2a, ref c2b, ref c3a, ref c3b, ref c4a, ref c4b, ref c5a, ref c5b);
            Step(a, b, 3, ref c0a, ref c0b, ref c1a, ref c1b, ref c2a, ref c2b, ref c3a, ref c3b, ref c4a, ref c4b, ref c5a, ref c5b);
            a += 4 * Rows;
            b += 4 * Columns;
        }
        for (; k > 0; k--)
        {
            Step(a, b, 0, ref c0a, ref c0b, ref c1a, ref c1b, ref c2a, ref c2b, ref c3a, ref c3b, ref c4a, ref c4b, ref c5a, ref c5b);
            a += Rows;
            b += Columns;
        }
        var mode = args.Mode;
        var c = args.C;
        var ldc = args.Ldc;
        Store(c, mode, c0a, c0b);
        Store(c + ldc, mode, c1a, c1b);
        Store(c + 2 * ldc, mode, c2a, c2b);
        Store(c + 3 * ldc, mode, c3a, c3b);
        Store(c + 4 * ldc, mode, c4a, c4b);
        Store(c + 5 * ldc, mode, c5a, c5b);
        // After the stores: a call while the accumulators live would make the JIT spill them inside the loop.
        if (mode > TileMode.Accumulate)
            TileEpilogue.Apply(args, Rows, Columns);
    }

    /// <summary>The left half of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Half(in TileArgs args)
    {
        var a = args.A;
        var b = args.B;
        var c0 = Vector256<float>.Zero;
        var c1 = Vector256<float>.Zero;
        var c2 = Vector256<float>.Zero;
        var c3 = Vector256<float>.Zero;
        var c4 = Vector256<float>.Zero;
        var c5 = Vector256<float>.Zero;
        for (var k = args.K; k > 0; k--)
        {
            var row = Vector256.LoadAligned(b);
            c0 = Fma.MultiplyAdd(Avx.BroadcastScalarToVector256(a), row, c0);
            c1 = Fma.MultiplyAdd(Avx.BroadcastScalarToVector256(a + 1), row, c1);
            c2 = Fma.MultiplyAdd(Avx.BroadcastScalarToVector256(a + 2), row, c2);
            c3 = Fma.MultiplyAdd(Avx.BroadcastScalarToVector256(a + 3), row, c3);
            c4 = Fma.MultiplyAdd(Avx.BroadcastScalarToVector256(a + 4), row, c4);
            c5 = Fma.MultiplyAdd(Avx.BroadcastScalarToVector256(a + 5), row, c5);
            a += Rows;
            b += Columns;
        }
        var mode = args.Mode;
        var c = args.C;
        var ldc = args.Ldc;
        Store(c, mode, c0);
        Store(c + ldc, mode, c1);
        Store(c + 2 * ldc, mode, c2);
        Store(c + 3 * ldc, mode, c3);
        Store(c + 4 * ldc, mode, c4);
        Store(c + 5 * ldc, mode, c5);
        if (mode > TileMode.Accumulate)
            TileEpilogue.Apply(args, Rows, ColumnStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        float* a, float* b, int k,
        ref Vector256<float> c0a, ref Vector256<float> c0b, ref Vector256<float> c1a, ref Vector256<float> c1b,
        ref Vector256<float> c2a, ref Vector256<float> c2b, ref Vector256<float> c3a, ref Vector256<float> c3b,
        ref Vector256<float> c4a, ref Vector256<float> c4b, ref Vector256<float> c5a, ref Vector256<float> c5b)
    {
        var ba = Vector256.LoadAligned(b + k * Columns);
        var bb = Vector256.LoadAligned(b + k * Columns + 8);
        var a0 = Avx.BroadcastScalarToVector256(a + k * Rows + 0);
        c0a = Fma.MultiplyAdd(a0, ba, c0a);
        c0b = Fma.MultiplyAdd(a0, bb, c0b);
        var a1 = Avx.BroadcastScalarToVector256(a + k * Rows + 1);
        c1a = Fma.MultiplyAdd(a1, ba, c1a);
        c1b = Fma.MultiplyAdd(a1, bb, c1b);
        var a2 = Avx.BroadcastScalarToVector256(a + k * Rows + 2);
        c2a = Fma.MultiplyAdd(a2, ba, c2a);
        c2b = Fma.MultiplyAdd(a2, bb, c2b);
        var a3 = Avx.BroadcastScalarToVector256(a + k * Rows + 3);
        c3a = Fma.MultiplyAdd(a3, ba, c3a);
        c3b = Fma.MultiplyAdd(a3, bb, c3b);
        var a4 = Avx.BroadcastScalarToVector256(a + k * Rows + 4);
        c4a = Fma.MultiplyAdd(a4, ba, c4a);
        c4b = Fma.MultiplyAdd(a4, bb, c4b);
        var a5 = Avx.BroadcastScalarToVector256(a + k * Rows + 5);
        c5a = Fma.MultiplyAdd(a5, ba, c5a);
        c5b = Fma.MultiplyAdd(a5, bb, c5b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, TileMode mode, Vector256<float> v0, Vector256<float> v1)
    {
        Store(c, mode, v0);
        Store(c + 8, mode, v1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, TileMode mode, Vector256<float> value)
    {
        if ((mode & TileMode.Accumulate) != 0)
            value += Vector256.Load(c);
        value.Store(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchTile(float* c, nint ldc)
    {
        if (!Sse.IsSupported)
            return;
        for (var row = 0; row < Rows; row++)
        {
            Sse.Prefetch0(c);
            Sse.Prefetch0(c + Columns - 1);
            c += ldc;
        }
    }

    private struct True;

    private struct False;
}
