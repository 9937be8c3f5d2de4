using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// The 8 x 48 tile for AVX-512: 24 accumulators, three vectors of B and a broadcast of A fill 28 of the 32 registers;
/// 11 loads go with 24 multiply-adds. So there are cycles left to pack: a panel met for the first time is read where it lies
/// and written for the tiles that follow. Written with the cross-platform Vector512, which the runtime emulates where the
/// processor has no AVX-512, so the tests run it everywhere.
/// </summary>
internal static unsafe class MicroKernelAvx512
{
    public const int Rows = 8;
    public const int Columns = 48;

    /// <summary>Columns of a vector.</summary>
    public const int ColumnStep = 16;

    /// <summary>Steps of k that one fetch goes with.</summary>
    public const int FetchStep = 4;

    /// <summary>Steps of k ahead that B is fetched into L1.</summary>
    private const int AheadSteps = 8;

    /// <summary>Computes one tile of up to three vectors a row; see <see cref="MicroKernel"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in TileArgs args)
    {
        if (args.Columns == Columns)
            Tile<True, True, False, False>(args);
        else if (args.Columns == 32)
            Tile<True, False, False, False>(args);
        else
            Tile<False, False, False, False>(args);
    }

    /// <summary>Computes one tile of three vectors a row and packs the panels whose sources it is given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunPacking(in TileArgs args)
    {
        if (args.SourceB == null)
            Tile<True, True, True, False>(args);
        else if (args.SourceA == null)
            Tile<True, True, False, True>(args);
        else
            Tile<True, True, True, True>(args);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TSecond, TThird, TPackA, TPackB>(in TileArgs args)
        where TSecond : struct
        where TThird : struct
        where TPackA : struct
        where TPackB : struct
    {
        var a = args.A;
        var b = args.B;
        float* s0 = args.SourceA, s1 = s0 + args.SourceAStride, s2 = s1 + args.SourceAStride, s3 = s2 + args.SourceAStride;
        float* s4 = s3 + args.SourceAStride, s5 = s4 + args.SourceAStride, s6 = s5 + args.SourceAStride, s7 = s6 + args.SourceAStride;
        var sourceB = args.SourceB;
        var sourceBStride = args.SourceBStride;
        nint step = 0;
        var c0a = Vector512<float>.Zero; var c0b = Vector512<float>.Zero; var c0c = Vector512<float>.Zero;
        var c1a = Vector512<float>.Zero; var c1b = Vector512<float>.Zero; var c1c = Vector512<float>.Zero;
        var c2a = Vector512<float>.Zero; var c2b = Vector512<float>.Zero; var c2c = Vector512<float>.Zero;
        var c3a = Vector512<float>.Zero; var c3b = Vector512<float>.Zero; var c3c = Vector512<float>.Zero;
        var c4a = Vector512<float>.Zero; var c4b = Vector512<float>.Zero; var c4c = Vector512<float>.Zero;
        var c5a = Vector512<float>.Zero; var c5b = Vector512<float>.Zero; var c5c = Vector512<float>.Zero;
        var c6a = Vector512<float>.Zero; var c6b = Vector512<float>.Zero; var c6c = Vector512<float>.Zero;
        var c7a = Vector512<float>.Zero; var c7b = Vector512<float>.Zero; var c7c = Vector512<float>.Zero;
        var fetch = args.Fetch;
        var fetchStride = args.FetchStride;
        // A row of C is fetched with every eighth of the sum: all at once they would hold up what B needs.
        var c = args.C;
        var ldc = args.Ldc;
        var part = (args.K + Rows - 1) / Rows;
        for (var left = args.K; left > 0; left -= part)
        {
            Prefetch(c);
            if (typeof(TSecond) == typeof(True))
                Prefetch(c + 16);
            if (typeof(TThird) == typeof(True))
                Prefetch(c + 32);
            Prefetch(c + args.Columns - 1);
            c += ldc;
            for (var k = Math.Min(part, left); k > 0; k--)
            {
                // Seldom enough that the fetches under way leave room for those of B and C.
                if (typeof(TPackA) == typeof(True))
                {
                    if ((step & 1) == 0)
                        FetchPanel(s0 + Rows * args.SourceAStride, args.SourceAStride, step);
                }
                else if ((k & (FetchStep - 1)) == 0)
                {
                    if (Sse.IsSupported)
                        Sse.Prefetch1(fetch);
                    fetch += fetchStride;
                }
                var from = typeof(TPackB) == typeof(True) ? sourceB : b;
                var ba = Vector512.Load(from);
                var bb = typeof(TSecond) == typeof(True) ? Vector512.Load(from + 16) : default;
                var bc = typeof(TThird) == typeof(True) ? Vector512.Load(from + 32) : default;
                if (typeof(TPackB) == typeof(True))
                {
                    ba.Store(b);
                    bb.Store(b + 16);
                    bc.Store(b + 32);
                    from += AheadSteps * sourceBStride;
                    Prefetch(from + Columns - 1);
                    sourceB += sourceBStride;
                }
                else
                {
                    from += AheadSteps * Columns;
                }
                Prefetch(from);
                if (typeof(TSecond) == typeof(True))
                    Prefetch(from + 16);
                if (typeof(TThird) == typeof(True))
                    Prefetch(from + 32);
                var a0 = Vector512.Create(typeof(TPackA) == typeof(True) ? s0[step] : a[0]);
                if (typeof(TPackA) == typeof(True))
                    a[0] = a0.ToScalar();
                c0a = Vector512.FusedMultiplyAdd(a0, ba, c0a);
                if (typeof(TSecond) == typeof(True))
                    c0b = Vector512.FusedMultiplyAdd(a0, bb, c0b);
                if (typeof(TThird) == typeof(True))
                    c0c = Vector512.FusedMultiplyAdd(a0, bc, c0c);
                var a1 = Vector512.Create(typeof(TPackA) == typeof(True) ? s1[step] : a[1]);
                if (typeof(TPackA) == typeof(True))
                    a[1] = a1.ToScalar();
                c1a = Vector512.FusedMultiplyAdd(a1, ba, c1a);
                if (typeof(TSecond) == typeof(True))
                    c1b = Vector512.FusedMultiplyAdd(a1, bb, c1b);
                if (typeof(TThird) == typeof(True))
                    c1c = Vector512.FusedMultiplyAdd(a1, bc, c1c);
                var a2 = Vector512.Create(typeof(TPackA) == typeof(True) ? s2[step] : a[2]);
                if (typeof(TPackA) == typeof(True))
                    a[2] = a2.ToScalar();
                c2a = Vector512.FusedMultiplyAdd(a2, ba, c2a);
                if (typeof(TSecond) == typeof(True))
                    c2b = Vector512.FusedMultiplyAdd(a2, bb, c2b);
                if (typeof(TThird) == typeof(True))
                    c2c = Vector512.FusedMultiplyAdd(a2, bc, c2c);
                var a3 = Vector512.Create(typeof(TPackA) == typeof(True) ? s3[step] : a[3]);
                if (typeof(TPackA) == typeof(True))
                    a[3] = a3.ToScalar();
                c3a = Vector512.FusedMultiplyAdd(a3, ba, c3a);
                if (typeof(TSecond) == typeof(True))
                    c3b = Vector512.FusedMultiplyAdd(a3, bb, c3b);
                if (typeof(TThird) == typeof(True))
                    c3c = Vector512.FusedMultiplyAdd(a3, bc, c3c);
                var a4 = Vector512.Create(typeof(TPackA) == typeof(True) ? s4[step] : a[4]);
                if (typeof(TPackA) == typeof(True))
                    a[4] = a4.ToScalar();
                c4a = Vector512.FusedMultiplyAdd(a4, ba, c4a);
                if (typeof(TSecond) == typeof(True))
                    c4b = Vector512.FusedMultiplyAdd(a4, bb, c4b);
                if (typeof(TThird) == typeof(True))
                    c4c = Vector512.FusedMultiplyAdd(a4, bc, c4c);
                var a5 = Vector512.Create(typeof(TPackA) == typeof(True) ? s5[step] : a[5]);
                if (typeof(TPackA) == typeof(True))
                    a[5] = a5.ToScalar();
                c5a = Vector512.FusedMultiplyAdd(a5, ba, c5a);
                if (typeof(TSecond) == typeof(True))
                    c5b = Vector512.FusedMultiplyAdd(a5, bb, c5b);
                if (typeof(TThird) == typeof(True))
                    c5c = Vector512.FusedMultiplyAdd(a5, bc, c5c);
                var a6 = Vector512.Create(typeof(TPackA) == typeof(True) ? s6[step] : a[6]);
                if (typeof(TPackA) == typeof(True))
                    a[6] = a6.ToScalar();
                c6a = Vector512.FusedMultiplyAdd(a6, ba, c6a);
                if (typeof(TSecond) == typeof(True))
                    c6b = Vector512.FusedMultiplyAdd(a6, bb, c6b);
                if (typeof(TThird) == typeof(True))
                    c6c = Vector512.FusedMultiplyAdd(a6, bc, c6c);
                var a7 = Vector512.Create(typeof(TPackA) == typeof(True) ? s7[step] : a[7]);
                if (typeof(TPackA) == typeof(True))
                    a[7] = a7.ToScalar();
                c7a = Vector512.FusedMultiplyAdd(a7, ba, c7a);
                if (typeof(TSecond) == typeof(True))
                    c7b = Vector512.FusedMultiplyAdd(a7, bb, c7b);
                if (typeof(TThird) == typeof(True))
                    c7c = Vector512.FusedMultiplyAdd(a7, bc, c7c);
                a += Rows;
                b += Columns;
                step++;
            }
        }
        c = args.C;
        var mode = args.Mode;
        Store<TSecond, TThird>(c, mode, c0a, c0b, c0c);
        Store<TSecond, TThird>(c + ldc, mode, c1a, c1b, c1c);
        Store<TSecond, TThird>(c + 2 * ldc, mode, c2a, c2b, c2c);
        Store<TSecond, TThird>(c + 3 * ldc, mode, c3a, c3b, c3c);
        Store<TSecond, TThird>(c + 4 * ldc, mode, c4a, c4b, c4c);
        Store<TSecond, TThird>(c + 5 * ldc, mode, c5a, c5b, c5c);
        Store<TSecond, TThird>(c + 6 * ldc, mode, c6a, c6b, c6c);
        Store<TSecond, TThird>(c + 7 * ldc, mode, c7a, c7b, c7c);
        // After the stores: a call while the accumulators live would make the JIT spill them inside the loop.
        if (mode > TileMode.Accumulate)
            TileEpilogue.Apply(args, Rows, args.Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TSecond, TThird>(
        float* c, TileMode mode, Vector512<float> v0, Vector512<float> v1, Vector512<float> v2)
        where TSecond : struct
        where TThird : struct
    {
        var accumulate = (mode & TileMode.Accumulate) != 0;
        Store(c, accumulate, v0);
        if (typeof(TSecond) == typeof(True))
            Store(c + 16, accumulate, v1);
        if (typeof(TThird) == typeof(True))
            Store(c + 32, accumulate, v2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, bool accumulate, Vector512<float> value)
    {
        if (accumulate)
            value += Vector512.Load(c);
        value.Store(c);
    }

    /// <summary>Brings a line of the rows that are packed next into L2: in sixteen steps one line of each of the eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchPanel(float* rows, nint stride, nint step)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(rows + ((step >> 1) & (Rows - 1)) * stride + (step & ~15));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }

    private struct True;

    private struct False;
}
