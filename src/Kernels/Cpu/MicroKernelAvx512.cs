using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// The 8 x 48 tile for AVX-512: 24 accumulators, three vectors of B and a broadcast of A fill 28 of the 32 registers;
/// 11 loads go with 24 multiply-adds. Written with the cross-platform Vector512, which the runtime emulates where the
/// processor has no AVX-512, so the tests run it everywhere.
/// </summary>
internal static unsafe class MicroKernelAvx512
{
    public const int Rows = 8;
    public const int Columns = 48;

    /// <summary>Columns of a vector.</summary>
    public const int ColumnStep = 16;

    /// <summary>Steps of k that one fetch goes with.</summary>
    public const int FetchStep = 1;

    /// <summary>Floats ahead of the B panel's cursor that are fetched into L1: eight steps of k.</summary>
    private const int PrefetchAhead = 8 * Columns;

    /// <summary>Computes one tile of up to three vectors a row; see <see cref="MicroKernel"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in TileArgs args)
    {
        if (args.Columns == Columns)
            Tile<True, True>(args);
        else if (args.Columns == 32)
            Tile<True, False>(args);
        else
            Tile<False, False>(args);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TSecond, TThird>(in TileArgs args)
        where TSecond : struct
        where TThird : struct
    {
        var a = args.A;
        var b = args.B;
        PrefetchTile(args.C, args.Ldc, args.Columns);
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
        for (var k = args.K; k > 0; k--)
        {
            if (Sse.IsSupported)
                Sse.Prefetch1(fetch);
            fetch += fetchStride;
            var ba = Vector512.Load(b + 0);
            var bb = typeof(TSecond) == typeof(True) ? Vector512.Load(b + 16) : default;
            var bc = typeof(TThird) == typeof(True) ? Vector512.Load(b + 32) : default;
            Prefetch(b + PrefetchAhead);
            if (typeof(TSecond) == typeof(True))
                Prefetch(b + PrefetchAhead + 16);
            if (typeof(TThird) == typeof(True))
                Prefetch(b + PrefetchAhead + 32);
            var a0 = Vector512.Create(a[0]);
            c0a = Vector512.FusedMultiplyAdd(a0, ba, c0a);
            if (typeof(TSecond) == typeof(True))
                c0b = Vector512.FusedMultiplyAdd(a0, bb, c0b);
            if (typeof(TThird) == typeof(True))
                c0c = Vector512.FusedMultiplyAdd(a0, bc, c0c);
            var a1 = Vector512.Create(a[1]);
            c1a = Vector512.FusedMultiplyAdd(a1, ba, c1a);
            if (typeof(TSecond) == typeof(True))
                c1b = Vector512.FusedMultiplyAdd(a1, bb, c1b);
            if (typeof(TThird) == typeof(True))
                c1c = Vector512.FusedMultiplyAdd(a1, bc, c1c);
            var a2 = Vector512.Create(a[2]);
            c2a = Vector512.FusedMultiplyAdd(a2, ba, c2a);
            if (typeof(TSecond) == typeof(True))
                c2b = Vector512.FusedMultiplyAdd(a2, bb, c2b);
            if (typeof(TThird) == typeof(True))
                c2c = Vector512.FusedMultiplyAdd(a2, bc, c2c);
            var a3 = Vector512.Create(a[3]);
            c3a = Vector512.FusedMultiplyAdd(a3, ba, c3a);
            if (typeof(TSecond) == typeof(True))
                c3b = Vector512.FusedMultiplyAdd(a3, bb, c3b);
            if (typeof(TThird) == typeof(True))
                c3c = Vector512.FusedMultiplyAdd(a3, bc, c3c);
            var a4 = Vector512.Create(a[4]);
            c4a = Vector512.FusedMultiplyAdd(a4, ba, c4a);
            if (typeof(TSecond) == typeof(True))
                c4b = Vector512.FusedMultiplyAdd(a4, bb, c4b);
            if (typeof(TThird) == typeof(True))
                c4c = Vector512.FusedMultiplyAdd(a4, bc, c4c);
            var a5 = Vector512.Create(a[5]);
            c5a = Vector512.FusedMultiplyAdd(a5, ba, c5a);
            if (typeof(TSecond) == typeof(True))
                c5b = Vector512.FusedMultiplyAdd(a5, bb, c5b);
            if (typeof(TThird) == typeof(True))
                c5c = Vector512.FusedMultiplyAdd(a5, bc, c5c);
            var a6 = Vector512.Create(a[6]);
            c6a = Vector512.FusedMultiplyAdd(a6, ba, c6a);
            if (typeof(TSecond) == typeof(True))
                c6b = Vector512.FusedMultiplyAdd(a6, bb, c6b);
            if (typeof(TThird) == typeof(True))
                c6c = Vector512.FusedMultiplyAdd(a6, bc, c6c);
            var a7 = Vector512.Create(a[7]);
            c7a = Vector512.FusedMultiplyAdd(a7, ba, c7a);
            if (typeof(TSecond) == typeof(True))
                c7b = Vector512.FusedMultiplyAdd(a7, bb, c7b);
            if (typeof(TThird) == typeof(True))
                c7c = Vector512.FusedMultiplyAdd(a7, bc, c7c);
            a += Rows;
            b += Columns;
        }
        var mode = args.Mode;
        var c = args.C;
        var ldc = args.Ldc;
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchTile(float* c, nint ldc, int columns)
    {
        if (!Sse.IsSupported)
            return;
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < columns; column += 16)
                Sse.Prefetch0(c + column);
            Sse.Prefetch0(c + columns - 1);
            c += ldc;
        }
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
