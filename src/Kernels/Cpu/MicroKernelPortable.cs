using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ZfNet.Kernels;

/// <summary>
/// The 4 x 16 tile in 128-bit vectors for every other processor: 16 accumulators, four vectors of B and one broadcast
/// of A fit ARM64's 32 registers. Multiply-adds are fused where the processor can fuse them.
/// </summary>
internal static unsafe class MicroKernelPortable
{
    public const int Rows = 4;
    public const int Columns = 16;

    /// <summary>Computes one full tile; see <see cref="MicroKernel"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in TileArgs args)
    {
        var a = args.A;
        var b = args.B;
        var c0a = Vector128<float>.Zero; var c0b = Vector128<float>.Zero; var c0c = Vector128<float>.Zero; var c0d = Vector128<float>.Zero;
        var c1a = Vector128<float>.Zero; var c1b = Vector128<float>.Zero; var c1c = Vector128<float>.Zero; var c1d = Vector128<float>.Zero;
        var c2a = Vector128<float>.Zero; var c2b = Vector128<float>.Zero; var c2c = Vector128<float>.Zero; var c2d = Vector128<float>.Zero;
        var c3a = Vector128<float>.Zero; var c3b = Vector128<float>.Zero; var c3c = Vector128<float>.Zero; var c3d = Vector128<float>.Zero;
        for (var k = args.K; k > 0; k--)
        {
            var ba = Vector128.Load(b + 0);
            var bb = Vector128.Load(b + 4);
            var bc = Vector128.Load(b + 8);
            var bd = Vector128.Load(b + 12);
            var a0 = Vector128.Create(a[0]);
            c0a = Vector128.MultiplyAddEstimate(a0, ba, c0a);
            c0b = Vector128.MultiplyAddEstimate(a0, bb, c0b);
            c0c = Vector128.MultiplyAddEstimate(a0, bc, c0c);
            c0d = Vector128.MultiplyAddEstimate(a0, bd, c0d);
            var a1 = Vector128.Create(a[1]);
            c1a = Vector128.MultiplyAddEstimate(a1, ba, c1a);
            c1b = Vector128.MultiplyAddEstimate(a1, bb, c1b);
            c1c = Vector128.MultiplyAddEstimate(a1, bc, c1c);
            c1d = Vector128.MultiplyAddEstimate(a1, bd, c1d);
            var a2 = Vector128.Create(a[2]);
            c2a = Vector128.MultiplyAddEstimate(a2, ba, c2a);
            c2b = Vector128.MultiplyAddEstimate(a2, bb, c2b);
            c2c = Vector128.MultiplyAddEstimate(a2, bc, c2c);
            c2d = Vector128.MultiplyAddEstimate(a2, bd, c2d);
            var a3 = Vector128.Create(a[3]);
            c3a = Vector128.MultiplyAddEstimate(a3, ba, c3a);
            c3b = Vector128.MultiplyAddEstimate(a3, bb, c3b);
            c3c = Vector128.MultiplyAddEstimate(a3, bc, c3c);
            c3d = Vector128.MultiplyAddEstimate(a3, bd, c3d);
            a += Rows;
            b += Columns;
        }
        var mode = args.Mode;
        var c = args.C;
        var ldc = args.Ldc;
        Store(c, mode, c0a, c0b, c0c, c0d);
        Store(c + ldc, mode, c1a, c1b, c1c, c1d);
        Store(c + 2 * ldc, mode, c2a, c2b, c2c, c2d);
        Store(c + 3 * ldc, mode, c3a, c3b, c3c, c3d);
        // After the stores: a call while the accumulators live would make the JIT spill them inside the loop.
        if (mode > TileMode.Accumulate)
            TileEpilogue.Apply(args, Rows, Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, TileMode mode, Vector128<float> v0, Vector128<float> v1, Vector128<float> v2, Vector128<float> v3)
    {
        if ((mode & TileMode.Accumulate) != 0)
        {
            v0 += Vector128.Load(c);
            v1 += Vector128.Load(c + 4);
            v2 += Vector128.Load(c + 8);
            v3 += Vector128.Load(c + 12);
        }
        v0.Store(c);
        v1.Store(c + 4);
        v2.Store(c + 8);
        v3.Store(c + 12);
    }
}
