using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ZfNet.Kernels;

/// <summary>
/// The few columns that a panel of B may be left with. A tile would compute a vector of columns for each of them; here the
/// rows of eight panels of A fill the vectors instead. Each element is the same chain as in a tile.
/// </summary>
internal static unsafe class ThinProduct
{
    /// <summary>Most columns that come here: each takes the time of a quarter of a vector's tile.</summary>
    public const int Columns = 4;

    private const int PanelsAtOnce = 8;

    /// <summary>Steps of k ahead that B, whose every step is on another line, is fetched.</summary>
    private const int AheadSteps = 16;

    /// <summary>
    /// <see cref="TileArgs.Columns"/> columns of C for <paramref name="rows"/> rows, whose panels of <see cref="MicroKernelAvx512.Rows"/>
    /// lie one after the other; no bias and no rectifier.
    /// </summary>
    public static void RunAvx512(in TileArgs args, nint rows) => Run<Avx512Panels>(args, rows);

    /// <summary>The same for panels of <see cref="MicroKernelAvx2.Rows"/>; some floats past the last are read.</summary>
    public static void RunAvx2(in TileArgs args, nint rows) => Run<Avx2Panels>(args, rows);

    private static void Run<TPanels>(in TileArgs args, nint rows)
        where TPanels : struct, IPanels
    {
        var sums = stackalloc Vector256<float>[PanelsAtOnce];
        nint panel = args.K * TPanels.Rows;
        for (nint row = 0; row < rows; row += PanelsAtOnce * TPanels.Rows)
        {
            var a = args.A + row * args.K;
            var count = Math.Min(rows - row, PanelsAtOnce * TPanels.Rows);
            // Panels that are not there are the last one again.
            var last = (count - 1) / TPanels.Rows;
            for (var column = 0; column < args.Columns; column++)
            {
                Chains<TPanels>(
                    a, a + Math.Min(1, last) * panel, a + Math.Min(2, last) * panel, a + Math.Min(3, last) * panel,
                    a + Math.Min(4, last) * panel, a + Math.Min(5, last) * panel, a + Math.Min(6, last) * panel,
                    a + Math.Min(7, last) * panel, args.B + column, args.K, sums);
                var c = args.C + row * args.Ldc + column;
                for (nint i = 0; i < count; i++, c += args.Ldc)
                {
                    var sum = sums[i / TPanels.Rows].GetElement((int)(i % TPanels.Rows));
                    *c = (args.Mode & TileMode.Accumulate) != 0 ? sum + *c : sum;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Chains<TPanels>(
        float* a0, float* a1, float* a2, float* a3, float* a4, float* a5, float* a6, float* a7, float* b, nint length,
        Vector256<float>* sums)
        where TPanels : struct, IPanels
    {
        var s0 = Vector256<float>.Zero; var s1 = s0; var s2 = s0; var s3 = s0;
        var s4 = s0; var s5 = s0; var s6 = s0; var s7 = s0;
        for (nint k = 0; k < length * TPanels.Rows; k += TPanels.Rows, b += TPanels.Columns)
        {
            if (Sse.IsSupported)
                Sse.Prefetch0(b + AheadSteps * TPanels.Columns);
            var value = Vector256.Create(*b);
            s0 = Vector256.FusedMultiplyAdd(Vector256.Load(a0 + k), value, s0);
            s1 = Vector256.FusedMultiplyAdd(Vector256.Load(a1 + k), value, s1);
            s2 = Vector256.FusedMultiplyAdd(Vector256.Load(a2 + k), value, s2);
            s3 = Vector256.FusedMultiplyAdd(Vector256.Load(a3 + k), value, s3);
            s4 = Vector256.FusedMultiplyAdd(Vector256.Load(a4 + k), value, s4);
            s5 = Vector256.FusedMultiplyAdd(Vector256.Load(a5 + k), value, s5);
            s6 = Vector256.FusedMultiplyAdd(Vector256.Load(a6 + k), value, s6);
            s7 = Vector256.FusedMultiplyAdd(Vector256.Load(a7 + k), value, s7);
        }
        sums[0] = s0; sums[1] = s1; sums[2] = s2; sums[3] = s3;
        sums[4] = s4; sums[5] = s5; sums[6] = s6; sums[7] = s7;
    }

    /// <summary>The layout of packed operands.</summary>
    private interface IPanels
    {
        static abstract int Rows { get; }

        static abstract int Columns { get; }
    }

    private readonly struct Avx512Panels : IPanels
    {
        public static int Rows => MicroKernelAvx512.Rows;

        public static int Columns => MicroKernelAvx512.Columns;
    }

    private readonly struct Avx2Panels : IPanels
    {
        public static int Rows => MicroKernelAvx2.Rows;

        public static int Columns => MicroKernelAvx2.Columns;
    }
}
