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

    /// <summary>Computes one full tile; see <see cref="MicroKernel"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in TileArgs args)
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
        // The next panel of A follows this one in memory; on its first visit it comes from the outer caches.
        var next = Rows * args.K;
        for (var k = args.K; k > 0; k--)
        {
            Sse.Prefetch0(a + next);
            var ba = Vector256.LoadAligned(b + 0);
            var bb = Vector256.LoadAligned(b + 8);
            var a0 = Avx.BroadcastScalarToVector256(a + 0);
            c0a = Fma.MultiplyAdd(a0, ba, c0a);
            c0b = Fma.MultiplyAdd(a0, bb, c0b);
            var a1 = Avx.BroadcastScalarToVector256(a + 1);
            c1a = Fma.MultiplyAdd(a1, ba, c1a);
            c1b = Fma.MultiplyAdd(a1, bb, c1b);
            var a2 = Avx.BroadcastScalarToVector256(a + 2);
            c2a = Fma.MultiplyAdd(a2, ba, c2a);
            c2b = Fma.MultiplyAdd(a2, bb, c2b);
            var a3 = Avx.BroadcastScalarToVector256(a + 3);
            c3a = Fma.MultiplyAdd(a3, ba, c3a);
            c3b = Fma.MultiplyAdd(a3, bb, c3b);
            var a4 = Avx.BroadcastScalarToVector256(a + 4);
            c4a = Fma.MultiplyAdd(a4, ba, c4a);
            c4b = Fma.MultiplyAdd(a4, bb, c4b);
            var a5 = Avx.BroadcastScalarToVector256(a + 5);
            c5a = Fma.MultiplyAdd(a5, ba, c5a);
            c5b = Fma.MultiplyAdd(a5, bb, c5b);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, TileMode mode, Vector256<float> v0, Vector256<float> v1)
    {
        if ((mode & TileMode.Accumulate) != 0)
        {
            v0 += Vector256.Load(c);
            v1 += Vector256.Load(c + 8);
        }
        v0.Store(c);
        v1.Store(c + 8);
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
}
